// The real program as its users find it: under load, stopped, killed.
#include <signal.h>

#include <atomic>
#include <boost/json.hpp>
#include <thread>

#include "base/read_file.hpp"
#include "rpc/json.hpp"
#include "runner/processes.hpp"
#include "support.hpp"
#include "system/server_process.hpp"

namespace kappa::test {
namespace {

namespace json = boost::json;

constexpr auto counter =
    "n = 0\ndef main(*, tag):\n    global n\n    n += 1\n    print(tag)\n    return [n, tag]\n";

TEST_CASE("a thousand calls in a row each find the module as it was made") {
  TempDir dir;
  const ServerProcess server(dir.path() / "data");
  const std::string token = server.new_user("ada");
  server.create(token, "counter", counter);
  for (int i = 0; i < 1000; ++i) {
    const std::string tag = "t" + std::to_string(i);
    const auto reply =
        server.send("POST", "/functions/counter/invoke", R"({"tag":")" + tag + R"("})", token);
    CAPTURE(reply.body);
    REQUIRE(reply.status == 200);
    REQUIRE(reply.body.find(R"("output":[1, ")" + tag + "\"]") != std::string::npos);
  }
  CHECK(json::parse(server.send("GET", "/bill/", "", token).body).at("total").as_int64() == 1000);
}

TEST_CASE("fifty calls at once keep their logs apart") {
  TempDir dir;
  const ServerProcess server(dir.path() / "data");
  const std::string token = server.new_user("ada");
  server.create(
      token, "noisy",
      "import sys\ndef main(*, tag):\n    for i in range(200):\n        print(f'{tag}:{i}')\n"
      "        print(f'{tag}!{i}', file=sys.stderr)\n    return tag\n");
  std::atomic<int> right = 0;
  const auto one = [&](int index) {
    const std::string tag = "tag" + std::to_string(index);
    const auto reply =
        server.send("POST", "/functions/noisy/invoke", R"({"tag":")" + tag + R"("})", token);
    if (reply.status != 200) return;
    const std::string exec_id(json::parse(reply.body).at("exec_id").as_string());
    const auto logs = server.send("GET", "/functions/exec/" + exec_id + "/logs/", "", token);
    const json::value parsed = json::parse(logs.body);
    const auto& lines = parsed.at("logs").as_array();
    std::string out, err;
    for (int i = 0; i < 200; ++i) {
      out += tag + ":" + std::to_string(i) + "\n";
      err += tag + "!" + std::to_string(i) + "\n";
    }
    const auto content = json::parse(lines.at(1).at("content").as_string());
    right +=
        content.at("stdout").as_string() == out && content.at("stderr").as_string() == err ? 1 : 0;
  };
  std::vector<std::thread> callers;
  for (int i = 0; i < 50; ++i) callers.emplace_back(one, i);
  for (auto& caller : callers) caller.join();
  CHECK(right == 50);
}

TEST_CASE("a call that the kernel ends for its CPU time, the server being late, is told so") {
  TempDir dir;
  const ServerProcess server(dir.path() / "data", {"--runner.cpu_ms", "100"});
  const std::string token = server.new_user("ada");
  server.create(token, "deaf",
                "import ctypes, signal, time\ndef main():\n"
                "    signal.signal(signal.SIGXCPU, signal.SIG_IGN)\n"
                "    ctypes.CDLL(None).prctl(15, b'kappa-deaf')\n    time.sleep(1)\n"
                "    while True: pass\n");
  std::string reply;
  std::thread caller(
      [&] { reply = server.send("POST", "/functions/deaf/invoke", "{}", token).body; });
  const auto runs = [] { return !runner::test::processes_named("kappa-deaf").empty(); };
  CHECK(eventually(runs));
  ::kill(server.pid(), SIGSTOP);
  CHECK(eventually([&] { return !runs(); }, std::chrono::seconds(25)));
  ::kill(server.pid(), SIGCONT);
  caller.join();
  CAPTURE(reply);
  const json::object told = json::parse(reply).as_object();
  CHECK(told.at("verdict").as_string() == "timeout");
  const std::string error(told.at("error").as_string());
  CHECK(error.starts_with("used "));
  CHECK(error.ends_with(" ms of CPU time; its limit cpu_ms is 100"));
  CHECK(told.at("cpu_ms").to_number<double>() > 2000);  // the kernel's limit, not the server's
}

TEST_CASE("SIGTERM lets calls under way finish, and ends with 0") {
  TempDir dir;
  ServerProcess server(dir.path() / "data");
  const std::string token = server.new_user("ada");
  server.create(
      token, "slow",
      "import time\ndef main():\n    print('on')\n    time.sleep(0.7)\n    return 'done'\n");
  std::atomic<int> done = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] {
      done += server.send("POST", "/functions/slow/invoke", "{}", token).status == 200 ? 1 : 0;
    });
  }
  CHECK(eventually([&] {  // all four have started
    const auto logs = server.send("GET", "/functions/slow/logs/", "", token).body;
    std::size_t started = 0;
    for (std::size_t at = 0; (at = logs.find("started", at)) != logs.npos; ++at) ++started;
    return started == 4;
  }));
  CHECK(server.stop() == 0);
  for (auto& caller : callers) caller.join();
  CHECK(done == 4);
}

