// From what was seen of a call to its verdict, and to the line that says why.
#pragma once

#include <optional>
#include <string>

#include "runner/messages.hpp"

namespace kappa::runner {

struct Judgement {
  Verdict verdict = Verdict::ok;
  std::string detail;
  std::string traceback;
};

/// Of a result as the child sent it. `limits` are the call's.
Judgement judge_result(const std::string& result, const Limits& limits);
/// Of a failure as the child told it.
Judgement judge_failure(const std::string& failure, const Walls& walls);
/// Of a call that has run for as long as it may.
Judgement judge_wall_time(const Limits& limits);
/// Of a call whose processes have used up its memory, and more.
Judgement judge_memory(std::int64_t together_kb, const Limits& limits);
/// Of a call that has used up its CPU time, and more.
Judgement judge_cpu_time(std::int64_t cpu_us, const Limits& limits);
/// Of a process that ended without a word; nothing when its zygote did not say how. `cpu_us` is
/// what the call used.
Judgement judge_end(const std::optional<Ended>& ended, std::int64_t cpu_us, const Limits& limits);
/// Of a call that ended with all that are forked from the template.
Judgement judge_lost_template();
/// Whether what ran in it ended it: it was not killed from outside, nor for want of a wall
/// (must()).
bool ended_by_itself(const Ended& ended, const Limits& limits);
/// Of one that was not ready for its call in time, or ended before: by itself.
Judgement judge_unready(const std::optional<Ended>& ended, std::int64_t cpu_us,
                        const Limits& limits);

}  // namespace kappa::runner
