// config/split/ as it is meant to be run: six processes, started in any order, each of which may go
// at any time.
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <thread>

#include "fn_logs/http.hpp"
#include "system/six_processes.hpp"

namespace kappa::test {
namespace {

const doctest::test_suite apart("six processes");

constexpr std::array<const char*, 6> backwards = {"gateway", "runner",  "logs",
                                                  "fn_logs", "fn_code", "data"};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// What a user does in a minute: creates, calls, reads and deletes. Fails the test when anything of
/// it fails.
void run_workflow(const ServerProcess& front, const std::string& token, const std::string& name) {
  front.create(token, name, "def main(*, n):\n  print('hi')\n  return n\n");
  const std::string path = "/functions/" + name;
  const auto reply =
      front.send("POST", path + "/invoke", R"({"n": 12345678901234567890123})", token);
  CAPTURE(reply.body);
  CHECK(reply.body.find(R"("output":12345678901234567890123)") != reply.body.npos);
  CHECK(front.send("GET", path + "/logs", "", token).body.find("hi\\\\n") != std::string::npos);
  CHECK(front.send("DELETE", path, "", token).status == 200);
  CHECK(front.send("GET", path, "", token).status == 404);
}

TEST_CASE("six processes, the gateway first and data last, are one Kappa" * apart) {
  const SixProcesses kappa({}, backwards);
  const ServerProcess& front = kappa.gateway();
  CHECK(front.send("GET", "/health").status == 200);
  const std::string token = front.new_user("ada");
  run_workflow(front, token, "f");
  CHECK(front.send("GET", "/bill", "", token).body == R"({"total":1,"fn":{"f":1}})");
  CHECK(front.send("POST", "/functions", R"({"name":"g","code":"x"})", token).status == 406);
  for (const std::string module : {"data", "fn_code", "fn_logs", "logs", "runner"}) {
    CAPTURE(module);
    const auto& stranger = kappa[module].transport();
    CHECK(stranger({"GET", "/condition"})->status == 401);
    CHECK(stranger({"GET", "/condition", {{"Authorization", "Bearer " + token}}})->status == 401);
    CHECK(stranger({"GET", "/openapi.json"})->status == 200);
  }
}

TEST_CASE("a call loses no line while fn_logs stands still" * apart) {
  const SixProcesses kappa;
  const ServerProcess& front = kappa.gateway();
  const std::string token = front.new_user("ada");
  front.create(token, "f",
               "import time\n"
               "def main():\n"
               "    for i in range(60):\n"
               "        print(f'line {i} ', flush=True)\n"
               "        time.sleep(0.01)\n");
  REQUIRE(::kill(kappa["fn_logs"].pid(), SIGSTOP) == 0);
  rpc::HttpResponse reply;
  std::jthread call([&] { reply = front.send("POST", "/functions/f/invoke", "{}", token); });
  CHECK(eventually([&] {
    return contains(front.send("GET", "/executions?verdict=ok", "", token).body, "exec_id");
  }));
  REQUIRE(::kill(kappa["fn_logs"].pid(), SIGCONT) == 0);
  call.join();
  CHECK(reply.status == 200);
  const auto lines = front.send("GET", "/functions/f/lines", "", token).body;
  for (int i = 0; i < 60; ++i) {
    const std::string line = "line " + std::to_string(i) + " ";
    CHECK(contains(lines, line));
    CHECK(lines.find(line) == lines.rfind(line));
  }
}

TEST_CASE("a function is deleted within seconds while its runner stands still" * apart) {
  const SixProcesses kappa;
  const ServerProcess& front = kappa.gateway();
  const std::string token = front.new_user("ada");
  front.create(token, "f", "def main(): pass\n");
  REQUIRE(::kill(kappa["runner"].pid(), SIGSTOP) == 0);
  std::atomic<int> status = 0;
  const std::jthread removal(
      [&] { status = static_cast<int>(front.send("DELETE", "/functions/f", "", token).status); });
  CHECK(eventually([&] { return status == 200; }, std::chrono::seconds(20)));
  REQUIRE(::kill(kappa["runner"].pid(), SIGCONT) == 0);
}

/// What a user is told of a module that is away: that it is, and never that they are at fault.
struct Away {
  const char* module;
  const char* verb;
  const char* target;
  const char* body;
};
constexpr std::array away = {
    Away{"data", "GET", "/bill", ""},
    Away{"data", "POST", "/functions/f/invoke", R"({"n": 1})"},
    Away{"data", "POST", "/login", R"({"username":"ada","password":"correct horse"})"},
    Away{"fn_code", "POST", "/functions", R"({"name":"new","code":"def main(): pass"})"},
    Away{"fn_code", "GET", "/functions/f/code", ""},
    Away{"fn_logs", "GET", "/functions/f/logs", ""},
    Away{"fn_logs", "GET", "/functions/f/lines", ""},
    Away{"logs", "GET", "/functions/f/logs", ""},
    Away{"logs", "GET", "/health", ""},
    Away{"runner", "POST", "/functions/f/invoke", R"({"n": 1})"},
    Away{"runner", "POST", "/functions", R"({"name":"new","code":"def main(): pass"})"},
    Away{"runner", "GET", "/health", ""},
};

TEST_CASE("a process that is killed is told by name, and all works at once when it is back" *
          apart) {
  SixProcesses kappa;
  const std::string token = kappa.gateway().new_user("ada");
  kappa.gateway().create(token, "f", "def main(*, n): return n\n");
  int calls = 0;
  for (const std::string name : SixProcesses::names) {
    CAPTURE(name);
    const auto call = [&] {
      const auto reply = kappa.gateway().send("POST", "/functions/f/invoke", R"({"n": 1})", token);
      CAPTURE(reply.body);
      CHECK(reply.status == 200);
      ++calls;
    };
    call();  // so that connections to it are kept
    kappa.kill(name);
    for (const Away& one : away) {
      if (name != one.module) continue;
      CAPTURE(one.target);
      const auto reply = kappa.gateway().send(one.verb, one.target, one.body, token);
      CAPTURE(reply.body);
      CHECK(reply.status == 503);
      CHECK(contains(reply.body, name + ".sock"));
    }
    kappa.start(name);
    call();
    run_workflow(kappa.gateway(), token, "g");
    ++calls;
    CHECK(kappa.gateway().send("GET", "/health").status == 200);
  }
  CHECK(contains(kappa.gateway().send("GET", "/bill", "", token).body,
                 R"({"total":)" + std::to_string(calls) + ","));
}

/// Calls from several threads until told to end, and what became of them.
class Load {
 public:
  Load(const rpc::Transport& front, const std::string& token) {
    for (int i = 0; i < 3; ++i)
      threads_.emplace_back([this, front, token](const std::stop_token& end) {
        while (!end.stop_requested()) ask(front, token);
      });
  }
  /// Waits until so many more calls have been answered well.
  bool goes_on() const {
    const int before = well_;
    return eventually([&] { return well_ > before + 30; });
  }
  void end() { threads_.clear(); }
  int run() const { return run_; }
  int failed() const { return failed_; }
  /// The first reply that tells of something else than a module that is away.
  const std::string& untrue() const { return untrue_; }

