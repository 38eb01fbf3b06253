// Heads are made from name, size and time alone; a reader makes each anew and compares all of it.
#include "folder/tar.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "base/fd.hpp"

namespace kappa::folder {
namespace {

constexpr std::size_t block = 512;
constexpr std::size_t piece = 1 << 20;
constexpr std::uint64_t largest_octal = (std::uint64_t{1} << 33) - 1;  // eleven digits: 8 GiB

using Block = std::array<char, block>;

/// Where a head's fields are (POSIX.1-2017, pax, "ustar Interchange Format").
struct Field {
  std::size_t at;
  std::size_t size;
};
constexpr Field name_field{0, 100}, mode_field{100, 8}, uid_field{108, 8}, gid_field{116, 8},
    size_field{124, 12}, time_field{136, 12}, sum_field{148, 8}, magic_field{257, 8};
constexpr std::size_t type_at = 156;

void put_octal(Block& head, Field field, std::uint64_t number) {
  for (std::size_t i = field.size - 1; i-- > 0; number >>= 3)
    head[field.at + i] = static_cast<char>('0' + (number & 7));
}

/// What does not fit eleven digits stands there as bytes, marked by the highest bit, as GNU tar and
/// others have it.
void put_size(Block& head, std::uint64_t size) {
  if (size <= largest_octal) return put_octal(head, size_field, size);
  head[size_field.at] = static_cast<char>(0x80);
  for (std::size_t i = size_field.size - 1; size != 0; --i, size >>= 8)
    head[size_field.at + i] = static_cast<char>(size & 0xff);
}

std::uint64_t get_number(const Block& head, Field field) {
  const bool octal = (head[field.at] & 0x80) == 0;
  std::uint64_t number = 0;
  for (std::size_t i = octal ? 0 : 1; i + (octal ? 1 : 0) < field.size; ++i) {
    const auto byte = static_cast<unsigned char>(head[field.at + i]);
    number = octal ? number << 3 | (byte & 7U) : number << 8 | byte;
  }
  return number;
}

Block make_head(const std::string& name, std::uint64_t size, std::int64_t made_at_s) {
  Block head{};
  name.copy(head.data(), name_field.size);
  put_octal(head, mode_field, 0600);
  put_octal(head, uid_field, 0);
  put_octal(head, gid_field, 0);
  put_size(head, size);
  put_octal(head, time_field, static_cast<std::uint64_t>(made_at_s));
  head[type_at] = '0';
  std::memcpy(head.data() + magic_field.at,
              "ustar\0"
              "00",
              magic_field.size);
  std::memset(head.data() + sum_field.at, ' ', sum_field.size);
  unsigned sum = 0;
  for (const char c : head) sum += static_cast<unsigned char>(c);
  put_octal(head, {sum_field.at, sum_field.size - 1}, sum);  // six digits, NUL, space
  head[sum_field.at + sum_field.size - 2] = '\0';
  return head;
}

std::size_t padding_of(std::uint64_t size) { return (block - size % block) % block; }

std::string sum_line(const std::string& hash, const std::string& name) {
  return hash + "  " + name + "\n";
}

bool all_zero(std::string_view bytes) {
  return bytes.find_first_not_of('\0') == std::string_view::npos;
}

}  // namespace

Result<Nothing> TarWriter::put_head(const std::string& name, std::uint64_t size) {
  const Block head = make_head(name, size, made_at_.us / 1'000'000);
  return sink_({head.data(), head.size()});
}

Result<Nothing> TarWriter::put_padding(std::uint64_t size) {
  const Block zeros{};
  return sink_({zeros.data(), padding_of(size)});
}

Result<Nothing> TarWriter::add(const std::string& name, std::string_view text) {
  TRY(put_head(name, text.size()));
  TRY(sink_(text));
  sums_ += sum_line(sha256_hex(text), name);
  return put_padding(text.size());
}

Result<Nothing> TarWriter::add_file(const std::string& name, const std::filesystem::path& file) {
  const auto unreadable = [&](const char* why) {
    return Error{Code::unavailable, file.string() + " cannot be read: " + why};
  };
  const Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  const off_t end = fd ? ::lseek(fd.get(), 0, SEEK_END) : -1;
  if (end < 0) return unreadable(std::strerror(errno));
  const auto size = static_cast<std::uint64_t>(end);
  TRY(put_head(name, size));
  Sha256 hash;
  std::vector<char> bytes(piece);
  for (std::uint64_t done = 0; done < size;) {
    const ssize_t got = ::pread(fd.get(), bytes.data(), bytes.size(), static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return unreadable(got < 0 ? std::strerror(errno) : "it was cut short");
    const std::string_view read(bytes.data(), static_cast<std::size_t>(got));
    hash.add(read);
    TRY(sink_(read));
    done += read.size();
  }
  sums_ += sum_line(hash.hex(), name);
  return put_padding(size);
}

Result<Nothing> TarWriter::finish() {
  const std::string sums = std::exchange(sums_, "");
  TRY(add(std::string(sums_name), sums));
  const std::array<char, 2 * block> end{};
  return sink_({end.data(), end.size()});
}

Error TarReader::damaged(const std::string& why) const {
  return {Code::invalid, name_ + (at_ <= block ? " is no backup: " : " is damaged: ") + why +
                             " at byte " + std::to_string(at_) + "; take another copy of it"};
}

Result<Nothing> TarReader::take(char* to, std::size_t bytes) {
  while (bytes > 0) {
    const ssize_t got = ::read(fd_, to, bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return damaged(std::string("it cannot be read (") + std::strerror(errno) + ")");
    if (got == 0) return damaged("it ends");
    to += got;
    bytes -= static_cast<std::size_t>(got);
    at_ += static_cast<std::uint64_t>(got);
  }
  return Nothing{};
}

Result<std::optional<TarEntry>> TarReader::next() {
  Block head;
  TRY(take(head.data(), head.size()));
  TarEntry entry;
  entry.name = std::string(head.data(), ::strnlen(head.data(), name_field.size));
  entry.size = get_number(head, size_field);
  if (!made_at_s_) made_at_s_ = static_cast<std::int64_t>(get_number(head, time_field));
  if (entry.name.empty() || head != make_head(entry.name, entry.size, *made_at_s_))
    return damaged("what should be a file's head is another");
  if (entry.name != sums_name) return std::optional(std::move(entry));
  TRY(check_sums(entry.size));
  TRY(check_end());
  return std::optional<TarEntry>();
}

Result<Nothing> TarReader::read(const TarEntry& entry, const Sink& sink) {
  Sha256 hash;
  std::vector<char> bytes(piece);
  for (std::uint64_t left = entry.size; left > 0;) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left, bytes.size()));
    TRY(take(bytes.data(), size));
    hash.add({bytes.data(), size});
    TRY(sink({bytes.data(), size}));
    left -= size;
  }
  sums_ += sum_line(hash.hex(), entry.name);
  Block padding;
  TRY(take(padding.data(), padding_of(entry.size)));
  if (!all_zero({padding.data(), padding_of(entry.size)}))
    return damaged("there is something between two files");
  return Nothing{};
}

Result<Nothing> TarReader::check_sums(std::uint64_t size) {
  const std::size_t padded = sums_.size() + padding_of(sums_.size());
  if (size != sums_.size()) return damaged("SHA256SUMS is another's");
  std::string stored(padded, '\0');
  TRY(take(stored.data(), stored.size()));
  if (std::string_view(stored).substr(0, sums_.size()) != sums_)
    return damaged("the files' hashes are not those of SHA256SUMS");
  if (!all_zero(std::string_view(stored).substr(sums_.size())))
    return damaged("there is something behind SHA256SUMS");
  return Nothing{};
}

Result<Nothing> TarReader::check_end() {
  std::array<char, 2 * block> end;
  TRY(take(end.data(), end.size()));
  char more = 0;
  if (!all_zero({end.data(), end.size()}) || ::read(fd_, &more, 1) != 0)
    return damaged("there is something behind its end");
  return Nothing{};
}

}  // namespace kappa::folder
