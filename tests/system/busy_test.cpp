// More calls than a server takes, and callers that hang up, over real sockets.
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <thread>

#include "base/fd.hpp"
#include "rpc/http.hpp"
#include "support.hpp"
#include "system/server_process.hpp"

namespace kappa::test {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds now{0};
constexpr int waiting_calls = 4;  // of a user's, for each call that may run at a time

/// One user of a server that runs one call at a time, with a slow function and a quick one.
class Busy {
 public:
  Busy() : server_(dir_.path() / "data", limits), token_(server_.new_user("ada")) { create(); }
  /// The same with every module in another process.
  explicit Busy(const std::vector<std::string>& modules)
      : back_(std::in_place, dir_.path() / "back", flags("expose", modules, limits)),
        server_(with_token_of_back(dir_.path() / "front"), flags("url", modules, {})),
        token_(server_.new_user("ada")) {
    create();
  }

  rpc::HttpResponse get(const std::string& target) const {
    return server_.send("GET", target, "", token_);
  }
  rpc::HttpResponse call(const std::string& fn) const {
    return server_.send("POST", "/functions/" + fn + "/invoke", "{}", token_);
  }

  /// Asks for a call on a connection of its own, and does not wait for the reply.
  Fd begin(const std::string& fn) const {
    const std::string& address = server_.address();
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port =
        htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0);
    const std::string request =
        "POST /functions/" + fn + "/invoke HTTP/1.1\r\nHost: kappa\r\nAuthorization: Bearer " +
        token_ + "\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
    REQUIRE(::send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL) == std::ssize(request));
    return fd;
  }

  /// The status of a call's reply; 0 when none comes in that time.
  static int status_of(const Fd& call, std::chrono::milliseconds within) {
    pollfd ready{call.get(), POLLIN, 0};
    std::array<char, 12> head{};
    if (::poll(&ready, 1, static_cast<int>(within.count())) <= 0) return 0;
    if (::recv(call.get(), head.data(), head.size(), MSG_WAITALL) != std::ssize(head)) return 0;
    return std::stoi(std::string(head.data() + 9, 3));  // HTTP/1.1 429
  }

  /// A call of `slow` that runs, and as many as may wait for it.
  std::vector<Fd> fill() const {
    std::vector<Fd> calls;
    calls.push_back(begin("slow"));
    REQUIRE(eventually(
        [&] { return get("/functions/slow/logs/").body.find("started") != std::string::npos; }));
    for (int i = 0; i < waiting_calls + 1; ++i) calls.push_back(begin("slow"));
    // The one that is too many is told so; the others are in the queue then.
    REQUIRE(eventually([&] {
      return std::erase_if(calls, [](const Fd& call) { return status_of(call, now) == 429; }) == 1;
    }));
    return calls;
  }

 private:
  inline static const std::vector<std::string> limits = {"--runner.max_calls", "1",
                                                         "--runner.timeout_ms", "20000"};

  std::vector<std::string> flags(const std::string& what, const std::vector<std::string>& modules,
                                 std::vector<std::string> more) const {
    for (const auto& module : modules) {
      more.push_back("--modules." + module + "." + what);
      more.push_back("unix:" + (dir_.path() / (module + ".sock")).string());
    }
    return more;
  }
  std::filesystem::path with_token_of_back(const std::filesystem::path& folder) const {
    std::filesystem::create_directory(folder);
    std::filesystem::copy(dir_.path() / "back" / "tokens", folder / "tokens");
    return folder;
  }
  void create() const {
    server_.create(token_, "slow", "import time\ndef main(): time.sleep(19)");
    server_.create(token_, "quick", "def main(): return 1");
  }

  TempDir dir_;
  std::optional<ServerProcess> back_;
  ServerProcess server_;
  std::string token_;
};

TEST_CASE("a call that finds all slots and queues taken is told to come again, within 10 ms") {
  const Busy at;
  const auto calls = at.fill();
  std::vector<std::chrono::microseconds> took;
  for (int i = 0; i < 51; ++i) {
    const auto begin = steady_clock::now();
    const auto reply = at.call("quick");
    took.push_back(
        std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - begin));
    REQUIRE(reply.status == 429);
    CHECK(rpc::field_of(reply.fields, "Retry-After") == "1");
  }
  // Half of them: a busy machine gives some of them no processor for longer.
  std::nth_element(took.begin(), took.begin() + 25, took.end());
  CAPTURE(took[25].count());
  CHECK(took[25] < std::chrono::milliseconds(10));
}

TEST_CASE("a client that hangs up frees its place, the running call's and one in the queue") {
  const Busy at;
  auto calls = at.fill();
  while (calls.size() > 1) calls.pop_back();
  Fd next;
  REQUIRE(eventually([&] {  // there is room in the queue again
    next = at.begin("quick");
    return Busy::status_of(next, std::chrono::milliseconds(500)) == 0;
  }));
  calls.clear();
  CHECK(Busy::status_of(next, std::chrono::seconds(5)) == 200);
  CHECK(at.call("quick").status == 200);
  CHECK(at.get("/bill/").body.find("\"total\":3") != std::string::npos);
  const std::string logs = at.get("/functions/slow/logs/").body;
  CHECK(logs.find("whoever called it went away") != std::string::npos);
}

TEST_CASE("a client that hangs up frees its place also where the runner is another process") {
  const Busy at({"data", "fn_code", "fn_logs", "logs", "runner"});
  auto calls = at.fill();
  calls.clear();
  CHECK(eventually([&] { return at.call("quick").status == 200; }));
  CHECK(at.get("/functions/slow/logs/").body.find("whoever called it went away") !=
        std::string::npos);
}

}  // namespace
}  // namespace kappa::test
