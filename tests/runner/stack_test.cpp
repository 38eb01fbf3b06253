// What is found in what a process prints when its time is up.
#include "runner/stack.hpp"

#include "support.hpp"

namespace kappa::runner::test {
namespace {

const std::string title = "Stack (most recent call first):\n";
const std::string inner = "  File \"function.py\", line 3 in inner\n";
const std::string outer = "  File \"function.py\", line 7 in main\n";
const std::string rest = "  File \"<string>\", line 90 in run\n";
const std::string traceback =
    "Traceback (most recent call last):\n"
    "  File \"function.py\", line 7, in main\n"
    "  File \"function.py\", line 3, in inner\n";

TEST_CASE("a stack is turned round, and what was printed before it stays") {
  ShownStack shown;
  shown.add("printed, " + title + inner + outer + rest);
  CHECK(shown.whole());
  CHECK(shown.before() == "printed, ");
  CHECK(shown.traceback() == traceback);
}

TEST_CASE("it is found wherever what was read is divided") {
  const std::string text = "printed\n" + title + inner + outer + rest;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    CAPTURE(at);
    ShownStack shown;
    shown.add(text.substr(0, at));
    if (at < text.size()) CHECK_FALSE(shown.whole());
    shown.add(text.substr(at));
    CHECK(shown.whole());
    CHECK(shown.before() == "printed\n");
    CHECK(shown.traceback() == traceback);
  }
  ShownStack by_character;
  for (const char c : text) by_character.add({&c, 1});
  CHECK(by_character.traceback() == traceback);
}

TEST_CASE("of several the last counts, and without one all was printed by the function") {
  ShownStack shown;
  shown.add(title + "  File \"forged\", line 1 in forged\n" + title + inner + outer + rest);
  CHECK(shown.traceback() == traceback);
  ShownStack none;
  none.add(inner + outer + rest);
  CHECK_FALSE(none.whole());
  CHECK(none.before() == inner + outer + rest);
  CHECK(none.traceback().empty());
}

TEST_CASE("a stack without end, or of long lines, takes no more time and room than another") {
  std::string frames;
  while (frames.size() < 1 << 20) frames += "  File \" in \n";
  ShownStack endless;
  endless.add(title + frames);
  CHECK(endless.whole());
  CHECK(endless.traceback().size() < 2000);
  ShownStack titles;
  for (int i = 0; i < 100'000; ++i) titles.add(title);
  CHECK_FALSE(titles.whole());
  ShownStack long_line;
  long_line.add(title + "  File \"" + std::string(1 << 20, 'x') + " in main\n" + rest);
  CHECK(long_line.traceback().size() < 11'000);
}

}  // namespace
}  // namespace kappa::runner::test
