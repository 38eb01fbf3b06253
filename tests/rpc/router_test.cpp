// Requests against a mounted interface: routing, authentication, validation, errors.
#include <doctest/doctest.h>

#include "rpc/sample.hpp"

namespace kappa::rpc::sample {
namespace {

struct Fixture {
  LocalStore store;
  Router router{"Sample", "1.0"};
  Fixture() { mount<Store>(router, store, known_caller); }
  HttpResponse send(const std::string& method, const std::string& target, std::string body = "",
                    std::string token = "good") {
    HttpRequest request{method, target, {}, std::move(body)};
    if (!token.empty()) request.fields.push_back({"authorization", "Bearer " + token});
    return router.handle(request);
  }
};

constexpr auto good_box =
    R"({"label":"L","size":{"width_mm":1,"height_mm":2.5},"colours":["red","green"],"fragile":true})";

TEST_CASE_FIXTURE(Fixture, "a path answers with and without the trailing slash") {
  for (const char* target : {"/shelves/s/boxes", "/shelves/s/boxes/"})
    CHECK(send("GET", target).status == 200);
  CHECK(send("POST", "/shelves/s/boxes/", good_box).status == 200);
}

TEST_CASE_FIXTURE(Fixture,
                  "an unknown path is 404, a known one with another method 405 with Allow") {
  CHECK(send("GET", "/nowhere").status == 404);
  CHECK(send("GET", "/").status == 404);
  CHECK(send("GET", "/shelves").status == 404);
  CHECK(send("GET", "/shelves/s/boxes/more").status == 404);
  CHECK(send("GET", "/shelves//boxes").status == 404);
  const auto refused = send("DELETE", "/shelves/s/boxes");
  CHECK(refused.status == 405);
  CHECK(field_of(refused.fields, "allow") == "POST, GET, HEAD, OPTIONS");
}

TEST_CASE_FIXTURE(Fixture, "of two paths that match, the more literal one is meant") {
  CHECK(send("POST", "/shelves/clear").body == "null");
  CHECK(send("POST", "/shelves/clear", "{}").body == "null");
}

TEST_CASE_FIXTURE(Fixture, "members come from path and body, each with its type") {
  REQUIRE(send("POST", "/shelves/s-1/boxes", good_box).status == 200);
  CHECK(store.last.shelf.value == "s-1");
  CHECK(store.last.label == "L");
  CHECK(store.last.size.height_mm == 2.5);
  CHECK(store.last.colours == std::vector{Colour::red, Colour::green});
  CHECK(store.last.fragile);
  CHECK_FALSE(store.last.count);
}

TEST_CASE_FIXTURE(Fixture, "a reply is JSON, private, and keeps raw JSON as it was") {
  const auto reply = send("POST", "/shelves/s/boxes", good_box);
  CHECK(
      reply.body ==
      R"({"box_id":"00000000-0000-0000-0000-000000000000","owner":"ada","label":"L","size":{"width_mm":1,"height_mm":2.5},)"
      R"("colours":["red","green"],"made_at":"2026-11-24T11:00:16.123456+00:00","extra":[12345678901234567890123],"tally":{}})");
  CHECK(field_of(reply.fields, "content-type") == "application/json");
  CHECK(field_of(reply.fields, "cache-control") == "no-store");
}

TEST_CASE_FIXTURE(
    Fixture, "all faults are reported, each with its pointer, its place and what was expected") {
  const auto refused = send(
      "POST", "/shelves/a%20b/boxes",
      R"({"labl":1,"size":{"width_mm":"soon","depth":1},"colours":["red","bleu",3],"count":1.5})");
  CHECK(refused.status == 422);
  for (
      const char* expected : {
          R"({"loc":["path","shelf"],"msg":"expected 1 to 64 letters, digits, '_' or '-'","type":"value_error"})",
          R"({"loc":["body","labl"],"msg":"is not a known member; did you mean 'label'?","type":"value_error"})",
          R"({"loc":["body","label"],"msg":"is required","type":"value_error.missing"})",
          R"({"loc":["body","size","width_mm"],"msg":"expected integer, got string","type":"value_error"})",
          R"({"loc":["body","size","height_mm"],"msg":"is required","type":"value_error.missing"})",
          R"({"loc":["body","size","depth"],"msg":"is not a known member)",
          R"({"loc":["body","colours","1"],"msg":"expected one of red, green)",
          R"({"loc":["body","colours","2"],"msg":"expected string, got number","type":"value_error"})",
          R"({"loc":["body","count"],"msg":"expected a whole number of 64 bits","type":"value_error"})",
          R"({"loc":["body","fragile"],"msg":"is required","type":"value_error.missing"})",
          R"({"at":"/size/width_mm","why":"expected integer, got string"})",
      }) {
    CAPTURE(expected);
    CHECK(refused.body.find(expected) != std::string::npos);
  }
  CHECK_FALSE(json_fault(refused.body));
}

