// Sockets and pipes for each child, and who of those that wait takes the next call.
#include "runner/loaded_function.hpp"

#include <algorithm>
#include <bit>
#include <system_error>

#include "base/client_watch.hpp"
#include "base/log.hpp"
#include "runner/usage.hpp"

namespace kappa::runner {
namespace {

constexpr std::int64_t spawn_within_ms = 5'000;
constexpr std::int64_t waiting_child_kb = 512;  // pages of its own (measured: 400 to 520)
constexpr std::int64_t rewindable_kb = 7168;    // pages of its own, and its image (measured)
constexpr std::int64_t rewindable_after = 8;    // calls: an image costs as much as some forks
constexpr std::size_t being_put_back = 2;       // beside those in use
constexpr std::int64_t rewindable_within_ms = 5'000;
constexpr int rewind_faults_at_most = 3;  // in a row

}  // namespace

Result<std::shared_ptr<LoadedFunction>> LoadedFunction::load(Homes& homes, Module module,
                                                             const Terms& terms,
                                                             const RunnerOptions& options,
                                                             const std::string& name) try {
  module.timeout_ms = options.load_timeout_ms;
  auto home = TRY(homes.make(terms));
  auto loaded = TRY(load_module(home, module, options.isolation, name));
  if (!loaded.fork_fault.empty()) {
    log::info("a function's module is loaded in each call",
              {{"function", name}, {"reason", loaded.fork_fault}});
    module.load_in_each_call = true;
    kill_process(home.zygote.pidfd.get());
    home = TRY(homes.make(terms));
    TRY(load_module(home, module, options.isolation, name));
  }
  return std::make_shared<LoadedFunction>(std::move(home), std::move(loaded), terms, options, name);
} catch (const std::system_error& fault) {  // no descriptors left
  return Error{Code::unavailable,
               std::string("no process can be made for the function: ") + fault.what()};
}

LoadedFunction::LoadedFunction(Home home, LoadedModule loaded, const Terms& terms,
                               const RunnerOptions& options, std::string name)
    : name_(std::move(name)),
      signature_(std::move(loaded.signature)),
      terms_(terms),
      load_within_ms_(loaded.fork_fault.empty() ? 0 : options.load_timeout_ms),
      options_(options),
      group_(std::move(home.group)),
      cpu_account_(group_ ? std::make_unique<CpuAccount>(*group_) : nullptr),
      inherited_kb_(home.inherited_kb),
      made_in_group_(home.in_group || !group_),
      in_group_(home.in_group && group_),
      template_pidfd_(std::move(home.zygote.template_pidfd)),
      text_kb_(home.zygote.text_kb),
      init_pidfd_(std::move(home.zygote.pidfd)),
      init_pid_(identify(init_pidfd_.get()).pid),
      stowaways_(init_pid_, static_cast<bool>(home.zygote.rewinder)),
      rewind_off_(!loaded.fork_fault.empty()),
      rewinder_(std::move(home.zygote.rewinder)),
      control_(std::move(home.zygote.control)) {}

LoadedFunction::~LoadedFunction() { unload(); }

Terms LoadedFunction::terms_in_force() const {
  Terms terms = terms_;
  if (terms.state == State::rewind && rewind_off_) terms.state = State::fresh;
  return terms;
}

std::optional<Child> LoadedFunction::spawn(FrameType how) try {
  auto [call, call_end] = socket_pair();
  auto [life, life_end] = socket_pair();
  auto [out, out_end] = pipe_pair();
  auto [err, err_end] = pipe_pair();
  const std::vector<int> ends = {call_end.get(), out_end.get(), err_end.get(), life_end.get()};
  if (!control_.send(how, "", ends, after_ms(spawn_within_ms))) return std::nullopt;
  if (cpu_account_) cpu_account_->count_fork();
  return Child(FrameSocket(std::move(call), Descriptors::dropped), FrameSocket(std::move(life)),
               std::move(out), std::move(err));
} catch (const std::system_error& fault) {  // no descriptors left
  log::warning("no process can be asked for", {{"function", name_}, {"reason", fault.what()}});
  return std::nullopt;
}

std::optional<Child> LoadedFunction::take(std::int64_t owner) {
  if (group_) group_->share(owner);  // before anything is forked for it
  const std::scoped_lock lock(mutex_);
  lately_running_ = std::max(lately_running_, ++running_);
  auto child = take_waiting();
  if (child) child->in_group = in_group_;
  if (child) child->cpu_account = cpu_account_.get();
  if (memory_wanted() > memory_of_) give_memory();
  ++calls_;
  return child;
}

std::optional<Child> LoadedFunction::take_waiting() {
  if (auto kept = take_kept()) return kept;
  if (spares_.empty()) return spawn(FrameType::spawn);
  Child spare = std::move(spares_.front());  // the first: it is ready
  spares_.pop_front();
  return spare;
}

std::optional<Child> LoadedFunction::take_kept() {
  // The latest, so that those which are not needed grow old; but rather one that has been put back
  // than one that will be in a moment.
  auto chosen = kept_.end();
  for (auto at = kept_.end(); at != kept_.begin();) {
    --at;
    const auto rewind = at->rewindable() ? at->rewind() : Child::Rewind::done;
    if (rewind == Child::Rewind::failed || rewind == Child::Rewind::gone) {
      if (rewind == Child::Rewind::failed) count_rewind(at->rewind_fault());
      at = kept_.erase(at);
    } else if (rewind == Child::Rewind::done) {
      chosen = at;
      break;
    } else if (chosen == kept_.end() && at->calls > 0) {
      chosen = at;
    }
  }
  if (chosen == kept_.end()) return std::nullopt;
  Child child = std::move(*chosen);
  kept_.erase(chosen);
  return child;
}

std::int64_t LoadedFunction::charge(std::int64_t owner, std::int64_t told_us,
                                    std::int64_t most_us) {
  if (!group_) return told_us;
  group_->share(owner);
  return told_us + cpu_account_->charge(told_us, most_us - told_us);
}

bool LoadedFunction::has_forked(const Identity& child) {
  const pid_t parent = child.parent;
  const std::scoped_lock lock(mutex_);
  if (zygote_pid_ < 0 && parent > 0 && parent_of(parent) == init_pid_) zygote_pid_ = parent;
  if (parent <= 0 || parent != zygote_pid_) return false;
  stowaways_.expect(child.pid);
  return true;
}

void LoadedFunction::give_back(Child child) {
  const bool was_rewound = child.rewindable() && child.calls > 0;
  const bool worn = ++child.calls >= options_.warm_calls && terms_.state == State::warm;
  if (worn || !usable()) return;
  child.idle_since = std::chrono::steady_clock::now();
  const std::scoped_lock lock(mutex_);
  if (was_rewound) rewind_faults_ = 0;
  kept_.push_back(std::move(child));
}

void LoadedFunction::note_rewind(const std::string& fault) {
  const std::scoped_lock lock(mutex_);
  count_rewind(fault);
}

void LoadedFunction::count_rewind(const std::string& fault) {
  if (!rewinder_lives()) return lose_rewinder();
  ++rewind_faults_;
  if (fault == not_as_it_was) {
    log::error("rewinding has failed; a function's calls are fresh from here on",
               {{"function", name_}, {"reason", fault}});
    rewind_off_ = true;
  }
  if (rewind_faults_ < rewind_faults_at_most || rewind_off_.exchange(true)) return;
  log::info("a function's calls are fresh, for they cannot be put back",
            {{"function", name_}, {"reason", fault}});
}

bool LoadedFunction::rewinder_lives() const { return !has_left(rewinder_.fd()); }

void LoadedFunction::lose_rewinder() {
  // With all the function's processes it ends, too.
  if (unloaded_ || broken_.exchange(true) || has_ended(init_pidfd_.get())) return;
  log::warning("a function is loaded anew, for its rewinder has ended",
               {{"function", name_}, {"pid", std::int64_t{init_pid_}}});
}

std::size_t LoadedFunction::rewindables() const {
  return static_cast<std::size_t>(rewindables_.use_count()) - 1;
}

bool LoadedFunction::wants_rewindable() const {
  return usable() && rewinds() && calls_ >= rewindable_after &&
         rewindables() < std::max<std::size_t>(lately_running_, 1) + being_put_back;
}

void LoadedFunction::done() {
  const std::scoped_lock lock(mutex_);
  --running_;
  last_used_ = std::chrono::steady_clock::now();
}

std::size_t LoadedFunction::wanted() const {
  const auto most = static_cast<std::size_t>(options_.spares);
  // One more than run at a time: who calls again at once would wait for the one that is being made.
  if (terms_.state != State::warm && !rewinds()) return std::min(most, lately_running_ + 1);
  const std::size_t needed = std::max<std::size_t>(lately_running_, 1);
  const std::size_t there = terms_.state == State::warm ? kept_.size() + running_ : rewindables();
  return std::min(most, needed > there ? needed - there : 0);
}

void LoadedFunction::settle() {
  {
    const std::scoped_lock lock(mutex_);
    if (std::exchange(settled_, true) || unloaded_) return;
  }
  if (!made_in_group_) enter_group();
  const pid_t zygote = zygote_of(init_pid_, static_cast<bool>(rewinder_));
  // What it shares with its calls, when there are some, is its own as well.
  const std::int64_t kb =
      std::max(own_memory_kb_of_tree(init_pid_), anonymous_memory_kb(zygote) - inherited_kb_);
  if (in_group_ && zygote > 0) cpu_account_->begin(init_pid_, zygote, kb);
  const std::scoped_lock lock(mutex_);
  zygote_kb_ = kb;
}

void LoadedFunction::enter_group() {
  const std::string fault = put_in(*group_, init_pid_, static_cast<bool>(rewinder_));
  in_group_ = fault.empty();
  if (in_group_) return;
  log::warning(
      "a function runs by the limits of its processes alone, for no control group holds it",
      {{"function", name_}, {"reason", fault}, {"pid", std::int64_t{init_pid_}}});
}

bool LoadedFunction::settled() const {
  const std::scoped_lock lock(mutex_);
  return settled_;
}

bool LoadedFunction::needs_refill() const {
  const std::scoped_lock lock(mutex_);
  return usable() && (!settled_ || spares_.size() < wanted() || wants_rewindable());
}

void LoadedFunction::refill() {
  refill_rewindables();
  refill_spares();
}

void LoadedFunction::refill_spares() {
  const std::scoped_lock lock(mutex_);
  while (usable() && spares_.size() < wanted()) {
    auto child = spawn(FrameType::spawn);
    if (!child) return mark_broken();
    spares_.push_back(*std::move(child));
  }
}

void LoadedFunction::refill_rewindables() {
  const auto is_ours = [this](const Identity& named) { return has_forked(named); };
  for (;;) {
    std::unique_lock lock(mutex_);
    if (!wants_rewindable()) return;
    auto child = spawn(FrameType::spawn_rewindable);
    if (!child) return mark_broken();
    lock.unlock();
    const bool made = child->wait_ready(after_ms(rewindable_within_ms), is_ours) &&
                      child->be_rewound_by(rewinder_);
    lock.lock();
    if (!made) {
      count_rewind("a process for it cannot be made");
      continue;
    }
    child->counted = rewindables_;
    child->idle_since = std::chrono::steady_clock::now();
    kept_.push_front(*std::move(child));
  }
}

void LoadedFunction::tidy() {
  if (!rewinder_lives()) lose_rewinder();
  std::unique_lock lock(mutex_);
  for (Child& spare : spares_) {
    if (spare.introduced(after_ms(0))) stowaways_.expect(spare.pid());
  }
  if (stowaways_.settled()) {
    log::warning("a function is let go: processes live in it that nobody asked for",
                 {{"function", name_}, {"pid", std::int64_t{init_pid_}}});
    lock.unlock();
    return unload();
  }
  if (lately_running_ > running_) --lately_running_;
  const bool has_all = spares_.size() >= wanted() && !wants_rewindable();
  if (running_ == 0 && has_all && group_) group_->rest();
  while (spares_.size() > std::max<std::size_t>(wanted(), 1)) spares_.pop_back();
  const auto old =
      std::chrono::steady_clock::now() - std::chrono::milliseconds(options_.warm_idle_ms);
  while (!kept_.empty() && kept_.front().idle_since < old) kept_.pop_front();
  give_memory();
}

/// For so many calls, counting processes that have as much memory of their own while they wait.
std::size_t LoadedFunction::memory_wanted() const {
  std::size_t calls = std::max<std::size_t>(lately_running_, 1);
  if (terms_.state == State::warm) calls = std::max(calls, running_ + kept_.size());
  if (load_within_ms_ > 0) calls += wanted();  // each has loaded the module
  return calls;
}

/// Its group's bound is what its calls may have together, so that one alone has no more: of the
/// kernel's memory, which no limit of a process holds. Doubled and halved, so as to be seldom set;
/// while more is in use than half, it stays.
void LoadedFunction::give_memory() {
  if (!group_) return;
  std::size_t calls = std::bit_ceil(memory_wanted());
  while (calls < memory_of_ && !group_->give_memory(static_cast<std::int64_t>(calls))) calls *= 2;
  if (calls > memory_of_ && !group_->give_memory(static_cast<std::int64_t>(calls))) return;
  memory_of_ = calls;
}

std::size_t LoadedFunction::running() const {
  const std::scoped_lock lock(mutex_);
  return running_;
}

std::int64_t LoadedFunction::idle_ms() const {
  const std::scoped_lock lock(mutex_);
  if (running_ > 0) return 0;
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                               last_used_)
      .count();
}

std::int64_t LoadedFunction::memory_kb() const {
  const std::scoped_lock lock(mutex_);
  const auto kb = [](std::size_t count, std::int64_t each) {
    return static_cast<std::int64_t>(count) * each;
  };
  return zygote_kb_ + kb(rewindables(), rewindable_kb) +
         kb(spares_.size() + kept_.size(), waiting_child_kb);
}

void LoadedFunction::unload() {
  const std::scoped_lock lock(mutex_);
  unloaded_ = true;
  kill_process(init_pidfd_.get());
  spares_.clear();
  kept_.clear();
  control_ = FrameSocket();
}

}  // namespace kappa::runner
