// What is kept of two channels, and in how many pieces.
#include "runner/capture.hpp"

#include "support.hpp"

namespace kappa::test {
namespace {

using fn_logs::Channel;
using runner::Capture;

std::string of(const std::vector<fn_logs::Piece>& pieces, Channel channel) {
  std::string text;
  for (const auto& piece : pieces) text += piece.channel == channel ? piece.text : "";
  return text;
}

TEST_CASE("channels that take turns byte by byte have a piece for each line, not for each byte") {
  Capture capture(1 << 20);
  for (int i = 0; i < 10'000; ++i) {
    capture.add(Channel::out, ".", {i});
    capture.add(Channel::err, i % 1000 == 999 ? "\n" : ",", {i});
  }
  const auto lines = capture.take_lines();
  CHECK(of(lines, Channel::err).size() == 10'000);
  CHECK(of(lines, Channel::out).empty());
  CHECK(lines.size() <= 10);
  for (int i = 0; i < 10'000; ++i) {
    capture.add(Channel::out, ".", {i});
    capture.add(Channel::err, ",", {i});
  }
  const auto rest = capture.take({20'000});
  CHECK(of(rest, Channel::out) == std::string(20'000, '.'));
  CHECK(of(rest, Channel::err) == std::string(10'000, ','));
  CHECK(rest.size() == 2);
}

TEST_CASE("a line has the time of its beginning, and the next one its own") {
  Capture capture(1 << 20);
  capture.add(Channel::out, "be", {1});
  capture.add(Channel::err, "other\n", {2});
  capture.add(Channel::out, "gun\nnext\nun", {5'000});
  const auto lines = capture.take_lines();
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].text == "begun\n");
  CHECK(lines[0].ts.us == 1);
  CHECK(lines[1].text == "other\n");
  CHECK(lines[2].text == "next\n");
  CHECK(lines[2].ts.us == 5'000);
  capture.add(Channel::out, "finished\n", {9'000});
  const auto last = capture.take({10'000});
  REQUIRE(last.size() == 1);
  CHECK(last[0].text == "unfinished\n");
  CHECK(last[0].ts.us == 5'000);
}

TEST_CASE("what goes beyond the limit is cut inside an open line, too") {
  Capture capture(4);
  capture.add(Channel::out, "ab", {1});
  capture.add(Channel::err, "c", {1});
  capture.add(Channel::out, "de\nmore", {1});
  capture.add(Channel::err, "more", {1});
  CHECK(capture.cut());
  const auto all = capture.take({2});
  CHECK(of(all, Channel::out) == "abd\n[output cut at 4 bytes]\n");
  CHECK(of(all, Channel::err) == "c");
}

}  // namespace
}  // namespace kappa::test
