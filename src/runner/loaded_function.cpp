// Loading, with a deadline of its own; then sockets and pipes for each child.
#include "runner/loaded_function.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/log.hpp"
#include "runner/usage.hpp"

namespace kappa::runner {
namespace {

constexpr std::int64_t stack_within_ms =
    300;  // after the module's time is up, for its stack to be written
constexpr std::int64_t spawn_within_ms = 5'000;
constexpr int stowaways_at_most = 3;            // looks in a row that find some
constexpr std::int64_t waiting_child_kb = 512;  // pages of its own (measured: 400 to 520)

/// ", on line 3": where the stack that a module left says it is.
std::string line_in(const Fd& stack) {
  std::array<char, 8192> text;
  const ssize_t size = ::read(stack.get(), text.data(), text.size());
  const std::string_view all(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  std::size_t at = all.find("File \"function.py\", line ");
  if (at == all.npos) return "";
  at = all.find("line ", at);
  return ", on " + std::string(all.substr(at, all.find_first_of(" \n", at + 5) - at));
}

Error invalid_code(const std::string& reason) {
  return {Code::unacceptable, "Invalid code. " + reason};
}

/// A zygote, and a control group for it, where there are such.
Result<LoadedFunction::Home> make_home(TemplateProcess& from, ControlGroups& groups,
                                       const Terms& terms) {
  return LoadedFunction::Home{TRY(from.start_zygote(terms.walls)), groups.make(terms)};
}

/// Has a zygote load it; one that does not come to an end is killed.
Result<ModuleLoaded> load_module(TemplateProcess::Started& zygote, const Module& module) {
  auto [stack, stack_end] = pipe_pair();
  const Deadline deadline = after_ms(module.timeout_ms + stack_within_ms);
  zygote.control.send(FrameType::load, rpc::write_json(module), {stack_end.get()}, deadline);
  stack_end.reset();
  const auto answer = zygote.control.receive(1 << 20, deadline);
  const bool late = !answer && std::chrono::steady_clock::now() >= deadline;
  if (!answer || answer->type != FrameType::loaded) kill_process(zygote.pidfd.get());
  if (late) {
    return invalid_code("The module does not get to its end within " +
                        std::to_string(module.timeout_ms) + " ms" + line_in(stack));
  }
  if (!answer)
    return invalid_code("The module ends its process while it is loaded" + line_in(stack));
  if (answer->type == FrameType::refused) return Error{Code::unacceptable, answer->payload};
  auto loaded = read_message<ModuleLoaded>(answer->payload);
  if (!loaded) return invalid_code("The parameters of main() cannot be told");
  return *std::move(loaded);
}

}  // namespace

Result<std::shared_ptr<LoadedFunction>> LoadedFunction::load(TemplateProcess& from,
                                                             ControlGroups& groups, Module module,
                                                             const Terms& terms,
                                                             const RunnerOptions& options) {
  module.timeout_ms = options.load_timeout_ms;
  auto home = TRY(make_home(from, groups, terms));
  auto loaded = TRY(load_module(home.zygote, module));
  if (loaded.threads) {
    module.load_in_each_call = true;
    kill_process(home.zygote.pidfd.get());
    home = TRY(make_home(from, groups, terms));
    TRY(load_module(home.zygote, module));
  }
  return std::make_shared<LoadedFunction>(std::move(home), std::move(loaded), terms, options);
}

LoadedFunction::LoadedFunction(Home home, ModuleLoaded loaded, const Terms& terms,
                               const RunnerOptions& options)
    : signature_(std::move(loaded.signature)),
      terms_(terms),
      load_within_ms_(loaded.threads ? options.load_timeout_ms : 0),
      options_(options),
      group_(std::move(home.group)),
      init_pidfd_(std::move(home.zygote.pidfd)),
      init_pid_(pid_of(init_pidfd_.get())),
      control_(std::move(home.zygote.control)) {}

LoadedFunction::~LoadedFunction() { unload(); }

std::optional<Child> LoadedFunction::spawn() {
  auto [call, call_end] = socket_pair();
  auto [life, life_end] = socket_pair();
  auto [out, out_end] = pipe_pair();
  auto [err, err_end] = pipe_pair();
  const std::vector<int> ends = {call_end.get(), out_end.get(), err_end.get(), life_end.get()};
  if (!control_.send(FrameType::spawn, "", ends, after_ms(spawn_within_ms))) return std::nullopt;
  return Child(FrameSocket(std::move(call), Descriptors::dropped), FrameSocket(std::move(life)),
               std::move(out), std::move(err));
}

std::optional<Child> LoadedFunction::take() {
  const std::scoped_lock lock(mutex_);
  stowaways_seen_ = 0;
  lately_running_ = std::max(lately_running_, ++running_);
  auto& waiting = warm_.empty() ? spares_ : warm_;
  if (waiting.empty()) return spawn();
  // Of the warm ones the latest, so that those which are not needed grow old; of the spares the
  // first, for it is ready.
  const bool last = &waiting == &warm_;
  Child child = std::move(last ? waiting.back() : waiting.front());
  last ? waiting.pop_back() : waiting.pop_front();
  return child;
}

bool LoadedFunction::has_forked(pid_t pid) {
  const pid_t parent = parent_of(pid);
  const std::scoped_lock lock(mutex_);
  if (zygote_pid_ < 0 && parent > 0 && parent_of(parent) == init_pid_) zygote_pid_ = parent;
  return parent > 0 && parent == zygote_pid_;
}

void LoadedFunction::give_back(Child child) {
  if (terms_.state != State::warm || ++child.calls >= options_.warm_calls || !usable()) return;
  child.idle_since = std::chrono::steady_clock::now();
  const std::scoped_lock lock(mutex_);
  warm_.push_back(std::move(child));
}

void LoadedFunction::done() {
  const std::scoped_lock lock(mutex_);
  --running_;
  last_used_ = std::chrono::steady_clock::now();
}

std::size_t LoadedFunction::wanted() const {
  const auto most = static_cast<std::size_t>(options_.spares);
  const std::size_t needed = std::max<std::size_t>(lately_running_, 1);
  const std::size_t there = terms_.state == State::warm ? warm_.size() + running_ : 0;
  return std::min(most, needed > there ? needed - there : 0);
}

void LoadedFunction::settle() {
  {
    const std::scoped_lock lock(mutex_);
    if (std::exchange(settled_, true) || unloaded_) return;
  }
  // From the top: whatever is forked meanwhile by one that is in is in as well.
  if (group_) {
    for (const pid_t pid : tree_of(init_pid_)) group_->add(pid);
    for (const pid_t pid : tree_of(init_pid_)) group_->add(pid);
  }
  const std::int64_t kb = own_memory_kb_of_tree(init_pid_);
  const std::scoped_lock lock(mutex_);
  zygote_kb_ = kb;
}

bool LoadedFunction::needs_refill() const {
  const std::scoped_lock lock(mutex_);
  return usable() && (!settled_ || spares_.size() < wanted());
}

void LoadedFunction::refill() {
  const std::scoped_lock lock(mutex_);
  while (usable() && spares_.size() < wanted()) {
    auto child = spawn();
    if (!child) return mark_broken();
    spares_.push_back(*std::move(child));
  }
}

bool LoadedFunction::has_stowaways() const {
  const auto zygotes = children_of(init_pid_);
  if (zygotes.size() != 1) return zygotes.size() > 1;
  return children_of(zygotes.front()).size() > spares_.size() + warm_.size() + running_;
}

void LoadedFunction::tidy() {
  std::unique_lock lock(mutex_);
  // Looked at first: what is let go below takes a moment to die. So does what was killed after the
  // last call, hence several looks.
  stowaways_seen_ = running_ == 0 && has_stowaways() ? stowaways_seen_ + 1 : 0;
  if (stowaways_seen_ >= stowaways_at_most) {
    log::warning("a function is let go: processes live in it that nobody asked for",
                 {{"pid", std::int64_t{init_pid_}}});
    lock.unlock();
    return unload();
  }
  if (lately_running_ > running_) --lately_running_;
  while (spares_.size() > std::max<std::size_t>(wanted(), 1)) spares_.pop_back();
  const auto old =
      std::chrono::steady_clock::now() - std::chrono::milliseconds(options_.warm_idle_ms);
  while (!warm_.empty() && warm_.front().idle_since < old) warm_.pop_front();
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
  return zygote_kb_ + static_cast<std::int64_t>(spares_.size() + warm_.size()) * waiting_child_kb;
}

void LoadedFunction::unload() {
  const std::scoped_lock lock(mutex_);
  unloaded_ = true;
  kill_process(init_pidfd_.get());
  spares_.clear();
  warm_.clear();
  control_ = FrameSocket();
}

}  // namespace kappa::runner
