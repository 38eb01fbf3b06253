// Five descriptors are watched until there is a result, the process has ended, its time is up, or
// nobody wants to know any more.
#include "runner/call.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "runner/memory_killer.hpp"
#include "runner/stack.hpp"
#include "runner/turns.hpp"
#include "runner/usage.hpp"
#include "runner/verdict.hpp"

namespace kappa::runner {
namespace {

using std::chrono::steady_clock;

constexpr std::int64_t ready_within_ms = 5'000;          // a child is made in about 1 ms
constexpr std::int64_t stack_within_ms = 40;             // written by a signal handler, at once
constexpr std::chrono::microseconds look_every{50'000};  // at what a call uses
constexpr std::chrono::microseconds first_look{10'000};
constexpr std::int64_t long_call_us = 5'000;         // of CPU time
constexpr std::chrono::milliseconds tell_every{20};  // of what it prints
// Who prints much is read once in this time, a pipe's 64 KiB each: read by each line that comes,
// many processes that print have the server do nothing else, and others' calls take ten times as
// long.
constexpr std::size_t printed_much = 64 << 10;
constexpr std::chrono::milliseconds read_every{1};
constexpr std::int64_t end_within_ms = 1'000;
constexpr std::int64_t late_end_within_ms = 20;    // when the caller has waited long enough already
constexpr std::size_t most_shown = 256 << 10;      // a stack, and what filled its pipe before it
constexpr std::size_t room_for_failure = 1 << 20;  // a traceback, escaped
constexpr std::size_t last_drain = 1 << 20;        // what a pipe can hold when its writers are dead

// A spare may have been killed while it waited; then the next one is as good.
constexpr std::size_t tries = 3;

class Call {
 public:
  Call(LoadedFunction& function, const CallContext& context, Child child)
      : function_(function),
        limits_(function.terms().walls.limits),
        context_(context),
        child_(std::move(child)),
        capture_(limits_.output_bytes),
        largest_frame_(static_cast<std::size_t>(limits_.result_bytes) + room_for_failure) {}

  /// Waits until the child can take its call.
  bool ready(Deadline deadline) {
    const auto is_ours = [this](const Identity& named) { return function_.has_forked(named); };
    if (!child_.wait_ready(deadline, is_ours)) return false;
    context_.entry.run_in(child_.pidfd());
    return true;
  }

  CallResult run(const RawJson& arguments) {
    begin();
    if (child_.refusal.empty()) {
      go(arguments);
    } else {
      judged_ = {Verdict::error, child_.refusal, ""};
    }
    return end();
  }

  /// Of a child that did not get ready: that is the function's doing, and not to be tried again.
  /// `early` are the ends of those that were tried and ended before.
  CallResult give_up(const std::vector<Ended>& early) {
    begin();
    measure();
    for (const Ended& one : early) {
      result_.cpu_us += function_.charge(context_.user_id, one.cpu_us, one.cpu_us);
      see_memory_of(one);
    }
    const bool all = early.size() == tries;
    judged_ =
        judge_unready(all ? std::optional(early.back()) : std::nullopt, result_.cpu_us, limits_);
    return end();
  }

  /// How the child ended before it was ready, by itself.
  std::optional<Ended> early_end() {
    auto end = child_.ended_before_ready();
    return end && ended_by_itself(*end, limits_) ? end : std::nullopt;
  }

 private:
  /// What it has used up.
  enum class Spent { nothing, wall, cpu, memory };

  void begin() {
    result_.started_at = context_.clock.now();
    begin_ = steady_clock::now();
  }

  CallResult end() {
    result_.ended_at = context_.clock.now();
    finish();
    result_.verdict = judged_.verdict;
    result_.detail = std::move(judged_.detail);
    result_.traceback = std::move(judged_.traceback);
    result_.pieces = capture_.take(result_.ended_at);
    result_.output_cut = capture_.cut();
    return std::move(result_);
  }

  void go(const RawJson& arguments) {
    const Deadline deadline = begin_ + std::chrono::milliseconds(limits_.timeout_ms);
    next_tell_ = begin_ + tell_every;
    next_look_ = begin_ + std::min(until_spent(limits_.cpu_ms * 1000), first_look);
    if (std::exchange(child_.long_turns, false)) give_usual_turns(child_.pid());
    if (std::exchange(child_.goes_first, false)) go_as_a_function(child_.pid());
    child_.use();
    child_.call.send(FrameType::call, arguments.text, {}, deadline);
    Spent spent = Spent::nothing;
    while (!answer_ && !over_ && !abandoned_ && spent == Spent::nothing) spent = wait(deadline);
    result_.wall_us = us_between(begin_, steady_clock::now());
    if (spent != Spent::nothing && !answer_) take_stack();
    measure();
    judge(spent);
  }

  /// Whatever a call that is put back did is undone; a warm one is to have done well.
  bool may_go_on() const {
    return answer_ && (child_.rewindable() || (function_.terms().state == State::warm &&
                                               answer_->type == FrameType::result));
  }

  /// After the call: a child that may serve another goes on, any other is dead.
  void finish() {
    context_.entry.leave_process();
    const bool goes_on = may_go_on() && (child_.rewindable() || judged_.verdict == Verdict::ok);
    if (!goes_on) child_.kill();
    if (child_.rewindable()) child_.end_others();  // its rewinder kills them
    drain();
    if (goes_on && child_.call.idle()) {
      function_.give_back(std::move(child_));
    } else if (child_.rewindable() && judged_.verdict != Verdict::cancelled) {
      function_.note_rewind("a call ended its process");
    }
  }

  /// The soonest that so much CPU time can be used up, every core at work.
  static std::chrono::microseconds until_spent(std::int64_t left_us) {
    return std::chrono::microseconds(std::max<std::int64_t>(left_us / processors(), 1000));
  }
  /// Of what its processes have used since it began, as they tell; what it has used.
  std::int64_t charge(std::int64_t told_us) {
    const std::int64_t most_us = us_between(begin_, steady_clock::now()) * processors();
    const std::int64_t more_us = std::max<std::int64_t>(told_us - told_us_, 0);
    told_us_ += more_us;
    charged_us_ += function_.charge(context_.user_id, more_us, most_us - charged_us_);
    return charged_us_;
  }
  Use use() {
    if (!child_.meter) child_.meter.emplace(child_.pid());
    return child_.meter->look();
  }

  Spent look(Deadline now) {
    if (now < next_look_) return Spent::nothing;
    const Use seen = use();
    const std::int64_t used = charge(seen.cpu_us - child_.cpu_us);
    if (used >= limits_.cpu_ms * 1000) return Spent::cpu;
    if (used >= long_call_us) {
      child_.long_turns = true;
      give_long_turns(child_.pid());  // again: what it started meanwhile may have none
    }
    if (function_.is_short_of_memory()) {
      child_.goes_first = true;
      go_as_a_call(child_.pid());
    }
    const Spent spent = look_at_memory(seen);
    // Looking at many processes takes long, and must not be all that is done: a fifth at most.
    const auto end = steady_clock::now();
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(end - now);
    const auto pause = std::max(until_spent(limits_.cpu_ms * 1000 - used), 20 * took);
    next_look_ = end + std::min(pause, std::max(look_every, 4 * took));
    return spent;
  }

  Spent look_at_memory(const Use& seen) {
    seen_memory_kb_ = std::max(seen_memory_kb_, seen.peak_memory_kb);
    // One process alone is held by its address space.
    if (seen.others == 0) return Spent::nothing;
    const std::int64_t together = memory_kb_of_tree(child_.pid(), function_.text_kb());
    seen_memory_kb_ = std::max(seen_memory_kb_, together);
    return together > limits_.memory_mb * 1024 ? Spent::memory : Spent::nothing;
  }

  /// Takes whatever has come.
  Spent wait(Deadline deadline) {
    const bool resting = drained_ > printed_much && steady_clock::now() < next_read_;
    std::array<pollfd, 5> watched = {{{call_open_ ? child_.call.fd() : -1, POLLIN, 0},
                                      {child_.life.fd(), POLLIN, 0},
                                      {resting ? -1 : child_.out.get(), POLLIN, 0},
                                      {resting ? -1 : child_.err.get(), POLLIN, 0},
                                      {context_.client, POLLRDHUP, 0}}};
    const bool telling = context_.tell_lines && capture_.has_lines();
    const Deadline tell = telling ? next_tell_ : deadline;
    const Deadline read = resting ? next_read_ : deadline;
    const int wait_ms = ms_until(std::min({deadline, next_look_, tell, read}));
    if (::poll(watched.data(), watched.size(), wait_ms) < 0) return Spent::nothing;
    if (watched[2].revents != 0) read_some(child_.out, fn_logs::Channel::out);
    if (watched[3].revents != 0) read_some(child_.err, fn_logs::Channel::err);
    if (watched[0].revents != 0) hear_child();
    if (watched[1].revents != 0 && !answer_) hear_zygote();
    if (watched[4].revents != 0 && !answer_) abandoned_ = true;
    const auto now = steady_clock::now();
    if (!resting) next_read_ = now + read_every;
    tell_lines(now);
    return now >= deadline ? Spent::wall : look(now);
  }

  /// Whoever follows the function hears of its lines while it runs.
  void tell_lines(Deadline now) {
    if (now < next_tell_ || answer_ || !context_.tell_lines) return;
    next_tell_ = now + tell_every;
    context_.tell_lines(capture_);
  }

  /// Reads once; false when there was nothing. A pipe without writers is not watched any more.
  bool read_some(Fd& pipe, fn_logs::Channel channel) {
    std::array<char, 64 << 10> bytes;
    const ssize_t got = pipe ? ::read(pipe.get(), bytes.data(), bytes.size()) : 0;
    if (got == 0) pipe.reset();
    if (got <= 0) return false;
    const std::string_view text(bytes.data(), static_cast<std::size_t>(got));
    drained_ += text.size();
    capture_.add(channel, text, context_.clock.now());
    return true;
  }

  /// The first frame is the answer, whatever it says.
  void hear_child() {
    const auto state = child_.call.pump(largest_frame_);
    if (state == FrameSocket::State::ready) answer_ = child_.call.take();
    if (state == FrameSocket::State::closed)
      call_open_ = false;  // how it ended its zygote will say
  }

  void hear_zygote() {
    hear_child();  // a result may have come together with the end
    if (answer_) return;
    const auto state = child_.life.pump(small_frame);
    if (state == FrameSocket::State::ready && !child_.alive())  // else it is a lie
      ended_ = read_message<Ended>(child_.life.take().payload);
    if (ended_ && child_.meter) child_.meter->end(ended_->cpu_us);
    if (state != FrameSocket::State::waiting) over_ = true;
  }

  /// The kernel's word, asked for by the server itself wherever it can be: a zygote runs the
  /// function's module, which may have taught it to lie about how its children ended.
  void measure() {
    const Use seen = use();
    if (!ended_ && (seen.other_program || seen.had_others) && !may_go_on()) {
      // What its children used, and itself before it executed another program, is told to its
      // parent alone.
      child_.kill();
      const auto end =
          child_.life.receive(small_frame, after_ms(answer_ ? end_within_ms : late_end_within_ms));
      if (end) ended_ = read_message<Ended>(end->payload);
    }
    const std::int64_t most = result_.wall_us * processors();  // nobody uses more than there is
    std::int64_t told = seen.cpu_us - child_.cpu_us;
    if (ended_) told = std::max(told, std::min(ended_->cpu_us - child_.cpu_us, most));
    result_.cpu_us = charge(told);
    result_.peak_memory_kb = std::max(seen_memory_kb_, seen.peak_memory_kb);
    if (ended_) see_memory_of(*ended_);
    child_.cpu_us = seen.cpu_us;
  }
  void see_memory_of(const Ended& ended) {
    const std::int64_t kb = std::min(ended.peak_memory_kb, limits_.memory_mb * 1024);
    result_.peak_memory_kb = std::max(result_.peak_memory_kb, kb);
  }

  /// What it was doing when its time was up; in its logs as other tracebacks are.
  void take_stack() {
    read_some(child_.err, fn_logs::Channel::err);  // makes room for it
    child_.ask_for_stack();
    const Deadline deadline = after_ms(stack_within_ms);
    ShownStack shown;
    pollfd watched{child_.err.get(), POLLIN, 0};
    while (!shown.whole() && shown.size() < most_shown && steady_clock::now() < deadline &&
           ::poll(&watched, 1, ms_until(deadline)) > 0) {
      std::array<char, 64 << 10> bytes;
      const ssize_t got = ::read(child_.err.get(), bytes.data(), bytes.size());
      if (got <= 0) break;
      shown.add({bytes.data(), static_cast<std::size_t>(got)});
    }
    stack_ = shown.traceback();
    capture_.add(fn_logs::Channel::err, shown.before() + stack_, context_.clock.now());
  }

  /// Without its rewinder system calls fail that are reported to that, or seem to succeed. Billed:
  /// the function's module may have ended it.
  Judgement if_deserted(Judgement judged) const {
    if (!child_.rewindable() || function_.rewinder_lives()) return judged;
    return {Verdict::crashed, "its rewinder ended while it ran: " + judged.detail,
            std::move(judged.traceback)};
  }

  Judgement judge_spent(Spent spent) const {
    if (spent == Spent::wall) return judge_wall_time(limits_);
    if (spent == Spent::cpu) return judge_cpu_time(result_.cpu_us, limits_);
    return judge_memory(seen_memory_kb_, limits_);
  }

  void judge(Spent spent) {
    const std::string stopped = context_.entry.stopped();
    if (answer_ && answer_->type == FrameType::result) {
      judged_ = judge_result(answer_->payload, limits_);
      if (judged_.verdict == Verdict::ok) result_.output.text = std::move(answer_->payload);
    } else if (answer_) {
      judged_ = if_deserted(judge_failure(answer_->payload, function_.terms().walls));
    } else if (!stopped.empty()) {
      judged_ = {Verdict::cancelled, stopped, ""};
    } else if (abandoned_) {
      judged_ = {Verdict::cancelled, "whoever called it went away", ""};
      result_.hung_up = true;
    } else if (spent != Spent::nothing) {
      judged_ = judge_spent(spent);
      judged_.traceback = stack_;
    } else if (!function_.template_lives()) {
      judged_ = judge_lost_template();
    } else {
      judged_ = judge_end(ended_, result_.cpu_us, limits_);
      if (ended_) judged_ = if_deserted(std::move(judged_));  // else it ended with all the others
    }
  }

  /// What was printed before the end is in the pipes.
  void drain() {
    drained_ = 0;
    while (drained_ < last_drain && read_some(child_.out, fn_logs::Channel::out)) continue;
    while (drained_ < 2 * last_drain && read_some(child_.err, fn_logs::Channel::err)) continue;
  }

  LoadedFunction& function_;
  const Limits& limits_;
  const CallContext& context_;
  Child child_;
  Capture capture_;
  const std::size_t largest_frame_;
  Deadline begin_{};
  Deadline next_look_{};
  Deadline next_tell_{};
  Deadline next_read_{};
  std::int64_t told_us_ = 0;
  std::int64_t charged_us_ = 0;
  std::int64_t seen_memory_kb_ = 0;
  bool call_open_ = true;
  bool over_ = false;
  bool abandoned_ = false;
  std::size_t drained_ = 0;
  std::optional<Frame> answer_;
  std::optional<Ended> ended_;
  std::string stack_;
  Judgement judged_;
  CallResult result_;
};

}  // namespace

std::optional<CallResult> run_call(LoadedFunction& function, const RawJson& arguments,
                                   const CallContext& context) {
  std::vector<Ended> early;
  const auto begin = steady_clock::now();
  const Deadline deadline = after_ms(ready_within_ms + function.load_within_ms());
  for (std::size_t i = 0; i < tries; ++i) {
    auto child = function.take(context.user_id);
    const bool lost = !child;
    std::optional<CallResult> result;
    if (!lost) {
      Call call(function, context, *std::move(child));
      const bool ready = call.ready(deadline);
      const std::int64_t start_us = us_between(begin, steady_clock::now());
      if (ready) {
        result = call.run(arguments);
      } else if (steady_clock::now() >= deadline) {
        result = call.give_up(early);
      } else if (const auto end = call.early_end()) {
        early.push_back(*end);
        if (early.size() == tries) result = call.give_up(early);
      }
      if (result) result->start_us = start_us;
    }
    function.done();
    if (result || lost) return result;
  }
  return std::nullopt;
}

}  // namespace kappa::runner
