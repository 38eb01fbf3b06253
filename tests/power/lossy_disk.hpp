// A disk that loses power: SQLite's default VFS, with what every sync has made durable known beside
// it.
#pragma once

#include <cstdint>
#include <filesystem>

namespace kappa::test {

/// What a sync is worth.
enum class Syncs {
  honoured,
  ignored,  ///< as with PRAGMA synchronous = OFF, or a disk that lies
};

/// From begin() to end() all databases of this process lie on it, in a folder that is empty at
/// first. Files have what was written to them, synced or not; at the cut it is settled what a disk
/// would still have: all that was synced, and of the writes after that any, in pieces of 512 bytes.
/// A file's being there, and its being gone, last from the first sync of a log or journal after it.
/// Real syncs are left out: nothing here depends on the machine's own disk. Thread-safe but for
/// begin() and end(). A model: no disk damages what was not written to.
class LossyDisk {
 public:
  /// The cut comes before the `cut_at`-th write, truncation or sync.
  static void begin(const std::filesystem::path& folder, std::uint64_t seed, std::int64_t cut_at,
                    Syncs syncs);
  /// Whether power is off. What is done from then on counts for nothing, although it seems to go
  /// on; what had been acknowledged before the answer was no must be on the disk.
  static bool is_cut();
  /// How many writes were synced and not, at the cut.
  static std::int64_t unsynced();
  /// Puts what the disk has after the cut into another folder, and gives SQLite its own VFS back.
  /// No database may be open.
  static void end(const std::filesystem::path& after);
};

}  // namespace kappa::test
