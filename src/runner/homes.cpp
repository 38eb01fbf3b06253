// A zygote costs some milliseconds, its moving into a group some more: neither while a function's
// owner waits, where it can be done before.
#include "runner/homes.hpp"

#include <vector>

#include "runner/pidfd.hpp"
#include "runner/stowaways.hpp"
#include "runner/usage.hpp"

namespace kappa::runner {
namespace {

constexpr std::int64_t open_within_ms = 1'000;

bool is_alive(const Home& home) { return !has_ended(home.zygote.pidfd.get()); }

std::vector<pid_t> processes_of(pid_t init, bool with_rewinder) {
  auto all = tree_of(init);
  const auto first = children_of(init);
  if (with_rewinder && !first.empty()) std::erase(all, first.front());
  return all;
}

}  // namespace

bool Home::open(Deadline deadline) {
  if (opened) return true;
  if (!zygote.ready) {
    const auto frame = zygote.control.receive(small_frame, deadline);
    zygote.ready = frame && frame->type == FrameType::zygote_ready;
  }
  if (!zygote.ready) return false;
  const pid_t pid = zygote_of(init(), with_rewinder());
  memory = open_memory(pid);
  inherited_kb = anonymous_memory_kb(pid);
  opened = true;
  return true;
}

pid_t Home::init() const { return identify(zygote.pidfd.get()).pid; }

std::string put_in(const ControlGroups::Group& group, pid_t init, bool with_rewinder) {
  std::string fault;
  // From the top, and twice: whatever is forked meanwhile by one that is in is in as well.
  for (int i = 0; i < 2; ++i) {
    for (const pid_t pid : processes_of(init, with_rewinder)) {
      auto why = group.add(pid);
      if (fault.empty()) fault = std::move(why);
    }
  }
  return fault;
}

std::optional<Home> Homes::take_ready(const Terms& terms) {
  const std::scoped_lock lock(mutex_);
  if (!ready_ || !(ready_->terms == terms)) return std::nullopt;
  Home home = std::move(ready_->home);
  ready_.reset();
  if (!is_alive(home)) return std::nullopt;
  return home;
}

bool Homes::has_ready(const Terms& terms) const {
  const std::scoped_lock lock(mutex_);
  return ready_ && ready_->terms == terms && is_alive(ready_->home);
}

Result<Home> Homes::make(const Terms& terms) {
  if (auto ready = take_ready(terms)) return *std::move(ready);
  return Home{TRY(from_.start_zygote(terms.walls)), groups_.make(terms)};
}

void Homes::prepare(const Terms& terms) {
  if (has_ready(terms)) return;
  auto made = make(terms);
  if (!made || !made->open(after_ms(open_within_ms))) return;  // who needs one is told why
  // One that is in no group is as good as one that is made when it is needed.
  made->in_group =
      !made->group || put_in(*made->group, made->init(), made->with_rewinder()).empty();
  const std::scoped_lock lock(mutex_);
  ready_.emplace(Ready{terms, *std::move(made)});
}

}  // namespace kappa::runner
