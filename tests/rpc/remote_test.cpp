// The client side gives what the object itself gives.
#include "rpc/sample.hpp"
#include "support.hpp"

namespace kappa::rpc::sample {
namespace {

struct Fixture {
  LocalStore local;
  Router router{"Sample", "1.0"};
  RemoteStore remote{[this](const HttpRequest& request) -> Result<HttpResponse> {
    return router.handle(request);
  }};
  Fixture() { mount<Store>(router, local, known_caller); }
};

const Caller ada{7, "ada", "good"};

TEST_CASE_FIXTURE(Fixture, "a call over the wire replies as the object does") {
  const Put ask{{"s"}, "L \"\\\n\xc3\xa9", {-3, 0.1}, {Colour::green}, 5, true};
  const auto here = local.put(ada, ask);
  const auto there = remote.put(ada, ask);
  REQUIRE(there);
  CHECK(write_json(*there) == write_json(*here));
  CHECK(local.last.label == ask.label);
  CHECK(local.last.count == 5);
}

TEST_CASE_FIXTURE(Fixture, "path and query texts survive, whatever they hold") {
  for (const char* shelf : {"a b", "a/b", "%41", "?x=1", "#", "\xc3\xa9", "+", "..", "5", "null"}) {
    CAPTURE(shelf);
    const auto found = remote.search({shelf, 3, Colour::red});
    REQUIRE(found);
    CHECK(found->label == shelf);
    CHECK(found->count == 3);
    CHECK(found->tally.at("\"") == -9'223'372'036'854'775'807);
  }
}

TEST_CASE_FIXTURE(Fixture, "payloads survive") {
  CHECK(remote.call({"s", {{R"({"shelf":[1,2.50,{"a":"b"}]})"}}})->args.text ==
        R"({"shelf":[1,2.50,{"a":"b"}]})");
  CHECK(remote.ask({"s", {{{"a&b", "=c d"}, {"shelf", "x"}}}})->args.text ==
        R"({"a&b":"=c d","shelf":"x"})");
}

TEST_CASE_FIXTURE(Fixture, "an error arrives as it was") {
  const Error conflict = remote.put(ada, {{"s"}, "twice", {}, {}, {}, false}).error();
  CHECK(conflict.code == Code::conflict);
  CHECK(conflict.detail == "box 'twice' is there already");
  const Error argument = remote.call({"bad", {{"{}"}}}).error();
  CHECK(argument.code == Code::invalid_argument);
  CHECK(argument.detail == "x");
  CHECK(argument.faults.at(0).at == "/x");
  const Error stranger = remote.put({7, "ada", "stolen"}, {{"s"}, "L", {}, {}, {}, false}).error();
  CHECK(stranger.code == Code::unauthorized);
  const Error invalid = remote.put(ada, {{"not a name"}, "L", {}, {}, {}, false}).error();
  CHECK(invalid.code == Code::invalid);
  CHECK(invalid.faults.at(0).at == "/shelf");
}

TEST_CASE_FIXTURE(Fixture, "a reply with a status of its own is no error") {
  const auto judged = remote.judge({"s", {{R"({"a":1})"}}});
  REQUIRE(judged);
  CHECK(judged->args.text == R"({"a":1})");
}

TEST_CASE_FIXTURE(Fixture, "a stream's pieces arrive in order, then its end or its error") {
  auto stream = remote.read({3});
  REQUIRE(stream);
  CHECK(stream->content_type == "text/plain");
  std::string all;
  for (;;) {
    const auto piece = stream->next();
    REQUIRE(piece);
    if (!*piece) break;
    all += **piece;
  }
  CHECK(all == "piece 3\npiece 2\npiece 1\n");
  auto unlucky = remote.read({14});
  REQUIRE(unlucky->next());
  CHECK_FALSE(unlucky->next());
}

TEST_CASE("a peer that is absent or speaks otherwise is unavailable") {
  const auto answering = [](Result<HttpResponse> reply) {
    return RemoteStore([reply](const HttpRequest&) { return reply; }).search({"s", {}, {}}).error();
  };
  CHECK(answering(Error{Code::unavailable, "connection refused"}).detail == "connection refused");
  CHECK(answering(HttpResponse{502, {}, "<html>"}).code == Code::unavailable);
  CHECK(answering(HttpResponse{404, {}, R"({"detail":"other"})"}).code == Code::unavailable);
  CHECK(answering(HttpResponse{200, {}, "{}"}).code == Code::unavailable);
  CHECK(answering(HttpResponse{200, {}, "{"}).code == Code::unavailable);
}

TEST_CASE("members that a newer peer adds are ignored") {
  RemoteStore store([](const HttpRequest&) -> Result<HttpResponse> {
    return HttpResponse{200, {}, R"({"args":1,"more":2})"};
  });
  CHECK(store.call({"s", {}})->args.text == "1");
}

}  // namespace
}  // namespace kappa::rpc::sample
