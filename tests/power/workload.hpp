// A load on the storing modules, what they acknowledged of it, and a look for it afterwards.
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "kappa/data.hpp"

namespace kappa::test {

/// What was acknowledged before the power was cut. Filled by several threads.
struct Acknowledged {
  std::mutex mutex;  ///< guards the rest
  std::vector<std::string> users;
  std::map<Uuid, std::string> live;     ///< functions: their names
  std::map<Uuid, std::string> sources;  ///< of those whose code was stored, and not released
  std::map<Uuid, std::string> removed;  ///< by a removal that was acknowledged: their sources
  std::map<Uuid, Verdict> executions;
  std::vector<Uuid> outputs;  ///< executions whose output was appended
  std::int64_t user_id = 0;   ///< of the first user, whose functions they are
  std::string token;
};

/// The modules in this folder, several threads at work, until LossyDisk::is_cut().
void run_load(const std::filesystem::path& folder, std::uint64_t seed, Acknowledged& acknowledged);

struct Found {
  std::vector<std::string> lost;  ///< what is not as it was acknowledged
  std::int64_t kept = 0;          ///< how much is
  std::int64_t outputs_lost = 0;  ///< what functions printed: the newest may be lost
};
/// Opens the modules in this folder as after a start.
Found look(const std::filesystem::path& folder, Acknowledged& acknowledged);

}  // namespace kappa::test
