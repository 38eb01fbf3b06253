// One line, overwritten, and wiped at the end.
#include "cli/spinner.hpp"

#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "cli/table.hpp"
#include "cli/terminal.hpp"

namespace kappa::cli {
namespace {

constexpr std::chrono::milliseconds patience(150);  // below this a person notices no wait
constexpr std::chrono::milliseconds step(80);
constexpr char wiped[] = "\r\x1b[K";

/// Leaves an empty line for what the shell shows next, and lets the signal do what it does.
void wipe_and_end(int signal) {
  static_cast<void>(!::write(STDERR_FILENO, wiped, sizeof wiped - 1));
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

/// On one line of the terminal, however narrow it is.
std::string shown(const std::string& doing) {
  constexpr std::size_t around = 3;  // the spinner, a space, and the last cell, where some wrap
  const std::size_t width = terminal_width(STDERR_FILENO);
  return width <= around ? "" : fitted(without_controls(doing), width - around);
}

}  // namespace

Spinner::Spinner(std::string doing) : doing_(std::move(doing)) {
  const char* term = std::getenv("TERM");
  const bool dumb = term == nullptr || std::string_view(term) == "dumb";
  if (is_terminal(STDERR_FILENO) && !dumb) thread_ = std::thread([this] { turn(); });
}

Spinner::~Spinner() {
  if (!thread_.joinable()) return;
  {
    const std::scoped_lock lock(mutex_);
    done_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Spinner::turn() {
  std::unique_lock lock(mutex_);
  if (wake_.wait_for(lock, patience, [this] { return done_; })) return;
  struct sigaction wipe {};
  struct sigaction before {};
  wipe.sa_handler = wipe_and_end;
  ::sigaction(SIGINT, nullptr, &before);
  if (before.sa_handler != SIG_IGN) ::sigaction(SIGINT, &wipe, nullptr);
  for (std::size_t i = 0; !done_; ++i) {
    std::fprintf(stderr, "\r%c %s", "|/-\\"[i % 4], shown(doing_).c_str());
    std::fflush(stderr);
    wake_.wait_for(lock, step, [this] { return done_; });
  }
  ::sigaction(SIGINT, &before, nullptr);
  std::fputs(wiped, stderr);
  std::fflush(stderr);
}

}  // namespace kappa::cli