 private:
  void ask(const rpc::Transport& front, const std::string& token) {
    const bool runs = calls_++ % 2 == 0;
    rpc::HttpRequest request{runs ? "POST" : "GET",
                             runs ? "/functions/f/invoke" : "/functions/f/logs",
                             {{"Authorization", "Bearer " + token}},
                             runs ? "{}" : ""};
    if (runs) request.fields.push_back({"Content-Type", "application/json"});
    const auto reply = front(request);
    if (!reply || reply->status != 200) ++failed_;
    if (!reply) return;
    if (reply->status == 200) {
      ++well_;
      run_ += runs ? 1 : 0;
      return;
    }
    const std::scoped_lock lock(mutex_);
    const bool true_word = (reply->status == 503 && contains(reply->body, ".sock")) ||
                           (reply->status == 502 && contains(reply->body, "runner_lost"));
    if (!true_word && untrue_.empty()) untrue_ = std::to_string(reply->status) + " " + reply->body;
  }

  std::atomic<int> calls_ = 0, well_ = 0, run_ = 0, failed_ = 0;
  std::mutex mutex_;
  std::string untrue_;  // guarded by mutex_
  std::vector<std::jthread> threads_;
};

TEST_CASE("a call whose end the ledger's process did not live to see is recorded when it is back" *
          apart) {
  SixProcesses kappa;
  const ServerProcess& front = kappa.gateway();
  const std::string token = front.new_user("ada");
  front.create(token, "f", "import time\ndef main():\n  time.sleep(0.2)\n  return 'done'\n");
  const auto fn_logs = fn_logs::connect_fn_logs(kappa.reach("fn_logs"));
  rpc::HttpResponse reply;
  std::jthread call([&] { reply = front.send("POST", "/functions/f/invoke", "{}", token); });
  CHECK(eventually([&] {
    return contains(front.send("GET", "/executions?running=true", "", token).body, "exec_id");
  }));
  kappa.kill("data");
  // The function has ended once what it gave back is kept.
  CHECK(eventually([&] { return must(fn_logs->list_functions({})).functions.size() == 1; }));
  kappa.start("data");
  call.join();
  CHECK(contains(reply.body, R"("output":"done")"));
  CHECK(front.send("GET", "/bill", "", token).body == R"({"total":1,"fn":{"f":1}})");
  CHECK_FALSE(contains(front.send("GET", "/executions?running=true", "", token).body, "exec_id"));
}

TEST_CASE("under load each process is killed and comes back: nothing untrue, nothing doubled" *
          apart) {
  SixProcesses kappa;
  const std::string token = kappa.gateway().new_user("ada");
  kappa.gateway().create(token, "f", "import time\ndef main(): time.sleep(0.03)\n");
  Load load(kappa.gateway().transport(), token);
  for (const std::string name : SixProcesses::names) {
    CAPTURE(name);
    CHECK(load.goes_on());
    kappa.kill(name);
    kappa.start(name);
    CHECK(load.goes_on());
  }
  load.end();
  CHECK(load.untrue() == "");
  const auto running = [&] {
    return kappa.gateway().send("GET", "/executions?running=true", "", token).body;
  };
  CHECK(eventually([&] { return running() == R"({"executions":[]})"; }));
  CAPTURE(running());
  const auto count = [&](const std::string& what) {
    const std::string body =
        kappa.gateway().send("GET", "/executions?limit=1000&" + what, "", token).body;
    int found = 0;
    for (auto at = body.find("\"exec_id\""); at != body.npos; at = body.find("\"exec_id\"", at + 1))
      ++found;
    return found;
  };
  const int well = count("verdict=ok");
  CHECK(well >= load.run());
  CHECK(well <= load.run() + load.failed());
  const int billed = count("running=false") - count("verdict=runner_lost");
  CHECK(contains(kappa.gateway().send("GET", "/bill", "", token).body,
                 R"({"total":)" + std::to_string(billed) + ","));
}

TEST_CASE("tokens are rotated and retired under load, and no call fails" * apart) {
  const SixProcesses kappa;
  const ServerProcess& front = kappa.gateway();
  const std::string token = front.new_user("ada");
  front.create(token, "f", "def main(): return 1\n");
  Load load(front.transport(), token);
  for (const std::string module : {"data", "fn_code", "fn_logs", "logs", "runner"}) {
    for (const std::string step : {"rotate", "retire"}) {
      const std::string command = std::string(KAPPA_PROGRAM) + " token " + step + " '" +
                                  kappa.token_file(module).string() + "' > /dev/null";
      CHECK(std::system(command.c_str()) == 0);
      CHECK(load.goes_on());
    }
  }
  load.end();
  CHECK(load.untrue() == "");
  CHECK(load.failed() == 0);
  CHECK(front.send("GET", "/bill", "", token).body == R"({"total":)" + std::to_string(load.run()) +
                                                          R"(,"fn":{"f":)" +
                                                          std::to_string(load.run()) + "}}");
}

TEST_CASE("a token of another Kappa is told as what it is, never as the user's fault" * apart) {
  TempDir dir;
  const std::string foreign = (dir.path() / "token").string();
  std::ofstream(foreign) << std::string(64, 'f') << '\n';
  std::filesystem::permissions(foreign, std::filesystem::perms::owner_read);
  const auto with_foreign = [&](const std::string& name, const std::string& module) {
    return SixProcesses::Flags{{name, {"--modules." + module + ".token_file", foreign}}};
  };
  const auto is_told = [](const rpc::HttpResponse& reply) {
    CAPTURE(reply.body);
    CHECK(reply.status == 503);
    CHECK(contains(reply.body, "does not accept our token; copy its token file"));
  };
  const std::string ada = R"({"username":"ada","password":"correct horse"})";
  {
    const SixProcesses kappa(with_foreign("gateway", "data"));
    is_told(kappa.gateway().send("POST", "/signup", ada));
    is_told(kappa.gateway().send("POST", "/login", ada));
    is_told(kappa.gateway().send("GET", "/user/me", "", "kappa_" + std::string(43, 'x')));
  }
  {
    const SixProcesses kappa(with_foreign("runner", "fn_code"));
    const std::string token = kappa.gateway().new_user("ada");
    is_told(kappa.gateway().send("POST", "/functions", R"({"name":"f","code":"def main(): pass"})",
                                 token));
    CHECK(kappa.gateway().send("GET", "/user/me", "", token).status == 200);
  }
}

}  // namespace
}  // namespace kappa::test
