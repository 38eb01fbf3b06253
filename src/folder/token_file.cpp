// A version is known by the file's number, size and time: editors and copies change one of those.
#include "folder/token_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <sstream>

#include "base/fd.hpp"
#include "base/hash.hpp"
#include "base/log.hpp"

namespace kappa::folder {
namespace {

constexpr std::size_t token_bytes = 32;  // 256 bits: cannot be guessed
constexpr std::int64_t least_length = 32;
constexpr std::int64_t largest_file = 64 << 10;
constexpr std::chrono::seconds look_every{1};

Error trouble(const std::filesystem::path& path, const std::string& what) {
  return {Code::unavailable, "token file '" + path.string() + "': " + what};
}

Error failed(const std::filesystem::path& path, const std::string& what) {
  return trouble(path, what + ": " + std::strerror(errno));
}

Result<std::vector<std::string>> tokens_in(const std::filesystem::path& path,
                                           const std::string& text) {
  std::vector<std::string> tokens;
  std::istringstream lines(text);
  std::string line;
  while (std::getline(lines, line)) {
    line.erase(line.find_last_not_of(" \r") + 1);
    if (line.empty() || line.front() == '#') continue;
    if (std::ssize(line) < least_length) {
      return trouble(path,
                     "a token in it is shorter than 32 characters; kappa token rotate makes one");
    }
    tokens.push_back(line);
  }
  if (tokens.empty()) return trouble(path, "holds no token; kappa token rotate makes one");
  return tokens;
}

Error unreadable(const std::filesystem::path& path) {
  const std::string quoted = "'" + path.string() + "'";
  switch (errno) {
    case ENOENT:
      return trouble(path,
                     "is missing; copy it from a Kappa that has it, or make one, as the user that "
                     "runs Kappa: openssl rand -hex 32 | install -m 600 /dev/stdin " +
                         quoted);
    case EACCES:
      return failed(path, "cannot be read; it must belong to the user that runs Kappa");
    case ELOOP:
      return trouble(path, "is a symbolic link; name the file that it leads to");
    default:
      return failed(path, "cannot be read");
  }
}

Result<std::string> text_of(const std::filesystem::path& path, struct stat& status, int flags = 0) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags));
  if (!fd || ::fstat(fd.get(), &status) != 0) return unreadable(path);
  if ((status.st_mode & 077) != 0)
    return trouble(path,
                   "others may read it; it must be readable by the user that runs Kappa "
                   "alone: chmod 600 '" +
                       path.string() + "'");
  if (status.st_size > largest_file) return trouble(path, "is larger than any list of tokens");
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  const ssize_t got = ::read(fd.get(), text.data(), text.size());
  if (got < 0) return failed(path, "cannot be read");
  text.resize(static_cast<std::size_t>(got));
  return text;
}

std::string make_token(Random& random) {
  std::array<std::uint8_t, token_bytes> bytes{};
  random.fill(bytes);
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

/// What a file holds that is to be changed, and whose it is.
struct Held {
  std::vector<std::string> tokens;
  uid_t owner;
  gid_t group;
};

/// Links are not followed: root may do this in a folder that is another user's.
Result<Held> held_by(const std::filesystem::path& path) {
  struct stat status {};
  const std::string text = TRY(text_of(path, status, O_NOFOLLOW));
  return Held{TRY(tokens_in(path, text)), status.st_uid, status.st_gid};
}

Result<Fd> make_private(const std::filesystem::path& path) {
  Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) return failed(path, "cannot be made");
  return fd;
}

Result<Nothing> fill(const Fd& fd, const std::filesystem::path& path, const std::string& text) {
  const bool written =
      ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (!written || ::fsync(fd.get()) != 0) return failed(path, "cannot be written");
  return Nothing{};
}

/// The user that runs Kappa has to be able to read the new file as it was the old one.
Result<Nothing> give_to_owner(const Fd& fd, const std::filesystem::path& path, const Held& held) {
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return failed(path, "cannot be looked at");
  if (status.st_uid == held.owner && status.st_gid == held.group) return Nothing{};
  if (::fchown(fd.get(), held.owner, held.group) == 0) return Nothing{};
  return failed(path, "belongs to user " + std::to_string(held.owner) + ", group " +
                          std::to_string(held.group) +
                          ", and a new one cannot be given to them; do this as that user, or as "
                          "root");
}

