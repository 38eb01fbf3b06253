// posix_spawn, because a server with threads must not fork.
#include "runner/template_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <stdexcept>

#include "base/log.hpp"
#include "runner/kernel_file.hpp"

namespace kappa::runner {
namespace {

using std::chrono::steady_clock;

constexpr std::int64_t start_within_ms = 20'000;  // 25 ms on a machine at rest
constexpr int dying_within_ms = 1'000;  // beside all its functions' processes, which end as well

/// An environment of its own: nothing of the server's reaches a function.
char* const environment[] = {
    const_cast<char*>("LD_BIND_NOW=1"),  // once here rather than lazily in every child
    const_cast<char*>("MALLOC_ARENA_MAX=1"),
    // Threads of numpy and its kin, started when they are imported, would keep a module from being
    // forked.
    const_cast<char*>("OPENBLAS_NUM_THREADS=1"),
    const_cast<char*>("OMP_NUM_THREADS=1"),
    const_cast<char*>("MKL_NUM_THREADS=1"),
    const_cast<char*>("LANG=C.UTF-8"),
    const_cast<char*>("HOME=/tmp"),
    const_cast<char*>("PATH=/usr/local/bin:/usr/bin:/bin"),
    nullptr,
};

}  // namespace

TemplateProcess::TemplateProcess(std::string executable, TemplateSettings settings,
                                 OnStart on_start, std::int64_t silent_ms)
    : executable_(std::move(executable)),
      settings_(std::move(settings)),
      on_start_(std::move(on_start)),
      silent_ms_(silent_ms) {
  start();
  if (pid_ < 0)
    throw std::runtime_error(
        "the process that functions are forked from does not start; the log says why");
}

TemplateProcess::~TemplateProcess() { end(); }

void TemplateProcess::start() {
  auto [ours, theirs] = socket_pair();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, 2, 1);  // the server's standard output is for people
  posix_spawn_file_actions_adddup2(&actions, theirs.get(), 3);
  char* const arguments[] = {const_cast<char*>("kappa"), const_cast<char*>("__zygote"), nullptr};
  const int failed =
      ::posix_spawn(&pid_, executable_.c_str(), &actions, nullptr, arguments, environment);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    log::error("template not started",
               {{"program", executable_}, {"reason", std::strerror(failed)}});
    pid_ = -1;
    return;
  }
  pidfd_ = std::make_shared<const Fd>(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  control_ = FrameSocket(std::move(ours));
  auto [from, to] = socket_pair();
  control_.send(FrameType::probe, rpc::write_json(settings_), {to.get()},
                after_ms(start_within_ms));
  to.reset();
  FrameSocket answer(std::move(from));
  const auto frame = answer.receive(small_frame, after_ms(start_within_ms));
  auto layers = frame ? read_message<Layers>(frame->payload) : std::nullopt;
  if (!layers) return end();
  layers_ = std::move(layers->layers);
  rewind_ = std::move(layers->rewind);
  text_kb_ = layers->text_kb;
  text_ = std::make_shared<const ProgramText>(read_whole_kernel_file(open_memory(pid_)));
  if (on_start_) on_start_(pid_);
}

void TemplateProcess::end() {
  if (pid_ < 0) return;
  control_ = FrameSocket();
  ::kill(pid_, SIGKILL);
  ::waitpid(std::exchange(pid_, -1), nullptr, 0);
}

std::optional<Result<TemplateProcess::Started>> TemplateProcess::try_start_zygote(
    const Walls& walls) {
  if (pid_ < 0) return std::nullopt;
  auto [ours, theirs] = socket_pair();
  std::vector<int> ends = {theirs.get()};
  std::pair<Fd, Fd> rewinder;
  if (walls.rewind) {
    rewinder = socket_pair();
    ends.push_back(rewinder.second.get());
  }
  const Deadline deadline = after_ms(silent_ms_);
  const bool asked = control_.send(FrameType::start_zygote, rpc::write_json(walls), ends, deadline);
  theirs.reset();
  rewinder.second.reset();
  FrameSocket control(std::move(ours));
  auto frame = asked ? control.receive(small_frame, deadline) : std::nullopt;
  const bool ready = frame && frame->type == FrameType::zygote_ready;
  if (ready) frame = control.receive(small_frame, deadline);
  if (!frame && (steady_clock::now() >= deadline || gone())) return std::nullopt;
  if (frame && frame->type == FrameType::refused)
    return Error{Code::unavailable, "no process can be made for the function: " + frame->payload};
  if (frame && frame->type == FrameType::zygote_started && frame->fds.size() == 1)
    return Started{std::move(control),
                   FrameSocket(std::move(rewinder.first)),
                   std::move(frame->fds.front()),
                   pidfd_,
                   text_,
                   text_kb_,
                   ready};
  log::warning("template does not answer as it should",
               {{"answer", frame ? static_cast<std::int64_t>(frame->type) : std::int64_t{0}},
                {"descriptors", frame ? std::ssize(frame->fds) : std::int64_t{-1}}});
  // It lives, and so do all functions that were forked from it: one answer is not worth them. A
  // descriptor is lost, for example, when this server may open no more.
  return Error{Code::unavailable, "no process can be made for the function; try again"};
}

bool TemplateProcess::gone() const {
  // Of a process that ends some descriptors are closed before others, and of this one also what it
  // was about to fork may hold some.
  std::array<pollfd, 2> watched = {{{control_.fd(), POLLRDHUP, 0}, {pidfd_->get(), POLLIN, 0}}};
  return ::poll(watched.data(), watched.size(), dying_within_ms) > 0;
}

Result<TemplateProcess::Started> TemplateProcess::start_zygote(const Walls& walls) {
  const std::scoped_lock lock(
      mutex_);  // held while a zygote starts: the template makes one at a time
  if (auto answered = try_start_zygote(walls)) return *std::move(answered);
  log::warning("template started anew");
  end();
  start();
  if (auto answered = try_start_zygote(walls)) return *std::move(answered);
  return Error{Code::unavailable,
               "no process can be made for the function; the server's log says why"};
}

}  // namespace kappa::runner
