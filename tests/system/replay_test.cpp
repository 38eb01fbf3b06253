// Inputs and results outlive the server, and are seen nowhere but where they are asked for.
#include <fstream>

#include "rpc/json.hpp"
#include "support.hpp"
#include "system/server_process.hpp"

namespace kappa::test {
namespace {

/// A text member of a reply's object.
std::string member_of(const rpc::HttpResponse& reply, const std::string& name) {
  for (rpc::JsonCursor member{rpc::JsonView(reply.body)}; member.next();) {
    if (member.key() == name)
      return member.value().kind() == rpc::JsonKind::string ? member.value().string()
                                                            : std::string(member.value().text());
  }
  return "";
}

constexpr auto doubles =
    "def main(*, n, secret=''):\n  return {'twice': 2 * n, 'secret': secret}\n";

TEST_CASE("an execution is replayed after a kill -9 and a restart") {
  TempDir dir;
  std::string token;
  std::string exec_id;
  {
    ServerProcess server(dir.path() / "data");
    token = server.new_user("ada");
    server.create(token, "f", doubles);
    exec_id =
        member_of(server.send("POST", "/functions/f/invoke", R"({"n": 21})", token), "exec_id");
    // Whoever has seen it can rely on it.
    CHECK(server.send("GET", "/executions/" + exec_id + "/output", "", token).status == 200);
    server.kill();
  }
  ServerProcess server(dir.path() / "data");
  CHECK(server.send("GET", "/executions/" + exec_id + "/input", "", token).body == R"({"n": 21})");
  const auto replayed = server.send("POST", "/executions/" + exec_id + "/replay", "{}", token);
  CHECK(replayed.status == 200);
  CHECK(member_of(replayed, "same") == "true");
  CHECK(member_of(replayed, "replay_of") == exec_id);
  CHECK(member_of(replayed, "output") == R"({"twice": 42, "secret": ""})");
}

TEST_CASE("what a call was given and gave back is in no line of the server's log") {
  TempDir dir;
  const std::string canary = "canary-7f3e";
  {
    ServerProcess server(dir.path() / "data",
                         {"--log_level", "debug", "--http.access_log", "true"});
    const std::string token = server.new_user("ada");
    server.create(token, "f", doubles);
    const std::string args = R"({"n": 1, "secret": ")" + canary + R"("})";
    const std::string exec_id =
        member_of(server.send("POST", "/functions/f/invoke", args, token), "exec_id");
    CHECK(server.send("GET", "/executions/" + exec_id + "/input", "", token).body == args);
    for (const char* what : {"/output", "", "/nothing"})
      server.send("GET", "/executions/" + exec_id + what, "", token);
    CHECK(server.send("POST", "/executions/" + exec_id + "/replay", "{}", token).status == 200);
    CHECK(server.stop() == 0);
  }
  std::ifstream in(dir.path() / "data.log");
  const std::string log{std::istreambuf_iterator<char>(in), {}};
  CHECK(log.find("/replay") != std::string::npos);
  CHECK(log.find(canary) == std::string::npos);
}

}  // namespace
}  // namespace kappa::test
