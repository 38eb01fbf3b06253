// Reading beside the writer, and how many may.
#include "store/readers.hpp"

#include "store/newest.hpp"
#include "world.hpp"

namespace kappa::test {
namespace {

TEST_CASE("more threads than connections all get to read, while others write") {
  Notes notes;
  auto file = notes.open();
  std::atomic<int> wrong{0};
  {
    std::vector<std::jthread> threads;
    for (std::int64_t t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        for (std::int64_t i = 0; i < 50; ++i) {
          if (!file->write(add(t * 50 + i))) ++wrong;
          if (notes_in(*file) < i + 1) ++wrong;
        }
      });
    }
  }
  CHECK(wrong == 0);
  CHECK(notes_in(*file) == 400);
}

TEST_CASE("whoever waits too long for a reader is told so") {
  Notes notes;
  const auto file = notes.open();
  store::Readers readers(notes.path, 1);
  {
    auto borrowed = readers.borrow();
    REQUIRE(borrowed);
    const auto refused = readers.borrow();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Code::unavailable);
  }
  CHECK(readers.borrow());
}

TEST_CASE("a reader that cannot be opened is an error, and the next is tried again") {
  Notes notes;
  store::Readers readers(notes.path, 1);
  CHECK(readers.borrow().error().code == Code::unavailable);
  const auto file = notes.open();
  CHECK(readers.borrow());
}

TEST_CASE("a reader cannot write") {
  Notes notes;
  auto file = notes.open();
  CHECK(file->read(add(1)).error().code == Code::unavailable);
  CHECK(notes_in(*file) == 0);
}

TEST_CASE("the newest are one to a thousand") {
  CHECK(must(store::newest({})) == 1000);
  CHECK(must(store::newest(1)) == 1);
  CHECK(must(store::newest(1000)) == 1000);
  for (const std::int64_t wrong :
       {INT64_MIN, std::int64_t{-1}, std::int64_t{0}, std::int64_t{1001}}) {
    const auto refused = store::newest(wrong);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Code::invalid);
    CHECK(refused.error().faults.at(0).at == "/limit");
  }
}

}  // namespace
}  // namespace kappa::test