/// A function that prints "on" and then sleeps, called until it has printed.
std::jthread begin_sleeping(const ServerProcess& server, const std::string& token, double seconds,
                            std::atomic<int>& status) {
  const std::string code =
      "import time\\ndef main():\\n print('on')\\n time.sleep(" + std::to_string(seconds) + ")\\n";
  REQUIRE(server
              .send("POST", "/functions",
                    R"({"name":"sleeper","settings":{"timeout_ms":60000},"code":")" + code + "\"}",
                    token)
              .status == 200);
  std::jthread call([&server, &status, token] {
    const auto reply = server.transport()(
        {"POST",
         "/functions/sleeper/invoke",
         {{"Authorization", "Bearer " + token}, {"Content-Type", "application/json"}},
         "{}"});
    status = reply ? reply->status : -1;
  });
  CHECK(eventually([&] {
    return server.send("GET", "/functions/sleeper/logs/", "", token).body.find("started") !=
           std::string::npos;
  }));
  return call;
}

TEST_CASE("a call that may take longer than others is waited for as long") {
  TempDir dir;
  ServerProcess server(dir.path() / "data", {"--runner.timeout_ms", "300"});
  std::atomic<int> status = 0;
  const auto call = begin_sleeping(server, server.new_user("ada"), 4, status);
  CHECK(server.stop() == 0);
  CHECK(eventually([&] { return status == 200; }));
}

TEST_CASE("a second SIGTERM ends what the first one waits for") {
  TempDir dir;
  ServerProcess server(dir.path() / "data");
  std::atomic<int> status = 0;
  const auto call = begin_sleeping(server, server.new_user("ada"), 50, status);
  ::kill(server.pid(), SIGTERM);
  const auto log = [&] { return must(read_file(dir.path() / "data.log")); };
  REQUIRE(eventually([&] { return log().find("draining") != std::string::npos; }));
  CHECK(server.stop() == 128 + SIGTERM);
  CHECK(eventually([&] { return status == -1; }));
}

TEST_CASE("what was acknowledged is there after kill -9, functions callable, lost calls told") {
  TempDir dir;
  const auto data = dir.path() / "data";
  std::string token, executed;
  {
    ServerProcess server(data);
    token = server.new_user("ada");
    server.create(token, "counter", counter);
    server.create(token, "hangs", "import time\ndef main():\n    time.sleep(20)\n");
    executed = server.send("POST", "/functions/counter/invoke", R"({"tag":"x"})", token).body;
    std::thread caller([&] {
      rpc::HttpRequest request{
          "POST", "/functions/hangs/invoke", {{"Authorization", "Bearer " + token}}, "{}"};
      CHECK_FALSE(server.transport()(request));
    });
    CHECK(eventually([&] {
      return server.send("GET", "/functions/hangs/logs/", "", token).body.find("started") !=
             std::string::npos;
    }));
    server.kill();
    caller.join();
  }
  const ServerProcess server(data);
  CHECK(server.send("POST", "/functions/counter/invoke", R"({"tag":"y"})", token).status == 200);
  const std::string exec_id(json::parse(executed).at("exec_id").as_string());
  CHECK(
      server.send("GET", "/functions/exec/" + exec_id + "/logs/", "", token).body.find("x\\\\n") !=
      std::string::npos);
  CHECK(server.send("GET", "/functions/hangs/logs/", "", token).body.find("runner_lost") !=
        std::string::npos);
  CHECK(json::parse(server.send("GET", "/bill/", "", token).body).at("total").as_int64() == 2);
}

TEST_CASE("killed again and again under load, it keeps every acknowledged function and execution") {
  constexpr int rounds = 10;
  TempDir dir;
  const auto data = dir.path() / "data";
  std::string token;
  std::vector<std::string> functions;
  std::atomic<int> acknowledged = 0;
  for (int round = 0; round < rounds; ++round) {
    ServerProcess server(data);
    if (round == 0) token = server.new_user("ada");
    const int before = acknowledged;
    std::thread load([&] {
      const std::vector<rpc::HttpField> as_ada = {{"Authorization", "Bearer " + token}};
      for (int i = 0;; ++i) {
        const std::string fn = "f" + std::to_string(round) + "-" + std::to_string(i);
        const std::string body =
            R"({"name":")" + fn + R"(","code":)" + rpc::json_string(counter) + "}";
        const auto made = server.transport()({"POST", "/functions", as_ada, body});
        if (!made) return;
        functions.push_back(fn);
        const auto run =
            server.transport()({"POST", "/functions/" + fn + "/invoke", as_ada, R"({"tag":1})"});
        if (!run) return;
        acknowledged += run->status == 200 ? 1 : 0;
      }
    });
    CHECK(eventually([&] { return acknowledged > before + round; }));
    server.kill();
    load.join();
  }
  const ServerProcess server(data);
  for (const std::string& fn : functions) {
    CHECK(server.send("POST", "/functions/" + fn + "/invoke", R"({"tag":1})", token).status == 200);
  }
  const auto total =
      json::parse(server.send("GET", "/bill/", "", token).body).at("total").as_int64();
  const auto expected = acknowledged + static_cast<std::int64_t>(functions.size());
  CHECK(total >= expected);
  CHECK(total <=
        expected + rounds);  // one a round may have been recorded before its reply was lost
}

}  // namespace
}  // namespace kappa::test
