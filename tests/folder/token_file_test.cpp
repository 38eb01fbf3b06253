// Token files: made, read, changed under those who use them.
#include "folder/token_file.hpp"

#include <doctest/doctest.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "support.hpp"

namespace kappa::folder {
namespace {

using test::must;

struct Tokens {
  test::TempDir dir;
  std::filesystem::path path = dir.path() / "tokens" / "data";
  SystemRandom random;

  void write(const std::string& text) const {
    const auto fresh = path.string() + ".test";
    std::ofstream(fresh) << text;
    ::chmod(fresh.c_str(), 0600);
    std::filesystem::rename(fresh, path);
  }
  std::string refusal() const {
    const auto file = TokenFile::open(path);
    return file ? "" : file.error().detail;
  }
};

TEST_CASE("a token file is private, and the first to make it wins") {
  Tokens tokens;
  must(make_token_file(tokens.path, tokens.random));
  const auto first = must(TokenFile::open(tokens.path))->current();
  CHECK(first.size() == 64);
  must(make_token_file(tokens.path, tokens.random));
  CHECK(must(TokenFile::open(tokens.path))->current() == first);
  struct stat status {};
  REQUIRE(::stat(tokens.path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE(
    "a token is rotated under those who use the file, and the old one is good until retired") {
  Tokens tokens;
  must(make_token_file(tokens.path, tokens.random));
  const auto file = must(TokenFile::open(tokens.path));
  const std::string old = file->current();
  const auto who_asks = must(TokenFile::open(tokens.path));
  must(add_token(tokens.path, tokens.random));
  CHECK(file->accepts(who_asks->current_now()));  // however lately it was looked at
  REQUIRE(test::eventually([&] { return file->current() != old; }));
  CHECK(file->accepts(old));
  CHECK(file->accepts(file->current()));
  CHECK_FALSE(file->accepts(old + "x"));
  CHECK_FALSE(file->accepts(""));
  CHECK(must(retire_tokens(tokens.path)) == 1);
  CHECK(who_asks->current_now() == file->current());
  CHECK(test::eventually([&] { return !file->accepts(old); }));
}

TEST_CASE("while a changed file cannot be used, what it held before holds") {
  Tokens tokens;
  must(make_token_file(tokens.path, tokens.random));
  const auto file = must(TokenFile::open(tokens.path));
  const std::string old = file->current();
  tokens.write("");
  const std::string other(32, 'x');
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(1500);
  while (std::chrono::steady_clock::now() < until) REQUIRE(file->accepts(old));
  tokens.write("# a remark\n\n" + other + "\r\n");
  CHECK(test::eventually([&] { return file->current() == other; }));
  CHECK_FALSE(file->accepts(old));
}

struct stat status_of(const std::filesystem::path& path) {
  struct stat status {};
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  return status;
}

TEST_CASE("a file stays its user's and its group's when root rotates and retires it" *
          doctest::skip(::getuid() != 0)) {
  constexpr uid_t user = 4321;
  constexpr gid_t group = 5432;
  Tokens tokens;
  must(make_token_file(tokens.path, tokens.random));
  REQUIRE(::chown(tokens.path.c_str(), user, group) == 0);
  const auto is_theirs = [&] {
    const struct stat status = status_of(tokens.path);
    return status.st_uid == user && status.st_gid == group && (status.st_mode & 07777) == 0600;
  };
  must(add_token(tokens.path, tokens.random));
  CHECK(is_theirs());
  CHECK(must(retire_tokens(tokens.path)) == 1);
  CHECK(is_theirs());
}

TEST_CASE("where the owner cannot be kept nothing is changed, and the reason is told" *
          doctest::skip(::getuid() != 0)) {
  Tokens tokens;
  must(make_token_file(tokens.path, tokens.random));
  const auto inode = status_of(tokens.path).st_ino;
  const auto folder = tokens.path.parent_path();
  constexpr uid_t other = 4321;
  REQUIRE(::chown(folder.c_str(), other, other) == 0);
  REQUIRE(::chmod(tokens.dir.path().c_str(), 0755) == 0);
  REQUIRE(::chown(tokens.path.c_str(), other, 5432) == 0);  // a group that it is not in
  const pid_t child = ::fork();
  if (child == 0) {
    const bool dropped =
        ::setgroups(0, nullptr) == 0 && ::setgid(other) == 0 && ::setuid(other) == 0;
    const auto added = add_token(tokens.path, tokens.random);
    const bool told = !added && added.error().detail.find("group 5432") != std::string::npos;
    ::_exit(dropped && told ? 0 : 1);
  }
  int ended = 1;
  REQUIRE(::waitpid(child, &ended, 0) == child);
  CHECK(ended == 0);
  CHECK(status_of(tokens.path).st_ino == inode);
  CHECK_FALSE(std::filesystem::exists(tokens.path.string() + ".new"));
}

TEST_CASE("links that another user lays are not followed") {
  Tokens tokens;
  must(make_token_file(tokens.path, tokens.random));
  const auto elsewhere = tokens.dir.path() / "elsewhere";
  std::ofstream(elsewhere) << "not to be touched";
  std::filesystem::create_symlink(elsewhere, tokens.path.string() + ".new");
  must(add_token(tokens.path, tokens.random));
  CHECK(std::filesystem::file_size(elsewhere) == 17);
  CHECK(S_ISREG(status_of(tokens.path).st_mode));

  const auto link = tokens.path.parent_path() / "link";
  std::filesystem::create_symlink(tokens.path, link);
  const auto refused = add_token(link, tokens.random);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().detail.find("is a symbolic link") != std::string::npos);
  CHECK(TokenFile::open(link));  // served from, it may be one
}

TEST_CASE("a file that cannot be used says why") {
  Tokens tokens;
  CHECK(tokens.refusal().find("is missing") != std::string::npos);
  CHECK(tokens.refusal().find("openssl rand -hex 32 | install -m 600") != std::string::npos);
  std::filesystem::create_directory(tokens.path.parent_path());
  tokens.write("# nothing\n");
  CHECK(tokens.refusal().find("holds no token") != std::string::npos);
  tokens.write("short\n");
  CHECK(tokens.refusal().find("shorter than 32") != std::string::npos);
  tokens.write(std::string(40, 'x'));
  CHECK(tokens.refusal().empty());
  ::chmod(tokens.path.c_str(), 0640);
  CHECK(tokens.refusal().find("chmod 600") != std::string::npos);
}

}  // namespace
}  // namespace kappa::folder
