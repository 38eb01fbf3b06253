// Four descriptors are watched until there is a result, the process has ended, or its time is up.
#include "runner/call.hpp"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "rpc/json.hpp"
#include "runner/capture.hpp"
#include "runner/usage.hpp"

namespace kappa::runner {
namespace {

constexpr std::int64_t ready_within_ms = 5'000;    // a child is made in about 1 ms
constexpr std::size_t room_for_failure = 1 << 20;  // a traceback, escaped
constexpr std::size_t last_drain = 1
                                   << 20;  // what a pipe can still hold after its writers are dead

class Call {
 public:
  Call(LoadedFunction& function, const RunnerOptions& options, const Clock& clock, Child child)
      : function_(function),
        options_(options),
        clock_(clock),
        child_(std::move(child)),
        capture_(options.output_bytes),
        largest_frame_(static_cast<std::size_t>(options.result_bytes) + room_for_failure) {}

  ~Call() {
    if (pidfd_) kill_process(pidfd_.get());
    if (begun_) function_.end(pidfd_.get());
  }

  /// Waits until the child can take its call.
  bool ready() {
    auto spawned = child_.life.receive(small_frame, after_ms(ready_within_ms));
    if (!spawned || spawned->type != FrameType::spawned || spawned->fds.size() != 1) return false;
    pidfd_ = std::move(spawned->fds.front());
    pid_ = pid_of(pidfd_.get());
    const auto ready = child_.call.receive(small_frame, after_ms(ready_within_ms));
    if (!ready || ready->type != FrameType::ready || has_ended()) return false;
    begun_ = function_.begin(pidfd_.get());
    return begun_;
  }

  CallResult run(const RawJson& arguments) {
    result_.started_at = clock_.now();
    const auto begin = std::chrono::steady_clock::now();
    const Deadline deadline = begin + std::chrono::milliseconds(options_.timeout_ms);
    child_.call.send(FrameType::call, arguments.text, {}, deadline);
    bool late = false;
    while (!answer_ && !over_ && !late) late = !wait(deadline);
    const auto end = std::chrono::steady_clock::now();
    result_.wall_us = std::chrono::duration_cast<std::chrono::microseconds>(end - begin).count();
    result_.ended_at = clock_.now();
    measure();
    kill_process(pidfd_.get());
    judge(late);
    drain();
    result_.pieces = capture_.take(result_.ended_at);
    result_.output_cut = capture_.cut();
    return std::move(result_);
  }

 private:
  /// A child that waited may have been killed meanwhile.
  bool has_ended() const {
    pollfd watched{pidfd_.get(), POLLIN, 0};
    return ::poll(&watched, 1, 0) != 0;
  }

  /// Takes whatever has come; false when the deadline has passed.
  bool wait(Deadline deadline) {
    std::array<pollfd, 4> watched = {{{call_open_ ? child_.call.fd() : -1, POLLIN, 0},
                                      {child_.life.fd(), POLLIN, 0},
                                      {child_.out.get(), POLLIN, 0},
                                      {child_.err.get(), POLLIN, 0}}};
    const int ready = ::poll(watched.data(), watched.size(), ms_until(deadline));
    if (ready < 0) return true;
    if (watched[2].revents != 0) read_some(child_.out, fn_logs::Channel::out);
    if (watched[3].revents != 0) read_some(child_.err, fn_logs::Channel::err);
    if (watched[0].revents != 0) hear_child();
    if (watched[1].revents != 0 && !answer_) hear_zygote();
    return std::chrono::steady_clock::now() < deadline;
  }

  /// Reads once; false when there was nothing. A pipe without writers is not watched any more.
  bool read_some(Fd& pipe, fn_logs::Channel channel) {
    std::array<char, 64 << 10> bytes;
    const ssize_t got = pipe ? ::read(pipe.get(), bytes.data(), bytes.size()) : 0;
    if (got == 0) pipe.reset();
    if (got <= 0) return false;
    drained_ += static_cast<std::size_t>(got);
    capture_.add(channel, {bytes.data(), static_cast<std::size_t>(got)}, clock_.now());
    return true;
  }

  /// The first result or failure is the answer; anything else from there is no word of the
  /// protocol.
  void hear_child() {
    FrameSocket::State state = FrameSocket::State::waiting;
    while (!answer_ && (state = child_.call.pump(largest_frame_)) == FrameSocket::State::ready) {
      Frame frame = child_.call.take();
      if (frame.type == FrameType::result || frame.type == FrameType::failed)
        answer_ = std::move(frame);
    }
    if (state == FrameSocket::State::closed)
      call_open_ = false;  // how it ended its zygote will say
  }

