// termios, put back whatever happens.
#include "cli/prompt.hpp"

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

/// While it lives, what would end or stop the program ends a read instead, so that the terminal can
/// be put back first.
class SignalsEndRead {
 public:
  SignalsEndRead() {
    caught = 0;
    struct sigaction note {};
    note.sa_handler = note_signal;  // without SA_RESTART: read() returns
    for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &note, &before_[i]);
  }
  SignalsEndRead(const SignalsEndRead&) = delete;
  SignalsEndRead& operator=(const SignalsEndRead&) = delete;
  ~SignalsEndRead() {
    for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &before_[i], nullptr);
  }

 private:
  static constexpr std::array signals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
  std::array<struct sigaction, signals.size()> before_{};
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
Tried<std::optional<std::string>> line_or_signal() {
  const SignalsEndRead guard;
  std::string line;
  for (char c = 0;;) {
    const ssize_t got = ::read(STDIN_FILENO, &c, 1);
    if (caught != 0) return std::optional<std::string>();
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 && line.empty())
      return Trouble::misuse("standard input has ended", "an answer was expected", "");
    if (got <= 0 || c == '\n') break;
    line += c;
  }
  if (line.ends_with('\r')) line.pop_back();
  return std::optional<std::string>(std::move(line));
}

/// Puts the question, and lets a signal do what it does while nothing is odd about the terminal; a
/// program that was only stopped puts the question again.
Tried<std::string> answer_to(const std::function<Tried<std::optional<std::string>>()>& put) {
  for (;;) {
    auto line = TRY(put());
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
  return answer_to([&] {
    std::fprintf(stderr, "%s: ", question.c_str());
    return line_or_signal();
  });
}

Tried<std::string> ask_secret(const std::string& question) {
  auto answer = answer_to([&] {
    const EchoOff quiet;
    std::fprintf(stderr, "%s: ", question.c_str());
    return line_or_signal();
  });
  std::fputc('\n', stderr);  // the one that was typed was not shown
  return answer;
}

}  // namespace kappa::cli
