// Outputs parted at line ends.
#include "runner/parts.hpp"

#include <random>

#include "support.hpp"

namespace kappa::test {
namespace {

using fn_logs::Channel;
using runner::in_parts;
using runner::Pieces;

std::string of(const std::vector<Pieces>& parts, Channel channel) {
  std::string text;
  for (const Pieces& part : parts) {
    for (const auto& piece : part) text += piece.channel == channel ? piece.text : "";
  }
  return text;
}

bool ends_in_whole_lines(const Pieces& part) {
  return of({part}, Channel::out).ends_with('\n') || of({part}, Channel::out).empty();
}

TEST_CASE("a short output is one part, as it was; none is one, too") {
  const auto parts = in_parts({{{5}, Channel::out, "a"}, {{6}, Channel::err, "b\nc"}});
  REQUIRE(parts.size() == 1);
  REQUIRE(parts[0].size() == 2);
  CHECK(parts[0][0].text == "a");
  CHECK(parts[0][1].ts.us == 6);
  CHECK(in_parts({}).size() == 1);
}

TEST_CASE("a megabyte of empty lines is in parts of some thousand lines") {
  const std::string lines(1 << 20, '\n');
  const auto parts = in_parts({{{1}, Channel::out, lines}});
  CHECK(parts.size() > 200);
  for (const Pieces& part : parts) CHECK(of({part}, Channel::out).size() < 5'000);
  CHECK(of(parts, Channel::out) == lines);
}

TEST_CASE("a line that is longer than a part is not cut") {
  const std::string line = std::string(1 << 20, 'x') + "\n";
  const auto parts = in_parts({{{1}, Channel::out, line.substr(0, 300'000)},
                               {{2}, Channel::out, line.substr(300'000) + "next\nlast"}});
  REQUIRE(parts.size() == 2);
  CHECK(of({parts[0]}, Channel::out) == line);
  CHECK(parts[0].at(0).ts.us == 1);
  CHECK(of({parts[1]}, Channel::out) == "next\nlast");
}

TEST_CASE("whatever is printed, each part ends in whole lines and nothing is lost or moved") {
  std::mt19937 random(7);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same each time
  for (int run = 0; run < 20; ++run) {
    Pieces pieces;
    for (int i = 0; i < 2'000; ++i) {
      std::string text(random() % 400, 'a');
      for (char& c : text) c = random() % 30 == 0 ? '\n' : static_cast<char>('a' + random() % 26);
      pieces.push_back({{i}, random() % 2 == 0 ? Channel::out : Channel::err, std::move(text)});
    }
    const auto parts = in_parts(pieces);
    CHECK(parts.size() > 2);
    for (const Channel channel : {Channel::out, Channel::err})
      CHECK(of(parts, channel) == of({pieces}, channel));
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) CHECK(ends_in_whole_lines(parts[i]));
  }
}

}  // namespace
}  // namespace kappa::test
