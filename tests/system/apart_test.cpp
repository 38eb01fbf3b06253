// Modules apart: one program exposes them, another uses them in place of its own.
#include <sys/stat.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "net/address.hpp"
#include "net/client.hpp"
#include "store/database.hpp"
#include "support.hpp"
#include "system/server_process.hpp"

namespace kappa::test {
namespace {

TEST_CASE("the workflow runs with every module in another process, behind its token") {
  TempDir dir;
  std::vector<std::string> expose, use;
  for (const std::string module : {"data", "fn_code", "fn_logs", "logs", "runner"}) {
    const std::string socket = "unix:" + (dir.path() / (module + ".sock")).string();
    expose.insert(expose.end(), {"--modules." + module + ".expose", socket});
    use.insert(use.end(), {"--modules." + module + ".url", socket});
  }
  const ServerProcess back(dir.path() / "back", expose);
  std::filesystem::create_directory(dir.path() / "front");
  std::filesystem::copy(dir.path() / "back" / "tokens", dir.path() / "front" / "tokens");
  const ServerProcess front(dir.path() / "front", use);
  CHECK_FALSE(std::filesystem::exists(dir.path() / "front" / "data.db"));

  const std::string token = front.new_user("ada");
  front.create(token, "f", "def main(*, n):\n  print('hi')\n  return n\n");
  const auto reply =
      front.send("POST", "/functions/f/invoke", R"({"n": 12345678901234567890123})", token);
  CHECK(reply.body.find(R"("output":12345678901234567890123)") != reply.body.npos);
  // As deep as a user's request may be, also where it is inside a request of ours.
  const std::string deep = std::string(31, '[') + std::string(31, ']');
  CHECK(front.send("POST", "/functions/f/invoke", R"({"n": )" + deep + "}", token)
            .body.find(R"("output":)" + deep) != std::string::npos);
  CHECK(front.send("GET", "/functions/f/logs", "", token).body.find("hi\\\\n") !=
        std::string::npos);
  CHECK(front.send("GET", "/bill", "", token).body == R"({"total":2,"fn":{"f":2}})");
  CHECK(back.send("GET", "/bill", "", token).body ==
        R"({"total":2,"fn":{"f":2}})");  // the same data
  CHECK(front.send("POST", "/functions", R"({"name":"g","code":"x"})", token).status == 406);
  CHECK(front.send("DELETE", "/functions/f", "", token).status == 200);

  const std::string socket = "unix:" + (dir.path() / "data.sock").string();
  const auto stranger = net::connect(socket, {});
  CHECK(stranger({"GET", "/users/1/bill"})->status == 401);
  CHECK(stranger({"GET", "/users/1/bill", {{"Authorization", "Bearer " + token}}})->status == 401);
  CHECK(stranger({"GET", "/openapi.json"})->status == 200);
}

TEST_CASE("a part that is away is 503, and all is well when it is back") {
  TempDir dir;
  const std::string socket = "unix:" + (dir.path() / "logs.sock").string();
  auto back = std::make_unique<ServerProcess>(
      dir.path() / "back", std::vector<std::string>{"--modules.fn_logs.expose", socket});
  std::filesystem::create_directory(dir.path() / "front");
  std::filesystem::copy(dir.path() / "back" / "tokens", dir.path() / "front" / "tokens");
  const ServerProcess front(dir.path() / "front", {"--modules.fn_logs.url", socket});
  const std::string token = front.new_user("ada");
  front.create(token, "f", "def main(): print('hi')\n");
  back.reset();
  CHECK(front.send("GET", "/functions/f/logs", "", token).status == 503);
  CHECK(front.send("GET", "/user/me", "", token).status == 200);
  back = std::make_unique<ServerProcess>(
      dir.path() / "back", std::vector<std::string>{"--modules.fn_logs.expose", socket});
  CHECK(front.send("GET", "/functions/f/logs", "", token).status == 200);
}

TEST_CASE("a call is not held up while the logs' process stands still, and loses no line by it") {
  TempDir dir;
  const std::string socket = "unix:" + (dir.path() / "logs.sock").string();
  const ServerProcess back(dir.path() / "back", {"--modules.fn_logs.expose", socket});
  std::filesystem::create_directory(dir.path() / "front");
  std::filesystem::copy(dir.path() / "back" / "tokens", dir.path() / "front" / "tokens");
  const ServerProcess front(dir.path() / "front", {"--modules.fn_logs.url", socket});
  const std::string token = front.new_user("ada");
  front.create(token, "f",
               "import time\n"
               "def main():\n"
               "    for i in range(60):\n"
               "        print(f'line {i} ', flush=True)\n"
               "        time.sleep(0.01)\n");
  REQUIRE(::kill(back.pid(), SIGSTOP) == 0);
  rpc::HttpResponse reply;
  std::jthread call([&] { reply = front.send("POST", "/functions/f/invoke", "{}", token); });
  const auto ended = [&] {
    return front.send("GET", "/executions?verdict=ok", "", token).body.find("exec_id") !=
           std::string::npos;
  };
  CHECK(eventually(ended));
  REQUIRE(::kill(back.pid(), SIGCONT) == 0);
  call.join();
  CHECK(reply.status == 200);
  CHECK(reply.body.find(R"("output_cut":false)") != std::string::npos);
  const auto lines = front.send("GET", "/functions/f/lines", "", token).body;
  for (int i = 0; i < 60; ++i) {
    const std::string line = "line " + std::to_string(i) + " ";
    CHECK(lines.find(line) != std::string::npos);
    CHECK(lines.find(line) == lines.rfind(line));
  }
}

TEST_CASE("a module reads no body of a request without its token") {
  TempDir dir;
  const std::string socket = "unix:" + (dir.path() / "data.sock").string();
  const ServerProcess back(dir.path() / "back", {"--modules.data.expose", socket});
  for (const std::string target : {"/executions", "/health", "/docs"}) {
    CAPTURE(target);
    auto stranger = must(net::connect_to(must(net::parse_address(socket)), net::after(2000)));
    const std::string head =
        "POST " + target + " HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n";
    REQUIRE(stranger.write_all(head, net::after(2000)) == net::Io::ok);
    char reply[16] = {};
    std::size_t got = 0;
    REQUIRE(stranger.read_some(reply, 12, got, net::after(10'000)) == net::Io::ok);
    CHECK(std::string_view(reply, got) == "HTTP/1.1 401");
  }
}

TEST_CASE("a runner is not ready while a module refuses its token, nor is Kappa without a runner") {
  TempDir dir;
  const auto socket = [&](const std::string& module) {
    return "unix:" + (dir.path() / (module + ".sock")).string();
  };
  std::vector<std::string> expose = {"--modules.runner.url", socket("runner")};
  std::vector<std::string> use = {"--role", "runner", "--data", (dir.path() / "runner").string()};
  for (const std::string module : {"data", "fn_code", "fn_logs"}) {
    expose.insert(expose.end(), {"--modules." + module + ".expose", socket(module)});
    use.insert(use.end(), {"--modules." + module + ".url", socket(module)});
  }
  use.insert(use.end(), {"--modules.runner.expose", socket("runner")});
  const ServerProcess control(dir.path() / "control", expose);
  const auto alone = control.send("GET", "/health");
  CHECK(alone.status == 503);
  CHECK(alone.body.find("no runner answers: ") != std::string::npos);

  const auto tokens = dir.path() / "runner" / "tokens";
  std::filesystem::create_directory(dir.path() / "runner");
  std::filesystem::copy(dir.path() / "control" / "tokens", tokens);
  std::ofstream(tokens / "fn_code") << std::string(64, 'a') << '\n';
  const ServerProcess runner(use, dir.path(), dir.path() / "runner.log");
  const auto health = [&] { return must(net::connect(socket("runner"), {})({"GET", "/health"})); };
  CHECK(health().status == 503);
  CHECK(health().body.find("token") != std::string::npos);
  CHECK(control.send("GET", "/health").status == 503);
  std::filesystem::copy(dir.path() / "control" / "tokens" / "fn_code", tokens / "fn_code",
                        std::filesystem::copy_options::overwrite_existing);
  CHECK(eventually([&] { return health().status == 200; }));
  CHECK(eventually([&] { return control.send("GET", "/health").status == 200; }));

  const std::string token = control.new_user("ada");
  control.create(token, "f", "def main(): pass\n");
  CHECK(control.send("POST", "/functions/f/invoke", "{}", token).status == 200);
  {  // A balancer that took it for dead because of this would end what runs.
    auto other = must(store::Database::open(dir.path() / "control" / "data.db"));
    REQUIRE(other.run("BEGIN IMMEDIATE"));
    CHECK(eventually([&] {
      const auto refused = control.send("POST", "/functions/f/invoke", "{}", token);
      CHECK(health().status == 200);
      return refused.status == 503;
    }));
    CHECK(health().status == 200);
  }
  CHECK(eventually(
      [&] { return control.send("POST", "/functions/f/invoke", "{}", token).status == 200; }));
  // Later it is found out by a call: by one that ends, which waits for a token that is taken.
  control.create(token, "slow", "import time\ndef main(): time.sleep(3)\n");
  const auto at_data = dir.path() / "control" / "tokens" / "data";
  rpc::HttpResponse reply;
  {
    const std::jthread call(
        [&] { reply = control.send("POST", "/functions/slow/invoke", "{}", token); });
    CHECK(eventually([&] {
      return control.send("GET", "/executions", "", token).body.find(R"("running")") !=
             std::string::npos;
    }));
    std::ofstream(at_data) << std::string(64, 'b') << '\n';
    CHECK(eventually([&] { return health().status == 503; }));
    std::filesystem::copy(tokens / "data", at_data,
                          std::filesystem::copy_options::overwrite_existing);
  }
  CHECK(reply.status == 200);
  CHECK(reply.body.find(R"("verdict":"ok")") != std::string::npos);
  CHECK(eventually([&] { return health().status == 200; }));
  // And by one that begins.
  std::ofstream(at_data) << std::string(64, 'b') << '\n';
  CHECK(eventually([&] {
    (void)control.send("POST", "/functions/f/invoke", "{}", token);
    return health().status == 503;
  }));
}

/// What a server says that does not start.
std::string refusal(const std::string& flags) {
  const std::string command =
      std::string(KAPPA_PROGRAM) + " serve --related.enabled false " + flags + " 2>&1 < /dev/null";
  FILE* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string shown;
  char bytes[1024];
  for (std::size_t got = 0; (got = std::fread(bytes, 1, sizeof bytes, pipe)) > 0;)
    shown.append(bytes, got);
  CHECK(::pclose(pipe) != 0);
  return shown;
}

TEST_CASE("a module is not exposed beyond this machine") {
  TempDir dir;
  CHECK(refusal("--listen 127.0.0.1:0 --modules.data.expose 0.0.0.0:0 --data '" +
                (dir.path() / "data").string() + "'")
            .find("cannot be exposed at 0.0.0.0:0") != std::string::npos);
}

TEST_CASE("a server that cannot listen leaves the runner that serves there alone") {
  TempDir dir;
  std::vector<std::string> expose;
  std::string use = "--data '" + (dir.path() / "second").string() + "'";
  for (const std::string module : {"data", "fn_code", "fn_logs"}) {
    const std::string socket = "unix:" + (dir.path() / (module + ".sock")).string();
    expose.insert(expose.end(), {"--modules." + module + ".expose", socket});
    use += " --modules." + module + ".url '" + socket + "'";
  }
  const ServerProcess server(dir.path() / "first", expose);
  std::filesystem::create_directory(dir.path() / "second");
  std::filesystem::copy(dir.path() / "first" / "tokens", dir.path() / "second" / "tokens");
  const std::string token = server.new_user("ada");
  server.create(token, "f", "import time\ndef main(): time.sleep(1.5)\n");
  rpc::HttpResponse reply;
  std::jthread call([&] { reply = server.send("POST", "/functions/f/invoke", "{}", token); });
  CHECK(eventually([&] {
    return server.send("GET", "/executions", "", token).body.find("exec_id") != std::string::npos;
  }));
  const std::string address = server.address().substr(std::string("http://").size());
  CHECK(refusal("--listen " + address + " " + use).find(address) != std::string::npos);
  call.join();
  CHECK(reply.status == 200);
}

}  // namespace
}  // namespace kappa::test
