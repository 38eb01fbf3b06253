// What generated clients need of a description: names for what goes to and fro, and what comes with
// which status.
#include <doctest/doctest.h>

#include "rpc/sample.hpp"

namespace kappa::rpc::sample {
namespace {

struct Described {
  LocalStore store;
  Router router{"Sample", "1.0"};
  Described() { mount<Store>(router, store, known_caller); }
  void has(const char* expected) const {
    CAPTURE(std::string(expected));
    CHECK(router.openapi().find(expected) != std::string::npos);
  }
};

TEST_CASE_FIXTURE(Described, "bodies, choices and refusals have names") {
  has(R"("requestBody":{"required":true,"content":{"application/json":{"schema":)"
      R"({"$ref":"#/components/schemas/Put"})");
  has(R"("Put":{"type":"object","properties":{"label":{"type":"string"},"size":)");  // no "shelf"
  has(R"("Colour":{"type":"string","enum":["red","green"]})");
  has(R"("colour","in":"query","schema":{"$ref":"#/components/schemas/Colour"})");
  has(R"("Refusal":{"type":"object","required":["detail"])");
  has(R"("code":{"$ref":"#/components/schemas/Code"})");
}

TEST_CASE_FIXTURE(Described, "a stream is bytes, or the text that its route says") {
  has(R"("application/octet-stream":{"schema":{"type":"string","format":"binary"})");
  OperationDoc doc{"GET", "/poem", "poem", "A poem."};
  doc.media_type =
      Route<"GET /pieces/{pieces}", &Store::read, "", Acts, Text<"text/x-poem">>::media_type;
  router.add(doc, nullptr);
  has(R"("text/x-poem":{"schema":{"type":"string"})");
}

TEST_CASE_FIXTURE(Described, "a reply may have another status than 200") {
  router.explain("## judge\nJudges.\n\n- reply 500: it was poor\n\nReply: {\"args\": {}}\n");
  has(R"("500":{"description":"it was poor","content":{"application/json":{"schema":)"
      R"({"$ref":"#/components/schemas/Judged"})");
  CHECK(router.reference().find("| 500 | with a reply | it was poor |") != std::string::npos);
  for (const char* wrong :
       {"## judge\n- reply: poor\n", "## judge\n- reply 500\n", "## judge\n- reply x: y\n"})
    CHECK_THROWS_AS(router.explain(wrong), std::logic_error);
}

TEST_CASE("a boolean in a query may be written as Python does, a text stays what it is") {
  CHECK(parameter_json("True", false) == "true");
  CHECK(parameter_json("False", false) == "false");
  CHECK(parameter_json("true", false) == "true");
  CHECK(parameter_json("True", true) == R"("True")");
}

TEST_CASE("two schemas of one name are not told apart by anybody, and refused") {
  Definitions schemas;
  CHECK(define(schemas, "Box", "{}") == R"({"$ref":"#/components/schemas/Box"})");
  CHECK_NOTHROW(define(schemas, "Box", "{}"));
  CHECK_THROWS_AS(define(schemas, "Box", R"({"type":"string"})"), std::logic_error);
}

}  // namespace
}  // namespace kappa::rpc::sample
