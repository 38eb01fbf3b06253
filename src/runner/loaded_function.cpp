// Loading, with a deadline of its own; then sockets and pipes for each child.
#include "runner/loaded_function.hpp"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

namespace kappa::runner {
namespace {

constexpr std::int64_t stack_within_ms =
    300;  // after the module's time is up, for its stack to be written
constexpr std::int64_t spawn_within_ms = 5'000;

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

}  // namespace

void kill_process(int pidfd) { ::syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, nullptr, 0); }

Result<std::shared_ptr<LoadedFunction>> LoadedFunction::load(TemplateProcess& from,
                                                             const Module& module,
                                                             const RunnerOptions& options) {
  auto zygote = TRY(from.start_zygote());
  auto [stack, stack_end] = pipe_pair();
  const Deadline deadline = after_ms(options.load_timeout_ms + stack_within_ms);
  zygote.control.send(FrameType::load, rpc::write_json(module), {stack_end.get()}, deadline);
  stack_end.reset();
  const auto answer = zygote.control.receive(1 << 20, deadline);
  const bool late = !answer && std::chrono::steady_clock::now() >= deadline;
  if (!answer || answer->type != FrameType::loaded) kill_process(zygote.pidfd.get());
  if (late) {
    return invalid_code("The module does not get to its end within " +
                        std::to_string(options.load_timeout_ms) + " ms" + line_in(stack));
  }
  if (!answer)
    return invalid_code("The module ends its process while it is loaded" + line_in(stack));
  if (answer->type == FrameType::refused) return Error{Code::unacceptable, answer->payload};
  auto signature = read_message<Signature>(answer->payload);
  if (!signature) return invalid_code("The parameters of main() cannot be told");
  return std::make_shared<LoadedFunction>(std::move(zygote), *std::move(signature), options);
}

LoadedFunction::LoadedFunction(TemplateProcess::Started zygote, Signature signature,
                               const RunnerOptions& options)
    : signature_(std::move(signature)),
      options_(options),
      init_pidfd_(std::move(zygote.pidfd)),
      control_(std::move(zygote.control)) {}

LoadedFunction::~LoadedFunction() { unload(); }

std::optional<Child> LoadedFunction::spawn() {
  auto [call, call_end] = socket_pair();
  auto [life, life_end] = socket_pair();
  auto [out, out_end] = pipe_pair();
  auto [err, err_end] = pipe_pair();
  const std::vector<int> ends = {call_end.get(), out_end.get(), err_end.get(), life_end.get()};
  if (!control_.send(FrameType::spawn, "", ends, after_ms(spawn_within_ms))) return std::nullopt;
  return Child{FrameSocket(std::move(call)), FrameSocket(std::move(life)), std::move(out),
               std::move(err)};
}

std::optional<Child> LoadedFunction::take() {
  const std::scoped_lock lock(mutex_);
  if (spares_.empty()) return spawn();
  Child child = std::move(spares_.front());
  spares_.pop_front();
  return child;
}

void LoadedFunction::refill() {
  const std::scoped_lock lock(mutex_);
  while (usable() && spares_.size() < static_cast<std::size_t>(options_.spares)) {
    auto child = spawn();
    if (!child) return mark_broken();
    spares_.push_back(*std::move(child));
  }
}

bool LoadedFunction::begin(int pidfd) {
  const std::scoped_lock lock(mutex_);
  if (unloaded_) return false;
  running_.insert(pidfd);
  return true;
}

void LoadedFunction::end(int pidfd) {
  const std::scoped_lock lock(mutex_);
  running_.erase(pidfd);
}

std::size_t LoadedFunction::running() const {
  const std::scoped_lock lock(mutex_);
  return running_.size();
}

void LoadedFunction::unload() {
  const std::scoped_lock lock(mutex_);
  unloaded_ = true;
  for (const int pidfd : running_) kill_process(pidfd);
  kill_process(init_pidfd_.get());
  spares_.clear();
  control_ = FrameSocket();
}

}  // namespace kappa::runner
