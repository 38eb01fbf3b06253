// The function's own process tells of errors; how it ended, and what it used, only the kernel does.
#include "runner/verdict.hpp"

#include <string.h>
#include <sys/wait.h>

#include <csignal>

#include "rpc/json.hpp"
#include "rpc/record.hpp"
#include "runner/must.hpp"

namespace kappa::runner {
namespace {

/// "; its limit file_mb is 64", for whoever wonders what a "File too large" is about.
std::string about_setting(const std::string& setting, const Walls& walls) {
  if (setting == "network") {
    if (walls.network != Network::none) return "";
    return "; this function has no network: kappa fn set NAME --network host gives it one";
  }
  std::string text;
  boost::mp11::mp_for_each<Members<Limits>>([&](auto limit) {
    if (setting == limit.name)
      text = "; its limit " + setting + " is " + std::to_string(walls.limits.*limit.pointer);
  });
  return text;
}

Judgement judge_status(int status, std::int64_t cpu_us, const Limits& limits) {
  if (WIFEXITED(status)) {
    return {Verdict::exited,
            "ended its process with exit code " + std::to_string(WEXITSTATUS(status)), ""};
  }
  const int signal = WTERMSIG(status);
  // With these the kernel ends a process that has used up its CPU time; others send them as well.
  const bool may_be_for_time = signal == SIGXCPU || signal == SIGKILL;
  if (may_be_for_time && cpu_us >= limits.cpu_ms * 1000) return judge_cpu_time(cpu_us, limits);
  if (signal == SIGKILL)
    return {Verdict::out_of_memory, "killed by the system, as when memory runs out", ""};
  const char* name = ::sigabbrev_np(signal);
  return {Verdict::crashed,
          "killed by signal " + std::to_string(signal) +
              (name == nullptr ? "" : " (SIG" + std::string(name) + ")"),
          ""};
}

}  // namespace

Judgement judge_result(const std::string& result, const Limits& limits) {
  if (result.size() > static_cast<std::size_t>(limits.result_bytes)) {
    return {Verdict::bad_result,
            "main() returned more than " + std::to_string(limits.result_bytes) + " bytes of JSON",
            ""};
  }
  // Python's json is not the judge: the function's code can replace it.
  if (auto fault = rpc::json_fault(result, rpc::max_reply_depth / 2))
    return {Verdict::bad_result, "main() returned what is not JSON for everyone: it " + *fault, ""};
  return {};
}

Judgement judge_failure(const std::string& payload, const Walls& walls) {
  auto failure = read_message<Failure>(payload);
  const bool told =
      failure && (failure->verdict == Verdict::error || failure->verdict == Verdict::bad_result ||
                  failure->verdict == Verdict::out_of_memory);
  if (!told) return {Verdict::bad_result, "the function's process answered what is no answer", ""};
  const bool says_limit = failure->setting == "result_bytes";
  return {failure->verdict,
          failure->detail + (says_limit ? "" : about_setting(failure->setting, walls)),
          std::move(failure->traceback)};
}

Judgement judge_wall_time(const Limits& limits) {
  return {Verdict::timeout,
          "ran longer than its limit of " + std::to_string(limits.timeout_ms) + " ms", ""};
}

Judgement judge_memory(std::int64_t together_kb, const Limits& limits) {
  return {Verdict::out_of_memory,
          "its processes used " + std::to_string(together_kb / 1024) +
              " MiB together; its limit memory_mb is " + std::to_string(limits.memory_mb),
          ""};
}

Judgement judge_cpu_time(std::int64_t cpu_us, const Limits& limits) {
  return {Verdict::timeout,
          "used " + std::to_string(cpu_us / 1000) + " ms of CPU time; its limit cpu_ms is " +
              std::to_string(limits.cpu_ms),
          ""};
}

Judgement judge_end(const std::optional<Ended>& ended, std::int64_t cpu_us, const Limits& limits) {
  // Its zygote alone ended, which runs the function's module: that may have done it, and calls are
  // not to be had for nothing.
  if (!ended) return {Verdict::crashed, "the process it was forked from ended", ""};
  auto judged = judge_status(static_cast<int>(ended->status), cpu_us, limits);
  if (judged.verdict == Verdict::exited) judged.detail += " before main() returned";
  return judged;
}

Judgement judge_lost_template() {
  return {Verdict::runner_lost,
          "the process that all functions are forked from ended, and this call with it; it is not "
          "billed",
          ""};
}

bool ended_by_itself(const Ended& ended, const Limits& limits) {
  const int status = static_cast<int>(ended.status);
  if (WIFEXITED(status)) return WEXITSTATUS(status) != wall_missing;
  return WTERMSIG(status) != SIGKILL || ended.cpu_us >= limits.cpu_ms * 1000;
}

Judgement judge_unready(const std::optional<Ended>& ended, std::int64_t cpu_us,
                        const Limits& limits) {
  auto judged = ended ? judge_status(static_cast<int>(ended->status), cpu_us, limits)
                      : Judgement{Verdict::timeout, "it takes too long", ""};
  judged.detail =
      "its process did not get ready for the call (" + judged.detail +
      "): look at what the module does when it is loaded and in each new process, as by "
      "os.register_at_fork()";
  return judged;
}

}  // namespace kappa::runner
