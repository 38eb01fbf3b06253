// One line, overwritten, and wiped at the end.
#include "cli/spinner.hpp"

#include <unistd.h>

#include <chrono>
#include <cstdio>

#include "cli/terminal.hpp"

namespace kappa::cli {
namespace {

constexpr std::chrono::milliseconds patience(150);  // below this a person notices no wait
constexpr std::chrono::milliseconds step(80);

}  // namespace

Spinner::Spinner(std::string doing) : doing_(std::move(doing)) {
  if (is_terminal(STDERR_FILENO)) thread_ = std::thread([this] { turn(); });
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
  for (std::size_t i = 0; !done_; ++i) {
    std::fprintf(stderr, "\r%c %s", "|/-\\"[i % 4], doing_.c_str());
    std::fflush(stderr);
    wake_.wait_for(lock, step, [this] { return done_; });
  }
  std::fprintf(stderr, "\r%*s\r", static_cast<int>(doing_.size() + 2), "");
  std::fflush(stderr);
}

}  // namespace kappa::cli
