// A module's token, from the side that brings it and the side that wants it.
#include "rpc/service_token.hpp"

#include "support.hpp"

namespace kappa::rpc {
namespace {

/// A listener that wants `wanted`, and somebody who believes in `believed` until it looks.
struct Pair {
  std::string wanted = "new";
  std::string believed = "old";
  std::string in_file = "new";
  int asked = 0;
  int handled = 0;

  Result<HttpResponse> ask() {
    const auto guarded = require_token(
        [&](const HttpRequest& request) {
          ++handled;
          return HttpResponse{200, {}, request.body};
        },
        [&](std::string_view given) { return given == wanted; });
    const auto transport = with_token(
        [&, guarded](const HttpRequest& request) -> Result<HttpResponse> {
          ++asked;
          return guarded(request);
        },
        [&](Look look) { return look == Look::now ? believed = in_file : believed; }, "unix:/m");
    return transport({"POST", "/x", {}, "body"});
  }
};

TEST_CASE("who brings a token that was retired meanwhile looks again, and is served") {
  Pair pair;
  const auto reply = pair.ask();
  REQUIRE(reply);
  CHECK(reply->status == 200);
  CHECK(reply->body == "body");
  CHECK(pair.asked == 2);
  CHECK(pair.handled == 1);
  REQUIRE(pair.ask());
  CHECK(pair.asked == 3);
}

TEST_CASE("a token that is not accepted is not tried twice, and the error says what to do") {
  Pair pair;
  pair.in_file = "old";
  const auto reply = pair.ask();
  REQUIRE_FALSE(reply);
  CHECK(reply.error().code == Code::unavailable);
  CHECK(reply.error().detail.find("unix:/m does not accept our token; copy") != std::string::npos);
  CHECK(pair.asked == 1);
  CHECK(pair.handled == 0);
}

}  // namespace
}  // namespace kappa::rpc
