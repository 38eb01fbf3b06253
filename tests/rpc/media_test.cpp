// What a request brings and takes back, HEAD, OPTIONS and prefetches: what a router does before an
// operation.
#include "rpc/media.hpp"

#include <doctest/doctest.h>

#include "rpc/sample.hpp"

namespace kappa::rpc::sample {
namespace {

struct Mounted {
  LocalStore store;
  Router router{"Sample", "1.0"};
  Mounted() { mount<Store>(router, store, known_caller); }
  HttpResponse send(const std::string& method, const std::string& target,
                    std::vector<HttpField> fields = {}, std::string body = "") {
    fields.push_back({"Authorization", "Bearer good"});
    return router.handle({method, target, std::move(fields), std::move(body)});
  }
};

TEST_CASE(
    "Accept is read as RFC 9110 has it: the closest range counts, and a weight of 0 refuses") {
  for (const char* taken :
       {"", " ", "*/*", "application/*", "application/json", "APPLICATION/JSON",
        "text/html, */*;q=0.1", "application/json;q=0.001",
        "text/html,application/json;charset=utf-8", "*/*;q=0, application/json",
        "application/*;q=0,application/json", "text/plain, , application/json"}) {
    CAPTURE(std::string(taken));
    CHECK(accepts(taken, "application/json"));
  }
  for (const char* refused :
       {"text/html", "application/xml", "application/json;q=0", "*/*, application/json; q=0.0",
        "application/*;q=0, */*", "application/jsonp", "nonsense", "*/*;Q=0"}) {
    CAPTURE(std::string(refused));
    CHECK_FALSE(accepts(refused, "application/json"));
  }
}

TEST_CASE("JSON is application/json or +json, in UTF-8") {
  for (const char* json :
       {"", "application/json", "Application/JSON; charset=UTF-8", "application/vnd.kappa+json",
        "application/json;charset=\"utf-8\"", "application/json; version=1"}) {
    CAPTURE(std::string(json));
    CHECK(is_json(json));
  }
  for (const char* other : {"text/plain", "application/x-www-form-urlencoded", "application/jsonx",
                            "application/json; charset=latin1", "text/json", "+json"}) {
    CAPTURE(std::string(other));
    CHECK_FALSE(is_json(other));
  }
}

TEST_CASE_FIXTURE(Mounted,
                  "a body with a coding is 415, and fields that are lists count together") {
  const auto packed = send("POST", "/shelves/s/call", {{"Content-Encoding", "gzip"}}, "{}");
  CHECK(packed.status == 415);
  CHECK(field_of(packed.fields, "Accept-Encoding") == "identity");
  CHECK(send("POST", "/shelves/s/call", {{"Content-Encoding", "identity"}}, "{}").status == 200);
  CHECK(send("GET", "/shelves/s/boxes", {{"Accept", "text/html"}, {"Accept", "application/json"}})
            .status == 200);
  CHECK(send("GET", "/shelves/s/boxes", {{"Accept", " , "}}).status == 200);
  const auto odd = send("POST", "/shelves/s/call", {{"Content-Type", "\xff\xfe/x\x01"}}, "{}");
  CHECK(odd.status == 415);
  CHECK_FALSE(json_fault(odd.body));
}

TEST_CASE_FIXTURE(Mounted, "a target that is not UTF-8 is refused before anything sees it") {
  for (const char* target : {"/shelves/%ff/boxes", "/shelves/s?n=%c3", "/shelves/s?%80=1"}) {
    CAPTURE(std::string(target));
    const auto refused = send("GET", target);
    CHECK(refused.status == 400);
    CHECK(refused.body.find("UTF-8") != std::string::npos);
  }
}

TEST_CASE_FIXTURE(Mounted, "a body that is no JSON is 415, and says what to send") {
  const auto form = send("POST", "/shelves/s/call",
                         {{"Content-Type", "application/x-www-form-urlencoded"}}, "{}");
  CHECK(form.status == 415);
  CHECK(form.body.find("application/x-www-form-urlencoded") != std::string::npos);
  CHECK(form.body.find("Content-Type: application/json") != std::string::npos);
  CHECK(send("POST", "/shelves/s/call", {{"Content-Type", "text/plain"}}).status == 200);
  CHECK(send("POST", "/shelves/s/call", {}, "{}").status == 200);
}

TEST_CASE_FIXTURE(Mounted, "who takes no JSON gets 406, but for streams, which are none") {
  CHECK(send("GET", "/shelves/s/boxes", {{"Accept", "text/html"}}).status == 406);
  CHECK(send("GET", "/shelves/s/boxes", {{"Accept", "text/html, */*;q=0.1"}}).status == 200);
  CHECK(send("GET", "/pieces/1", {{"Accept", "text/plain"}}).status == 200);
}

TEST_CASE_FIXTURE(Mounted, "HEAD is answered as GET where a GET only looks") {
  CHECK(send("HEAD", "/shelves/s/boxes").body == send("GET", "/shelves/s/boxes").body);
  CHECK(send("HEAD", "/openapi.json").status == 200);
  const auto refused = send("HEAD", "/shelves/s?n=1");
  CHECK(refused.status == 405);
  CHECK(field_of(refused.fields, "Allow") == "GET, OPTIONS");
  CHECK(send("HEAD", "/shelves/clear").status == 405);
}

TEST_CASE_FIXTURE(Mounted, "OPTIONS says what a path takes, without a token") {
  const auto options = router.handle({"OPTIONS", "/shelves/s/boxes"});
  CHECK(options.status == 204);
  CHECK(field_of(options.fields, "Allow") == "POST, GET, HEAD, OPTIONS");
  CHECK(send("OPTIONS", "/nowhere").status == 404);
}

TEST_CASE_FIXTURE(Mounted, "a page fetched ahead sets nothing off") {
  for (const HttpField& field :
       {HttpField{"Sec-Purpose", "prefetch;prerender"}, HttpField{"Purpose", "prefetch"},
        HttpField{"X-Moz", "prefetch"}}) {
    CHECK(send("GET", "/shelves/s?n=1", {field}).status == 403);
    CHECK(send("GET", "/shelves/s/boxes", {field}).status == 200);
  }
}

TEST_CASE_FIXTURE(Mounted, "the description has a tag that changes with it") {
  const auto before = send("GET", "/openapi.json");
  CHECK(field_of(before.fields, "ETag").size() == 34);
  CHECK(field_of(before.fields, "ETag") == field_of(send("GET", "/openapi.json").fields, "ETag"));
  CHECK(send("POST", "/openapi.json").status == 405);
  Mounted other;
  other.router.explain("## search\nLooks.\n");
  const auto after = other.send("GET", "/openapi.json");
  CHECK(field_of(before.fields, "ETag") != field_of(after.fields, "ETag"));
}

TEST_CASE_FIXTURE(Mounted, "an operation's text becomes its description, refusals and examples") {
  router.explain(
      "For people.\n\n# Boxes\n\n## put\nPuts a box\non a shelf.\n\nTwice is once.\n\n- conflict: "
      "it is "
      "there\n"
      "- unavailable: the shelf is locked\n\nRequest: {\"label\": \"L\"}\nReply: {\"box_id\": "
      "1}\n");
  const std::string text = router.openapi();
  for (const char* expected :
       {R"("description":"Puts a box on a shelf.\n\nTwice is once.")",
        R"("409":{"description":"it is there")", R"("503":{"description":"the shelf is locked")",
        R"("401":{"description":"no token)", R"("422":{"description":"the request does not fit)",
        R"("tags":["Boxes"])", R"("example":{"label": "L"})", R"("example":{"box_id": 1})"}) {
    CAPTURE(expected);
    CHECK(text.find(expected) != std::string::npos);
  }
  CHECK_FALSE(json_fault(text, max_reply_depth));
}

TEST_CASE_FIXTURE(Mounted, "a text that does not fit the program stops it") {
  for (const char* wrong :
       {"## nothing\nNo operation.\n", "## put\n- oops: x\n", "## put\n- conflict\n",
        "## put\nRequest: {\n", "## put\nReply: 1e999\n"}) {
    CAPTURE(std::string(wrong));
    CHECK_THROWS_AS(router.explain(wrong), std::logic_error);
  }
}

}  // namespace
}  // namespace kappa::rpc::sample
