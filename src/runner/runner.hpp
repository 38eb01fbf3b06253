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

/// The keys of kappa.toml's [runner].
struct RunnerOptions {
  std::int64_t timeout_ms = 30'000;       ///< wall-clock time of a call
  std::int64_t load_timeout_ms = 10'000;  ///< wall-clock time of a module's top level
  std::int64_t memory_mb = 256;           ///< MiB of address space of each of a call's processes
  std::int64_t output_bytes = 1 << 20;  ///< what is kept of a call's output, both channels together
  std::int64_t result_bytes = 6 << 20;  ///< a result as JSON; Lambda's limit of a synchronous reply
  std::int64_t processes = 64;          ///< of a call, threads included
  std::int64_t open_files = 256;        ///< of each of a call's processes
  std::int64_t file_mb = 64;            ///< MiB of a file that a call writes, and of its /tmp
  std::int64_t spares = 2;              ///< children forked ahead of calls, per loaded function
  std::int64_t max_loaded = 64;  ///< functions kept loaded; the least recently used goes first
  std::int64_t max_calls = 64;   ///< calls at a time; four times as many wait, more are refused
  Isolation isolation = Isolation::best_effort;
};
BOOST_DESCRIBE_STRUCT(RunnerOptions, (),
                      (timeout_ms, load_timeout_ms, memory_mb, output_bytes, result_bytes,
                       processes, open_files, file_mb, spares, max_loaded, max_calls, isolation))

struct RunnerPlaces {
  std::string executable;        ///< this program, or one that calls run_template() when started as
                                 ///< `PROGRAM __zygote`
  std::filesystem::path hidden;  ///< a folder that no function may see
};

/// Starts the template and tries which protections hold. Throws std::runtime_error when it cannot
/// start, or when isolation is `require` and one does not hold. Everything it is given outlives it.
std::unique_ptr<Runner> open_runner(const RunnerOptions& options, const RunnerPlaces& places,
                                    data::Data& data, fn_code::FnCode& fn_code,
                                    fn_logs::FnLogs& fn_logs, const Clock& clock, Random& random);

/// What `kappa __zygote` runs: the template, with its control socket as descriptor 3. Gives the
/// exit code.
int run_template();

}  // namespace kappa::runner
