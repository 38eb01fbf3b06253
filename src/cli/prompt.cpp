// termios, put back whatever happens.
#include "cli/prompt.hpp"

#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace kappa::cli {
namespace {

volatile sig_atomic_t interrupted = 0;  // a signal handler can reach nothing else

void note_interrupt(int) { interrupted = 1; }

/// While it lives Ctrl-C ends the question instead of the program.
class InterruptEndsRead {
 public:
  InterruptEndsRead() {
    interrupted = 0;
    struct sigaction note {};
    note.sa_handler = note_interrupt;  // without SA_RESTART: read() returns
    ::sigaction(SIGINT, &note, &before_);
  }
  InterruptEndsRead(const InterruptEndsRead&) = delete;
  InterruptEndsRead& operator=(const InterruptEndsRead&) = delete;
  ~InterruptEndsRead() { ::sigaction(SIGINT, &before_, nullptr); }

 private:
  struct sigaction before_ {};
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

}  // namespace

Result<std::string> read_line() {
  const InterruptEndsRead guard;
  std::string line;
  for (char c = 0;;) {
    const ssize_t got = ::read(STDIN_FILENO, &c, 1);
    if (got < 0 && errno == EINTR && interrupted == 0) continue;
    if (interrupted != 0) throw Interrupted{};
    if (got <= 0 && line.empty()) return Error{Code::invalid, "standard input has ended"};
    if (got <= 0 || c == '\n') return line;
    line += c;
  }
}

Result<std::string> ask(const std::string& question) {
  std::fprintf(stderr, "%s: ", question.c_str());
  return read_line();
}

Result<std::string> ask_secret(const std::string& question) {
  const EchoOff quiet;
  std::fprintf(stderr, "%s: ", question.c_str());
  auto answer = read_line();
  std::fputc('\n', stderr);  // the one that was typed was not shown
  return answer;
}

}  // namespace kappa::cli