Result<Nothing> replace(const std::filesystem::path& path, const Held& held) {
  std::string text;
  for (const std::string& token : held.tokens) text += token + "\n";
  const std::string fresh = path.string() + ".new";
  ::unlink(fresh.c_str());  // of one who was killed here
  const Fd fd = TRY(make_private(fresh));
  auto done = give_to_owner(fd, path, held);
  if (done) done = fill(fd, fresh, text);
  if (done && std::rename(fresh.c_str(), path.c_str()) != 0)
    done = failed(path, "cannot be replaced");
  if (!done) ::unlink(fresh.c_str());
  return done;
}

}  // namespace

Result<TokenFile::Version> TokenFile::read(const std::filesystem::path& path) {
  struct stat status {};
  const std::string text = TRY(text_of(path, status));
  return Version{TRY(tokens_in(path, text)),
                 status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec, status.st_size,
                 status.st_ino};
}

Result<std::shared_ptr<TokenFile>> TokenFile::open(const std::filesystem::path& path) {
  return std::shared_ptr<TokenFile>(new TokenFile(path, TRY(read(path))));
}

void TokenFile::look_again() {
  struct stat status {};
  const bool there = ::stat(path_.c_str(), &status) == 0;
  const std::int64_t changed_ns = status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec;
  if (there && changed_ns == version_.changed_ns && status.st_size == version_.size_bytes &&
      status.st_ino == version_.file)
    return;
  auto version = read(path_);
  if (!version && !complained_)
    log::warning("tokens stay as they were", {{"reason", version.error().detail}});
  complained_ = !version;
  if (!version) return;
  version_ = *std::move(version);
  log::info("tokens read again", {{"file", path_.string()}});
}

std::vector<std::string> TokenFile::tokens(std::chrono::seconds at_most_so_old) {
  const std::scoped_lock lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (now - looked_ >= at_most_so_old) {
    looked_ = now;
    look_again();
  }
  return version_.tokens;
}

std::string TokenFile::current() { return tokens(look_every).front(); }
std::string TokenFile::current_now() { return tokens({}).front(); }

bool TokenFile::accepts(std::string_view token) {
  // Hashes, because what a comparison of those betrays by its time is of no use.
  const auto given = sha256(token);
  const auto among = [&](const std::vector<std::string>& known) {
    return std::any_of(known.begin(), known.end(),
                       [&](const std::string& one) { return sha256(one) == given; });
  };
  // Who asks may have looked at the file after us.
  return among(tokens(look_every)) || among(tokens({}));
}

Result<Nothing> make_token_file(const std::filesystem::path& path, Random& random) {
  std::error_code ignored;
  if (std::filesystem::create_directories(path.parent_path(), ignored))
    std::filesystem::permissions(path.parent_path(), std::filesystem::perms::owner_all, ignored);
  const std::string fresh = path.string() + "." + std::to_string(::getpid());
  const std::string text = make_token(random) + '\n';
  ::unlink(fresh.c_str());  // of one who was killed here, and had this number
  const Fd fd = TRY(make_private(fresh));
  TRY(fill(fd, fresh, text));
  const bool linked = ::link(fresh.c_str(), path.c_str()) == 0 || errno == EEXIST;
  const int why = errno;
  ::unlink(fresh.c_str());
  errno = why;
  if (!linked) return failed(path, "cannot be made");
  return Nothing{};
}

Result<Nothing> add_token(const std::filesystem::path& path, Random& random) {
  auto held = TRY(held_by(path));
  held.tokens.insert(held.tokens.begin(), make_token(random));
  return replace(path, held);
}

Result<std::int64_t> retire_tokens(const std::filesystem::path& path) {
  auto held = TRY(held_by(path));
  const std::int64_t retired = std::ssize(held.tokens) - 1;
  held.tokens.resize(1);
  TRY(replace(path, held));
  return retired;
}

}  // namespace kappa::folder
