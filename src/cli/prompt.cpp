// termios, put back whatever happens.
#include "cli/prompt.hpp"

#include <poll.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <functional>
#include <optional>

namespace kappa::cli {
namespace {

volatile sig_atomic_t caught = 0;  // a signal handler can reach nothing else

void note_signal(int signal) { caught = signal; }

/// While it lives, what would end or stop the program is held back, and ends a wait for input
/// instead, so that the terminal can be put back first.
class SignalsEndWait {
 public:
  SignalsEndWait() {
    caught = 0;
    sigset_t held;
    sigemptyset(&held);
    for (const int signal : signals) sigaddset(&held, signal);
    ::sigprocmask(SIG_BLOCK, &held, &mask_);
    struct sigaction note {};
    note.sa_handler = note_signal;
    for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &note, &before_[i]);
  }
  SignalsEndWait(const SignalsEndWait&) = delete;
  SignalsEndWait& operator=(const SignalsEndWait&) = delete;
  ~SignalsEndWait() {
    for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &before_[i], nullptr);
    ::sigprocmask(SIG_SETMASK, &mask_, nullptr);
  }

  /// Whether there is input, or its end; false when a signal came first.
  bool wait() const {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    while (caught == 0 && ::ppoll(&input, 1, nullptr, &mask_) < 0 && errno == EINTR) continue;
    return caught == 0;
  }

 private:
  static constexpr std::array signals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
  std::array<struct sigaction, signals.size()> before_{};
  sigset_t mask_{};
};

class EchoOff {
 public:
  EchoOff() : known_(::tcgetattr(STDIN_FILENO, &before_) == 0) {
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (known_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
  }
  EchoOff(const EchoOff&) = delete;
  EchoOff& operator=(const EchoOff&) = delete;
  ~EchoOff() {
    if (known_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }

 private:
  termios before_{};
  const bool known_;
};

/// A line, or nothing when a signal came first; which one is in `caught`.
Tried<std::optional<std::string>> line_or_signal(const SignalsEndWait& signals, std::string& line) {
  for (char c = 0;;) {
    if (!signals.wait()) return std::optional<std::string>();
    const ssize_t got = ::read(STDIN_FILENO, &c, 1);
    if (got <= 0 && line.empty())
      return Trouble::misuse("standard input has ended", "an answer was expected", "");
    if (got <= 0 || c == '\n') break;
    line += c;
  }
  if (line.ends_with('\r')) line.pop_back();
  return std::optional<std::string>(std::move(line));
}

using Put = std::function<Tried<std::optional<std::string>>(const SignalsEndWait&, std::string&)>;

Tried<std::optional<std::string>> put_once(const Put& put, std::string& line) {
  const SignalsEndWait signals;
  return put(signals, line);
}

/// Puts a question, and lets a signal do what it does once nothing is odd about the terminal; a
/// program that was only stopped puts the question again.
Tried<std::string> answer_to(const Put& put) {
  std::string begun;  // what a pipe gave before a signal is not given again
  for (;;) {
    auto line = TRY(put_once(put, begun));
    if (line) return *std::move(line);
    const int signal = caught;
    std::fputc('\n', stderr);
    if (signal == SIGINT) throw Interrupted{};
    ::raise(signal);  // its handler is again what it was
  }
}

}  // namespace

Tried<std::string> read_line() { return answer_to(line_or_signal); }

Tried<std::string> ask(const std::string& question) {
  return answer_to([&](const SignalsEndWait& signals, std::string& line) {
    std::fprintf(stderr, "%s: ", question.c_str());
    return line_or_signal(signals, line);
  });
}

Tried<std::string> ask_secret(const std::string& question) {
  auto answer = answer_to([&](const SignalsEndWait& signals, std::string& line) {
    const EchoOff quiet;
    std::fprintf(stderr, "%s: ", question.c_str());
    return line_or_signal(signals, line);
  });
  std::fputc('\n', stderr);  // the one that was typed was not shown
  return answer;
}

}  // namespace kappa::cli
