// No second try: what was taken by half was not taken.
#include "runner/kernel_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <charconv>

namespace kappa::runner {

Fd open_to_read(const std::string& path) { return Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC)); }

Fd open_to_write(const std::string& path) { return Fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC)); }

std::string read_kernel_file(const Fd& file) {
  std::array<char, 4096> text;
  const ssize_t size = file ? ::pread(file.get(), text.data(), text.size(), 0) : 0;
  return {text.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
}

std::string read_kernel_file(const std::string& path) {
  return read_kernel_file(open_to_read(path));
}

std::string read_whole_kernel_file(const Fd& file) {
  std::string text;
  std::array<char, 16 << 10> part;
  for (ssize_t got = 0; file && (got = ::pread(file.get(), part.data(), part.size(),
                                               static_cast<off_t>(text.size()))) > 0;)
    text.append(part.data(), static_cast<std::size_t>(got));
  return text;
}

std::int64_t number_at(std::string_view text) {
  const std::size_t at = text.find_first_not_of(" \t");
  std::int64_t number = -1;
  if (at != text.npos) std::from_chars(text.data() + at, text.data() + text.size(), number);
  return number;
}

std::int64_t number_in_line(std::string_view text, std::string_view name) {
  const std::string begin = "\n" + std::string(name) + ":";
  const std::size_t at = text.find(begin);
  return at == text.npos ? -1 : number_at(text.substr(at + begin.size()));
}

bool write_kernel_file(const Fd& file, std::string_view text) {
  return file && ::write(file.get(), text.data(), text.size()) == std::ssize(text);
}

bool write_kernel_file(const std::string& path, std::string_view text) {
  return write_kernel_file(open_to_write(path), text);
}

}  // namespace kappa::runner
