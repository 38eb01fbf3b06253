// Readiness is two words: the zygote's with the pidfd, and the child's own.
#include "runner/child.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "runner/cpu_account.hpp"
#include "runner/turns.hpp"

namespace kappa::runner {
namespace {

constexpr std::int64_t hand_over_ms = 1'000;
constexpr std::int64_t soon_ready_ms = 20;

}  // namespace

void Child::kill() {
  if (!pidfd_ || std::exchange(killed_, true)) return;
  end_others();
  hurry();
  kill_process(pidfd_.get());
}

void Child::end_others() {
  if (cpu_account != nullptr && meter) cpu_account->end_others(meter->end_others());
}

/// At the cost of its own function alone.
void Child::hurry() const {
  if (long_turns && in_group && alive()) go_before_others(pid());
}

void Child::ask_for_stack() const {
  hurry();
  ::syscall(SYS_pidfd_send_signal, pidfd_.get(), show_stack, nullptr, 0);
}

bool Child::alive() const { return !has_ended(pidfd_.get()); }

bool Child::be_rewound_by(const FrameSocket& rewinder) {
  auto [ours, theirs] = socket_pair();
  rewinder_ = FrameSocket(std::move(ours), Descriptors::dropped);
  return rewinder.send(FrameType::rewind, "", {pidfd_.get(), theirs.get()}, after_ms(hand_over_ms));
}

Child::Rewind Child::rewind() {
  const auto state = rewinder_.pump(small_frame);
  if (state == FrameSocket::State::ready) {
    Frame word = rewinder_.take();
    rewound_ = word.type == FrameType::rewound;
    if (!rewound_) rewind_fault_ = std::move(word.payload);
    return rewound_ ? Rewind::done : Rewind::failed;
  }
  if (state == FrameSocket::State::closed) return rewound_ ? Rewind::gone : Rewind::failed;
  return rewound_ ? Rewind::done : Rewind::waiting;
}

bool Child::wait_rewound(Deadline deadline) {
  Rewind now = rewound_ ? Rewind::done : rewind();  // whoever chose it has just looked
  pollfd watched{rewinder_.fd(), POLLIN, 0};
  while (now == Rewind::waiting && ::poll(&watched, 1, ms_until(deadline)) > 0) now = rewind();
  return now == Rewind::done && hush();
}

void Child::use() {
  rewound_ = false;
  if (meter) meter->begin();
}

bool Child::hush() {
  std::array<pollfd, 3> watched = {
      {{out.get(), POLLIN, 0}, {err.get(), POLLIN, 0}, {call.fd(), POLLIN, 0}}};
  if (::poll(watched.data(), watched.size(), 0) == 0) return call.idle();
  for (const Fd* pipe : {&out, &err}) {
    std::array<char, 4096> dropped;
    for (std::size_t left = 1 << 20; left > 0 && *pipe; left -= dropped.size()) {
      if (::read(pipe->get(), dropped.data(), dropped.size()) <= 0) break;
    }
  }
  return call.pump(small_frame) == FrameSocket::State::waiting && call.idle();
}

bool Child::introduced(Deadline deadline) {
  if (named_ || pidfd_) return pid() > 0;
  auto spawned = life.receive(small_frame, deadline);
  if (!spawned || spawned->type != FrameType::spawned || spawned->fds.size() != 1) return false;
  named_ = std::move(spawned->fds.front());
  identity_ = identify(named_.get());
  return pid() > 0;
}

bool Child::wait_ready(Deadline deadline, const std::function<bool(const Identity&)>& is_ours) {
  if (ready_) return rewindable() ? wait_rewound(deadline) : alive();
  // Its own word first: mostly its zygote has told of it by then, so that one wait is enough. One
  // that takes its time must be known meanwhile, or it passes for a process that nobody asked for.
  auto word = call.receive(small_frame, std::min(deadline, after_ms(soon_ready_ms)));
  if (!introduced(deadline) || !is_ours(identity_)) return false;
  pidfd_ = std::move(named_);
  if (!word) word = call.receive(small_frame, deadline);
  if (!word) return false;
  if (word->type == FrameType::refused) {
    refusal = std::move(word->payload);
    return true;
  }
  ready_ = word->type == FrameType::ready && alive();
  return ready_;
}

std::optional<Ended> Child::ended_before_ready() {
  const Fd& process = pidfd_ ? pidfd_ : named_;
  if (ready_ || !process) return std::nullopt;
  const auto end = life.receive(small_frame, after_ms(hand_over_ms));
  if (!end || !has_ended(process.get())) return std::nullopt;
  auto ended = read_message<Ended>(end->payload);
  const std::int64_t most_us =
      us_between(asked_for_, std::chrono::steady_clock::now()) * processors();
  if (ended) ended->cpu_us = std::min(ended->cpu_us, most_us);
  return ended;
}

}  // namespace kappa::runner
