// isatty, and escapes.
#include "cli/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace kappa::cli {

bool is_terminal(int fd) { return ::isatty(fd) == 1; }

std::size_t terminal_width(int fd) {
  winsize size{};
  if (!is_terminal(fd) || ::ioctl(fd, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col == 0 ? 80 : size.ws_col;  // a terminal that does not say has 80
}

bool takes_colour(int fd) {
  const char* none = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return is_terminal(fd) && (none == nullptr || *none == '\0') && term != nullptr &&
         std::string_view(term) != "dumb";
}

namespace {

/// How many bytes of the beginning are a letter that turns the direction of others: a text could
/// show another than it is (U+202A to U+202E, U+2066 to U+2069).
std::size_t turner_size(std::string_view text) {
  const bool embedding =
      text.starts_with("\xe2\x80") && text.size() > 2 && text[2] >= '\xaa' && text[2] <= '\xae';
  const bool isolate =
      text.starts_with("\xe2\x81") && text.size() > 2 && text[2] >= '\xa6' && text[2] <= '\xa9';
  return embedding || isolate ? 3 : 0;
}

}  // namespace

std::string without_controls(std::string_view text) {
  std::string out;
  const auto escape = [&out](char byte) {
    out += "\\x";
    out += "0123456789abcdef"[static_cast<unsigned char>(byte) >> 4];
    out += "0123456789abcdef"[byte & 15];
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool c1 =
        byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (const std::size_t size = turner_size(text.substr(i)); size > 0) {
      for (std::size_t end = i + size; i < end; ++i) escape(text[i]);
      --i;
    } else if (c1) {  // U+0080 to U+009F: some terminals take them for commands
      escape(text[i]);
      escape(text[++i]);
    } else if ((byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7f) {
      escape(text[i]);
    } else {
      out += text[i];
    }
  }
  return out;
}

void print(std::string_view text) {
  const std::string shown = is_terminal(STDOUT_FILENO) ? without_controls(text) : std::string(text);
  std::fwrite(shown.data(), 1, shown.size(), stdout);
}

void print_error(std::string_view reason) {
  const std::string shown =
      is_terminal(STDERR_FILENO) ? without_controls(reason) : std::string(reason);
  const std::size_t end = std::min(shown.find('\n'), shown.size());
  const bool colour = takes_colour(STDERR_FILENO);
  std::fprintf(stderr, "%serror: %.*s%s%s", colour ? "\x1b[31m" : "", static_cast<int>(end),
               shown.c_str(), colour ? "\x1b[0m" : "", shown.c_str() + end);
}

void note(std::string_view remark) {
  std::fflush(stdout);
  const std::string shown =
      is_terminal(STDERR_FILENO) ? without_controls(remark) : std::string(remark);
  std::fprintf(stderr, "%s\n", shown.c_str());
}

}  // namespace kappa::cli
