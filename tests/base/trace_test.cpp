// traceparent, as W3C's Trace Context has it.
#include "base/trace.hpp"

#include <doctest/doctest.h>

namespace kappa {
namespace {

const std::string id = "0af7651916cd43dd8448eb211c80319c";
const std::string parent = "b7ad6b7169203331";

TEST_CASE("a traceparent is read, also a later version's") {
  for (const std::string& field :
       {"00-" + id + "-" + parent + "-01", "cc-" + id + "-" + parent + "-01-what-may-come"}) {
    CAPTURE(field);
    const auto trace = parse_traceparent(field);
    REQUIRE(trace);
    CHECK(trace->trace_id == id);
    CHECK(trace->flags == "01");
  }
}

TEST_CASE("what is no traceparent is none") {
  const std::string zeros(32, '0');
  for (const std::string& field :
       {std::string(), "00-" + id, "ff-" + id + "-" + parent + "-01",
        "00-" + zeros + "-" + parent + "-01", "00-" + id + "-" + zeros.substr(16) + "-01",
        "00-" + id + "-" + parent + "-01-more", "cc-" + id + "-" + parent + "-01more",
        "00_" + id + "-" + parent + "-01", "00-" + id + "-" + parent + "-0g",
        "00-0AF7651916CD43DD8448EB211C80319C-" + parent + "-01"}) {
    CAPTURE(field);
    CHECK_FALSE(parse_traceparent(field));
  }
}

TEST_CASE(
    "a request made on behalf of a traced one is in the same trace, under a parent of its own") {
  const Trace trace{"r", id, "01"};
  const std::string one = make_traceparent(trace), two = make_traceparent(trace);
  CHECK(one != two);
  CHECK(parse_traceparent(one)->trace_id == id);
  CHECK(parse_traceparent(one)->flags == "01");
  CHECK(make_traceparent({"r", "", "00"}).empty());
}

TEST_CASE("of the flags only the one that has a meaning goes on") {
  CHECK(parse_traceparent("00-" + id + "-" + parent + "-ff")->flags == "01");
  CHECK(parse_traceparent("00-" + id + "-" + parent + "-fe")->flags == "00");
}

TEST_CASE("scopes nest") {
  const Trace outer{"outer"}, inner{"inner"};
  CHECK(current_trace() == nullptr);
  {
    const TraceScope first(outer);
    {
      const TraceScope second(inner);
      CHECK(current_trace()->request_id == "inner");
    }
    CHECK(current_trace()->request_id == "outer");
  }
  CHECK(current_trace() == nullptr);
}

}  // namespace
}  // namespace kappa
