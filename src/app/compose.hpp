// What runs in this process: six modules, each here or at its url, and the listeners before them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/config.hpp"
#include "folder/data_folder.hpp"
#include "kappa/core.hpp"
#include "net/given_sockets.hpp"

namespace kappa::app {

/// A listener of this process.
struct Served {
  std::string module;   ///< "" for the API
  std::string address;  ///< "http://127.0.0.1:8010"
};

/// Whether to come to an end soon.
using Ending = std::function<bool()>;

/// Everything that serves. Made whole or not at all; its parts go in the reverse order of their
/// making.
class Composition {
 public:
  virtual ~Composition() = default;

  /// Finishes what a crash left half done. Call it before start(), with 0; later with more than a
  /// creation can take. Asks modules that may be elsewhere, and so may take its time; `ending` is
  /// asked between two functions.
  virtual Result<std::int64_t> sweep(std::int64_t reserved_for_ms, const Ending& ending) = 0;
  /// Begins to answer, at the sockets given where one listens at the address that is configured.
  /// unavailable: an address cannot be listened on.
  virtual Result<Nothing> start(net::GivenSockets& given) = 0;
  /// What it answers at: the API first, if it has that. After start().
  virtual std::vector<Served> served() const = 0;
  /// Leaves: answers who still asks for a moment. Then it ends listening, and waits for what is
  /// under way, as long as the longest call may take.
  virtual void drain() = 0;
};

/// `executable` is this program: functions' processes are started from it.
Result<std::unique_ptr<Composition>> compose(const Config& config, const folder::DataFolder& folder,
                                             const std::string& executable);

}  // namespace kappa::app
