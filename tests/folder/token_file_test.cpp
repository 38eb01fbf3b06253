// Token files: made, read, changed under those who use them.
#include "folder/token_file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

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

TEST_CASE("a file that cannot be used says why") {
  Tokens tokens;
  CHECK(tokens.refusal().find("cannot be read") != std::string::npos);
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