TEST_CASE_FIXTURE(Fixture, "a body that is no JSON object is refused") {
  for (const char* body :
       {"{", "[]", "7", "\"x\"", "{\"a\":1,\"a\":2}", "{\"size\":1e999}", "\xff"}) {
    CAPTURE(body);
    CHECK(send("POST", "/shelves/s/boxes", body).status == 422);
  }
}

TEST_CASE_FIXTURE(Fixture, "query parameters have the types of their members") {
  const auto found = send("GET", "/shelves/7/boxes?limit=12&colour=green");
  CHECK(found.body.find(R"("label":"7")") != std::string::npos);
  CHECK(found.body.find(R"("count":12)") != std::string::npos);
  CHECK(found.body.find(R"("colours":["green"])") != std::string::npos);
  CHECK(send("GET", "/shelves/7/boxes?limit=ten")
            .body.find(R"("loc":["query","limit"],"msg":"expected integer, got string")") !=
        std::string::npos);
  CHECK(send("GET", "/shelves/7/boxes?limit=1&limit=2").body.find("is given twice") !=
        std::string::npos);
  CHECK(send("GET", "/shelves/7/boxes?limt=1").body.find("did you mean 'limit'?") !=
        std::string::npos);
}

TEST_CASE_FIXTURE(Fixture,
                  "a payload is the whole body as it was written, or the whole query as texts") {
  CHECK(send("POST", "/shelves/s/call", R"({ "shelf":1, "big":123456789012345678901234567890 })")
            .body == R"({"args":{ "shelf":1, "big":123456789012345678901234567890 }})");
  CHECK(send("POST", "/shelves/s/call").body == R"({"args":{}})");
  CHECK(send("POST", "/shelves/s/call", "[1]").status == 422);
  CHECK(send("GET", "/shelves/s?n=1&shelf=x+y&t=%7B%22a%22%3A1%7D&e=").body ==
        R"({"args":{"e":"","n":"1","shelf":"x y","t":"{\"a\":1}"}})");
  CHECK(send("GET", "/shelves/s?n=1&n=2").status == 422);
}

TEST_CASE_FIXTURE(Fixture, "an operation with a caller needs a token, and says how") {
  const auto none = send("POST", "/shelves/s/boxes", "not even JSON", "");
  CHECK(none.status == 401);
  CHECK(none.body == R"({"detail":"Not authenticated","code":"unauthorized","faults":[]})");
  CHECK(field_of(none.fields, "WWW-Authenticate") == "Bearer");
  CHECK(send("POST", "/shelves/s/boxes", good_box, "stolen").status == 401);
  HttpRequest basic{"POST", "/shelves/s/boxes", {{"Authorization", "Basic good"}}, good_box};
  CHECK(router.handle(basic).status == 401);
  basic.fields = {{"Authorization", "Bearer"}};
  CHECK(router.handle(basic).status == 401);
  basic.fields = {{"Authorization", "bEARER good"}};
  CHECK(router.handle(basic).status == 200);
}

TEST_CASE_FIXTURE(Fixture, "errors have the original's bodies") {
  CHECK(send("GET", "/shelves/none/boxes").body ==
        R"({"detail":"shelf 'none' not found","code":"not_found","faults":[]})");
  CHECK(
      send("POST", "/shelves/bad/call").body ==
      R"({"detail":{"invalid_argument":"x"},"code":"invalid_argument","faults":[{"at":"/x","why":"is not a parameter"}]})");
  CHECK(send("POST", "/shelves/bad/call").status == 400);
}

TEST_CASE_FIXTURE(Fixture, "a reply can have its own status and field") {
  const auto reply = send("POST", "/shelves/s/judge", R"({"a":1})");
  CHECK(reply.status == 500);
  CHECK(field_of(reply.fields, "Sample-Verdict") == "poor");
  CHECK(reply.body == R"({"args":{"a":1}})");
}

TEST_CASE_FIXTURE(Fixture, "a malformed target is refused") {
  for (const char* target : {"/%zz", "shelves", "/a b", "/%"}) {
    CAPTURE(target);
    CHECK(send("GET", target).status == 400);
  }
}

TEST_CASE_FIXTURE(Fixture, "the description lists every operation by its method's name") {
  const std::string text = send("GET", "/openapi.json").body;
  CHECK_FALSE(json_fault(text));
  for (const char* expected : {R"("openapi":"3.0.3")", R"("operationId":"put")",
                               R"("operationId":"clear")", R"("security":[{"bearer":[]}])",
                               R"("/shelves/{shelf}/boxes":{"get":)", R"("enum":["red","green"])",
                               R"("pattern":"^[A-Za-z0-9_-]{1,64}$")", R"("format":"uuid")"}) {
    CAPTURE(expected);
    CHECK(text.find(expected) != std::string::npos);
  }
}

}  // namespace
}  // namespace kappa::rpc::sample
