// Jobs that nobody waits for.
#include <chrono>
#include <string>
#include <vector>

#include "held.hpp"

namespace kappa::test {
namespace {

using store::Database;

/// Jobs that write down their names.
struct Order {
  std::vector<std::string> names;
  store::Job job(const std::string& name) {
    return [this, name](Database&) -> Result<Nothing> {
      names.push_back(name);
      return Nothing{};
    };
  }
};

TEST_CASE("a job that nobody waits for is written by itself before long") {
  Notes notes;
  auto file = notes.open();
  auto soon = submit(*file, add(1), store::Haste::soon);
  REQUIRE(soon.wait_for(std::chrono::seconds(10)) == std::future_status::ready);
  CHECK(soon.get());
  CHECK(notes_in(*file) == 1);
}

TEST_CASE("a job that may wait lets one pass that somebody waits for") {
  Notes notes;
  auto file = notes.open();
  Order order;
  Hold hold(file->writer());
  auto soon = submit(*file, order.job("soon"), store::Haste::soon);
  auto now = submit(*file, order.job("now"));
  hold.release();
  REQUIRE(now.get());
  REQUIRE(soon.get());
  CHECK(order.names.front() == "now");
}

TEST_CASE("what may wait runs first when it is hurried") {
  Notes notes;
  auto file = notes.open();
  Order order;
  Hold hold(file->writer());
  auto one = submit(*file, order.job("one"), store::Haste::soon);
  auto two = submit(*file, order.job("two"), store::Haste::soon);
  file->writer().hurry();
  auto now = submit(*file, order.job("now"));
  hold.release();
  REQUIRE(now.get());
  CHECK(order.names == std::vector<std::string>{"one", "two", "now"});
}

TEST_CASE("closing writes what may wait") {
  Notes notes;
  std::vector<Answer> answers;
  {
    auto file = notes.open();
    for (std::int64_t n = 0; n < 300; ++n)
      answers.push_back(submit(*file, add(n), store::Haste::soon));
  }
  for (Answer& answer : answers) CHECK(answer.get());
  CHECK(notes_in(*notes.open()) == 300);
}

}  // namespace
}  // namespace kappa::test
