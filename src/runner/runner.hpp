// The runner in this process, and the program that its functions' processes are.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "kappa/data.hpp"
#include "kappa/fn_code.hpp"
#include "kappa/fn_logs.hpp"
#include "kappa/runner.hpp"

namespace kappa::runner {

/// What happens when this machine lacks a protection.
enum class Isolation {
  require,      ///< the runner does not start
  best_effort,  ///< it starts with those that hold, and says which do not
  off,          ///< none but process limits: for debugging on a machine of one's own
};
BOOST_DESCRIBE_ENUM(Isolation, require, best_effort, off)

/// The most that a function may ask for; the same on all runners.
struct Most : Limits {
  std::int64_t concurrency = 1024;  ///< on each runner, which runs no more than its max_calls
};
BOOST_DESCRIBE_STRUCT(Most, (Limits), (concurrency))

/// The keys of kappa.toml's [runner]: what a function has that does not say otherwise, and what the
/// runner itself does.
struct RunnerOptions : Limits {
  std::string name = "local";     ///< in the ledger; each of several runners needs one of its own
  std::int64_t concurrency = 64;  ///< calls of one function at a time
  Most max = {{900'000, 900'000, 4096, 1024, 4096, 4096, 4096, 16 << 20, 32 << 20}};
  bool allow_host_network = false;     ///< whether a function may have network "host"
  std::int64_t keep_bytes = 64 << 10;  ///< kept of a call's input and of its result, and the most
                                       ///< that a function may ask for; 0: neither is kept
  std::int64_t load_timeout_ms = 10'000;  ///< wall-clock time of a module's top level
  std::int64_t max_calls = 64;            ///< calls at a time; of each user four times as many wait
  std::int64_t spares = 8;         ///< most children forked ahead of calls, per loaded function
  std::int64_t loaded_mb = 512;    ///< memory that loaded functions may use while no call runs; the
                                   ///< least recently used goes first
  std::int64_t idle_ms = 600'000;  ///< a function that is not called for so long is let go
  std::int64_t warm_calls = 1'000;  ///< calls that a warm child serves
  std::int64_t warm_idle_ms =
      60'000;                         ///< how long it waits for the next one, as a rewound one does
  std::int64_t rewind_audit = 1'000;  ///< calls after which a rewound child is compared with what
                                      ///< it should be, page by page
  Isolation isolation = Isolation::best_effort;
};
BOOST_DESCRIBE_STRUCT(RunnerOptions, (Limits),
                      (name, concurrency, max, allow_host_network, keep_bytes, load_timeout_ms,
                       max_calls, spares, loaded_mb, idle_ms, warm_calls, warm_idle_ms,
                       rewind_audit, isolation))

struct RunnerPlaces {
  std::string executable;        ///< this program, or one that calls run_template() when started as
                                 ///< `PROGRAM __zygote`
  std::filesystem::path hidden;  ///< a folder that no function may see
};

/// The one in this process.
class LocalRunner : public Runner {
 public:
  /// Announces it to the ledger: what its earlier lives left open is lost. To be called once nobody
  /// else can have its place, as when its address is listened on. When the ledger cannot be
  /// reached, the first call, or whoever asks for its condition, does it. Errors as take_lease has
  /// them, but for unavailable.
  virtual Result<Nothing> begin_life() = 0;
};

/// Starts the template and tries which protections hold. Throws std::runtime_error when it cannot
/// start, or when isolation is `require` and one does not hold. Everything it is given outlives it.
std::unique_ptr<LocalRunner> open_runner(const RunnerOptions& options, const RunnerPlaces& places,
                                         data::Data& data, fn_code::FnCode& fn_code,
                                         fn_logs::FnLogs& fn_logs, const Clock& clock,
                                         Random& random);

/// What `kappa __zygote` runs: the template, with its control socket as descriptor 3. Gives the
/// exit code.
int run_template();

}  // namespace kappa::runner
