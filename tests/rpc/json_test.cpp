// What is JSON to Kappa, and what is read of it.
#include "rpc/json.hpp"

#include <doctest/doctest.h>

namespace kappa::rpc {
namespace {

TEST_CASE("JSON that every reader understands alike passes") {
  for (const char* text :
       {"null", " true ", "-0", "1.5e300", "18446744073709551616", "\"\"", "\"\\ud83d\\ude00\"",
        "[]", "{}", R"({"a":{"b":[1,2,{"a":3}]},"b":null})", "\t[1 ,\n2]\r\n", "\"\xc3\xa9\"",
        R"({"":1})"}) {
    CAPTURE(text);
    CHECK_FALSE(json_fault(text));
  }
}

TEST_CASE("what is not JSON, or not the same to everyone, is refused with its place") {
  const std::pair<const char*, const char*> cases[] = {
      {"", "is not JSON"},
      {"nul", "is not JSON"},
      {"{\"a\":1,}", "is not JSON"},
      {"[1,]", "is not JSON"},
      {"{\"a\":1}x", "more follows at line 1, column 8"},
      {"1 2", "more follows"},
      {"{'a':1}", "is not JSON"},
      {"01", "more follows"},
      {"+1", "is not JSON"},
      {"NaN", "is not JSON"},
      {"Infinity", "is not JSON"},
      {"1e999", "beyond the range of a double"},
      {"[\n -1e999]", "beyond the range of a double at line 2"},
      {R"({"a":1,"b":2,"a":3})", "same key twice"},
      {R"({"x":{"a":1,"a":1}})", "same key twice"},
      {R"({"a":1,"\u0061":3})", "same key twice"},
      {"\"\xff\"", "is not JSON"},
      {"\"\xc0\xaf\"", "is not JSON"},
      {"\"\\ud800\"", "is not JSON"},
      {"\"a\nb\"", "is not JSON"},
      {"\xef\xbb\xbf{}", "is not JSON"},
      {"// no\n1", "is not JSON"},
  };
  for (const auto& [text, expected] : cases) {
    CAPTURE(text);
    const auto fault = json_fault(text);
    REQUIRE(fault);
    CAPTURE(*fault);
    CHECK(fault->find(expected) != std::string::npos);
  }
}

TEST_CASE("depth is limited, and the limit is named") {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK_FALSE(json_fault(nested(max_request_depth)));
  CHECK(json_fault(nested(max_request_depth + 1))->find("deeper than 32 levels") !=
        std::string::npos);
  CHECK_FALSE(json_fault(nested(max_reply_depth), max_reply_depth));
  CHECK(json_fault(std::string(1'000'000, '[')));
}

TEST_CASE("a million keys are checked for duplicates in reasonable time") {
  std::string text = "{";
  for (int i = 0; i < 200'000; ++i) text += "\"k" + std::to_string(i) + "\":0,";
  CHECK_FALSE(json_fault(text + "\"last\":0}"));
  CHECK(json_fault(text + "\"k77\":0}"));
}

TEST_CASE("members and items are walked in order, whatever they hold") {
  const std::string text =
      R"( { "a" : "}]\",{" , "b":[ 1 , [2,"]"], {"c":null} ], "\u00e9\n" : -1.5e3 ,"d":{} } )";
  REQUIRE_FALSE(json_fault(text));
  std::string walked;
  for (JsonCursor at{JsonView(text)}; at.next();)
    walked += at.key() + "=" + std::string(at.value().text()) + ";";
  CHECK(walked == "a=\"}]\\\",{\";b=[ 1 , [2,\"]\"], {\"c\":null} ];\xc3\xa9\n=-1.5e3;d={};");
}

TEST_CASE("an empty container has nothing to walk") {
  CHECK_FALSE(JsonCursor(JsonView(" { } ")).next());
  CHECK_FALSE(JsonCursor(JsonView("[]")).next());
}

TEST_CASE("a string's escapes are resolved, and written again they read back equal") {
  CHECK(JsonView(R"("a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\u0000z")").string() ==
        std::string("a\"\\/\b\f\n\r\t\xc3\xa9\xf0\x9f\x98\x80\0z", 17));
  std::string all;
  for (int c = 0; c < 128; ++c) all += static_cast<char>(c);
  const std::string text = json_string(all);
  CHECK_FALSE(json_fault(text));
  CHECK(JsonView(text).string() == all);
}

TEST_CASE("numbers keep their digits; only whole ones of 64 bits are integers") {
  CHECK(JsonView("12345678901234567890123").text() == "12345678901234567890123");
  CHECK(JsonView("-9223372036854775808").integer() == INT64_MIN);
  CHECK_FALSE(JsonView("9223372036854775808").integer());
  CHECK_FALSE(JsonView("1.0").integer());
  CHECK_FALSE(JsonView("1e3").integer());
  CHECK(JsonView("1.5").number() == 1.5);
}

}  // namespace
}  // namespace kappa::rpc
