// The disk under SQLite, which tests can count on, break, and die at.
#pragma once

#include <atomic>

namespace kappa::test {

/// Every database of this process lies on it from the first call of disk() on; it is SQLite's own
/// until a member says otherwise. Thread-safe.
struct Disk {
  std::atomic<int> wal_syncs{0};    ///< counts: with sync_each_commit, one a commit
  std::atomic<int> write_fails{0};  ///< what every write answers, an SQLite code; 0: it is written
  std::atomic<int> sync_fails{0};
  std::atomic<int> dies_in{-1};  ///< writes and syncs until the process is killed with SIGKILL
};
Disk& disk();

}  // namespace kappa::test
