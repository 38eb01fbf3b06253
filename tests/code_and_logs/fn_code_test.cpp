// Source kept by its hash as long as a function needs it.
#include "fn_code/fn_code.hpp"

#include "base/hash.hpp"
#include "store/database.hpp"
#include "world.hpp"

namespace kappa::test {
namespace {

struct CodeWorld {
  TempDir dir;
  SetClock clock;
  SystemRandom random;
  std::filesystem::path path = dir.path() / "fn_code.db";
  std::unique_ptr<fn_code::FnCode> code = fn_code::open_fn_code(path, clock);
  Uuid id() { return make_uuid(clock, random); }
};

std::vector<std::string> pieces_of(Stream stream) {
  std::vector<std::string> pieces;
  while (auto piece = must(stream.next())) pieces.push_back(*piece);
  return pieces;
}

std::string text_of(Stream stream) {
  std::string text;
  for (const auto& piece : pieces_of(std::move(stream))) text += piece;
  return text;
}

TEST_CASE("source comes back byte for byte, also after a restart") {
  CodeWorld world;
  const std::string source("# caf\xc3\xa9\r\n\0def main(): pass\n", 27);
  const auto stored = must(world.code->store({world.id(), {source}}));
  CHECK(stored.code_id.value == sha256_hex(source));
  CHECK(stored.size_bytes == 27);
  CHECK(text_of(must(world.code->read({stored.code_id}))) == source);
  world.code.reset();
  world.code = fn_code::open_fn_code(world.path, world.clock);
  auto stream = must(world.code->read({stored.code_id}));
  CHECK(stream.content_type == "text/x-python; charset=utf-8");
  CHECK(text_of(std::move(stream)) == source);
}

TEST_CASE("the largest source comes in pieces of at most 64 KiB") {
  CodeWorld world;
  std::string source;
  while (source.size() < SourceRule::max_length)
    source += static_cast<char>('a' + source.size() % 23);
  source.resize(SourceRule::max_length - 1);
  const auto stored = must(world.code->store({world.id(), {source}}));
  const auto pieces = pieces_of(must(world.code->read({stored.code_id})));
  CHECK(pieces.size() == 16);
  std::string joined;
  for (const auto& piece : pieces) {
    CHECK(piece.size() <= 65536);
    CHECK_FALSE(piece.empty());
    joined += piece;
  }
  CHECK(joined == source);
}

TEST_CASE("equal sources are stored once and live until their last holder lets go") {
  CodeWorld world;
  const Uuid one = world.id();
  const Uuid two = world.id();
  const auto stored = must(world.code->store({one, {"x = 1"}}));
  CHECK(must(world.code->store({two, {"x = 1"}})).code_id == stored.code_id);
  CHECK(must(world.code->store({two, {"x = 1"}})).code_id == stored.code_id);
  CHECK(must(world.code->list({})).code.size() == 1);
  must(world.code->release({one}));
  must(world.code->release({one}));
  CHECK(text_of(must(world.code->read({stored.code_id}))) == "x = 1");
  must(world.code->release({two}));
  const auto gone = world.code->read({stored.code_id});
  REQUIRE_FALSE(gone);
  CHECK(gone.error().code == Code::not_found);
  CHECK(gone.error().detail.find(stored.code_id.value) != std::string::npos);
  CHECK(must(world.code->list({})).code.empty());
  CHECK(world.code->release({world.id()}));
}

TEST_CASE("a function holds one source") {
  CodeWorld world;
  const Uuid fn_id = world.id();
  must(world.code->store({fn_id, {"x = 1"}}));
  const auto refused = world.code->store({fn_id, {"x = 2"}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::conflict);
  CHECK(must(world.code->list({})).code.size() == 1);
  must(world.code->release({fn_id}));
  CHECK(world.code->store({fn_id, {"x = 2"}}));
}

TEST_CASE("every stored source is listed with its size") {
  CodeWorld world;
  must(world.code->store({world.id(), {"x = 1"}}));
  must(world.code->store({world.id(), {"x = 22"}}));
  std::int64_t bytes = 0;
  for (const auto& code : must(world.code->list({})).code) bytes += code.size_bytes;
  CHECK(bytes == 11);
}

TEST_CASE("source that is damaged on disk is an error, never a source") {
  CodeWorld world;
  const auto stored = must(world.code->store({world.id(), {"x = 1"}}));
  {
    auto db = must(store::Database::open(world.path));
    REQUIRE(db.run("UPDATE code SET body = CAST('x = 2' AS BLOB)"));
  }
  const auto refused = world.code->read({stored.code_id});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::internal);
  CHECK(refused.error().detail.find(stored.code_id.value) != std::string::npos);
}

TEST_CASE("released source is in no file any more") {
  CodeWorld world;
  const std::string canary = "canary_3b81";
  const Uuid fn_id = world.id();
  std::string source;
  for (int i = 0; i < 5000; ++i) source += canary + " = " + std::to_string(i) + "\n";
  must(world.code->store({fn_id, {source}}));
  must(world.code->store({world.id(), {"x = 1"}}));
  CHECK(on_disk(world.dir.path(), canary));
  must(world.code->release({fn_id}));
  CHECK_FALSE(on_disk(world.dir.path(), canary));
}

TEST_CASE("a locked code file is unavailable, and readable") {
  CodeWorld world;
  const auto stored = must(world.code->store({world.id(), {"x = 1"}}));
  auto other = must(store::Database::open(world.path));
  REQUIRE(other.run("BEGIN IMMEDIATE"));
  CHECK(world.code->store({world.id(), {"x = 2"}}).error().code == Code::unavailable);
  CHECK(text_of(must(world.code->read({stored.code_id}))) == "x = 1");
}

TEST_CASE("a code file that cannot be made is refused by its name") {
  SetClock clock;
  CHECK_THROWS_WITH((void)fn_code::open_fn_code("/nonexistent/fn_code.db", clock),
                    doctest::Contains("/nonexistent/fn_code.db cannot be made"));
}

}  // namespace
}  // namespace kappa::test