  void hear_zygote() {
    hear_child();  // a result may have come together with the end
    if (answer_) return;
    const auto state = child_.life.pump(small_frame);
    if (state == FrameSocket::State::ready)
      ended_ = read_message<Ended>(child_.life.take().payload);
    if (state != FrameSocket::State::waiting) over_ = true;
  }

  void measure() {
    if (ended_) {  // too late to look oneself
      result_.cpu_us = ended_->cpu_us;
      result_.peak_memory_kb = ended_->peak_memory_kb;
    } else {
      result_.cpu_us = cpu_us_of(pid_);
      result_.peak_memory_kb = peak_memory_kb_of(pid_);
    }
  }

  void judge(bool late) {
    if (answer_ && answer_->type == FrameType::result) {
      judge_result();
    } else if (answer_) {
      judge_failure();
    } else if (function_.unloaded()) {
      verdict(Verdict::cancelled, "the function was deleted while it ran");
    } else if (late) {
      verdict(Verdict::timeout,
              "ran longer than its limit of " + std::to_string(options_.timeout_ms) + " ms");
    } else {
      judge_end();
    }
  }

  void judge_result() {
    if (answer_->payload.size() > static_cast<std::size_t>(options_.result_bytes)) {
      return verdict(
          Verdict::bad_result,
          "main() returned more than " + std::to_string(options_.result_bytes) + " bytes of JSON");
    }
    // Python's json is not the judge: the function's code can replace it.
    if (auto fault = rpc::json_fault(answer_->payload, rpc::max_reply_depth / 2)) {
      return verdict(Verdict::bad_result,
                     "main() returned what is not JSON for everyone: it " + *fault);
    }
    result_.output.text = std::move(answer_->payload);
  }

  void judge_failure() {
    const auto failure = read_message<Failure>(answer_->payload);
    const bool told =
        failure && (failure->verdict == Verdict::error || failure->verdict == Verdict::bad_result ||
                    failure->verdict == Verdict::out_of_memory);
    if (!told)
      return verdict(Verdict::bad_result, "the function's process answered what is no answer");
    verdict(failure->verdict, failure->detail);
    result_.traceback = failure->traceback;
  }

  /// Without an answer: the way its process ended is what there is to tell.
  void judge_end() {
    if (!ended_) return verdict(Verdict::crashed, "the process it was forked from ended");
    const int status = static_cast<int>(ended_->status);
    if (WIFEXITED(status)) {
      return verdict(Verdict::exited, "ended its process with exit code " +
                                          std::to_string(WEXITSTATUS(status)) +
                                          " before main() returned");
    }
    const int signal = WTERMSIG(status);
    if (signal == SIGXCPU) return verdict(Verdict::timeout, "used more CPU time than its limit");
    if (signal == SIGKILL)
      return verdict(Verdict::out_of_memory, "killed by the system, as when memory runs out");
    const char* name = ::sigabbrev_np(signal);
    verdict(Verdict::crashed, "killed by signal " + std::to_string(signal) +
                                  (name == nullptr ? "" : " (SIG" + std::string(name) + ")"));
  }

  void verdict(Verdict verdict, std::string detail) {
    result_.verdict = verdict;
    result_.detail = std::move(detail);
  }

  /// What was printed before the end is in the pipes.
  void drain() {
    drained_ = 0;
    while (drained_ < last_drain && read_some(child_.out, fn_logs::Channel::out)) continue;
    while (drained_ < 2 * last_drain && read_some(child_.err, fn_logs::Channel::err)) continue;
  }

  LoadedFunction& function_;
  const RunnerOptions& options_;
  const Clock& clock_;
  Child child_;
  Fd pidfd_;
  pid_t pid_ = -1;
  bool begun_ = false;
  Capture capture_;
  const std::size_t largest_frame_;
  bool call_open_ = true;
  bool over_ = false;
  std::size_t drained_ = 0;
  std::optional<Frame> answer_;
  std::optional<Ended> ended_;
  CallResult result_;
};

}  // namespace

std::optional<CallResult> run_call(LoadedFunction& function, const RawJson& arguments,
                                   const RunnerOptions& options, const Clock& clock) {
  for (std::int64_t tries = 0; tries < options.spares + 2;
       ++tries) {  // more than can wait and be dead
    auto child = function.take();
    if (!child) return std::nullopt;
    Call call(function, options, clock, *std::move(child));
    if (call.ready()) return call.run(arguments);
  }
  return std::nullopt;
}

}  // namespace kappa::runner
