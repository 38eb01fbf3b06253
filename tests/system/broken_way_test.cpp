// A way to the runners that breaks, or answers what was not asked: nothing runs twice, and whoever
// called is told the truth.
#include <sys/socket.h>

#include <atomic>
#include <latch>
#include <thread>

#include "net/address.hpp"
#include "support.hpp"
#include "system/server_process.hpp"

namespace kappa::test {
namespace {

/// Listens where runners are thought to be, and answers each request with `reply` and the end of
/// the connection.
class BrokenWay {
 public:
  explicit BrokenWay(std::string reply)
      : reply_(std::move(reply)), listening_(must(net::listen_on("127.0.0.1:0"))) {
    accepting_ = std::thread([this] {
      for (;;) {
        const Fd fd(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!fd) return;
        answer(fd.get());
      }
    });
  }
  BrokenWay(const BrokenWay&) = delete;
  BrokenWay& operator=(const BrokenWay&) = delete;
  ~BrokenWay() {
    ::shutdown(listening_.get(), SHUT_RDWR);
    accepting_.join();
  }

  std::string address() const { return net::address_of(listening_.get()); }
  int calls() const { return calls_; }
  /// To be called once; requests wait for it.
  void begin_to_answer() { answers_.count_down(); }

 private:
  void answer(int fd) {
    std::string request;
    char bytes[4096];
    while (request.find("\r\n\r\n{") == std::string::npos) {
      const ssize_t got = ::recv(fd, bytes, sizeof bytes, 0);
      if (got <= 0) return;
      request.append(bytes, static_cast<std::size_t>(got));
    }
    calls_ += request.find("/invoke ") != std::string::npos ? 1 : 0;
    answers_.wait();
    ::send(fd, reply_.data(), reply_.size(), MSG_NOSIGNAL);
  }

  const std::string reply_;
  const Fd listening_;
  std::atomic<int> calls_ = 0;
  std::latch answers_{1};
  std::thread accepting_;
};

/// A server that exposes its modules, and another one that uses them, but for runners.
struct Broken {
  explicit Broken(const std::string& reply) : way(reply) {
    token = back->new_user("ada");
    back->create(token, "f", "def main(): return 1\n");
    std::filesystem::create_directory(dir.path() / "front");
    std::filesystem::copy(dir.path() / "back" / "tokens", dir.path() / "front" / "tokens");
    std::vector<std::string> use = {"--modules.runner.url", way.address()};
    for (const std::string module : {"data", "fn_code", "fn_logs", "logs"})
      use.insert(use.end(), {"--modules." + module + ".url", socket(module)});
    front = std::make_unique<ServerProcess>(dir.path() / "front", use);
  }
  std::string socket(const std::string& module) const {
    return "unix:" + (dir.path() / (module + ".sock")).string();
  }
  std::vector<std::string> exposed() const {
    std::vector<std::string> flags;
    for (const std::string module : {"data", "fn_code", "fn_logs", "logs", "runner"})
      flags.insert(flags.end(), {"--modules." + module + ".expose", socket(module)});
    return flags;
  }
  bool found(const std::string& target, const std::string& text) const {
    return front->send("GET", target, "", token).body.find(text) != std::string::npos;
  }

  TempDir dir;
  BrokenWay way;
  std::unique_ptr<ServerProcess> back =
      std::make_unique<ServerProcess>(dir.path() / "back", exposed());
  std::unique_ptr<ServerProcess> front;
  std::string token;
};

TEST_CASE("a call that no runner answers is tried three times, and then told not to have run") {
  const std::string other_call =
      R"({"exec_id":"01a20da6-2315-7144-adbc-49949366947d","verdict":"ok","output":2,"detail":"",)"
      R"("traceback":"","limits":{"timeout_ms":1,"cpu_ms":1,"memory_mb":1,"processes":1,)"
      R"("open_files":1,"file_mb":1,"scratch_mb":1,"output_bytes":1,"result_bytes":1},)"
      R"("started_at":"2026-11-24T11:00:16.123476+00:00","queued_us":1,"start_us":1,"wall_us":1,)"
      R"("cpu_us":1,"peak_memory_kb":1,"output_cut":false})";
  for (const std::string& reply :
       {std::string(), std::string("HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{\"exec_id\":"),
        std::string("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ") +
            std::to_string(other_call.size()) + "\r\n\r\n" + other_call}) {
    CAPTURE(reply);
    Broken at(reply);
    at.way.begin_to_answer();
    const auto answer = at.front->send("POST", "/functions/f/invoke", "{}", at.token);
    CAPTURE(answer.body);
    CHECK(answer.status == 503);
    CHECK(answer.body.find("nothing was run") != std::string::npos);
    CHECK(at.way.calls() == 3);
    CHECK(at.found("/executions", "no runner began it; nothing was run"));
    CHECK(at.found("/bill", R"({"total":0,)"));
  }
}

TEST_CASE("when neither a runner nor the ledger can say what became of a call, it is a loss") {
  Broken at("");
  rpc::HttpResponse answer;
  std::jthread call(
      [&] { answer = at.front->send("POST", "/functions/f/invoke", "{}", at.token); });
  CHECK(eventually([&] { return at.way.calls() == 1; }));
  at.back->kill();
  const auto begin = std::chrono::steady_clock::now();
  at.way.begin_to_answer();
  call.join();
  CAPTURE(answer.body);
  CHECK(answer.status == 502);
  CHECK(answer.body.find(R"("verdict":"runner_lost")") != std::string::npos);
  CHECK(answer.body.find("the ledger cannot say") != std::string::npos);
  CHECK(at.way.calls() == 1);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(25));
}

}  // namespace
}  // namespace kappa::test
