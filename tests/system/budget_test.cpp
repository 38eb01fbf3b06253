// A budget holds on a real server: eight callers at once, and a server killed at the cap.
#include <algorithm>
#include <atomic>
#include <memory>
#include <numeric>
#include <thread>
#include <vector>

#include "kappa/gateway.hpp"
#include "rpc/record.hpp"
#include "support.hpp"
#include "system/server_process.hpp"

namespace kappa::test {
namespace {

/// What eight callers were answered, who asked until each was told that the budget is used up.
struct Answers {
  std::atomic<int> ran{0};
  std::atomic<int> told_to_wait{0};
  std::atomic<int> others{0};
};

void call_until_refused(const ServerProcess& server, const std::string& token, Answers& answers) {
  constexpr int callers = 8;
  constexpr int most = 100'000;  // that a caller asks; a budget that holds ends it long before
  std::vector<std::jthread> threads;
  for (int i = 0; i < callers; ++i) {
    threads.emplace_back([&] {
      for (int asked = 0; asked < most; ++asked) {
        const auto reply = server.transport()(
            {"POST",
             "/functions/f/invoke",
             {{"Content-Type", "application/json"}, {"Authorization", "Bearer " + token}},
             "{}"});
        const unsigned status = reply ? reply->status : 0;
        if (status == 402) return;
        ++(status == 200 ? answers.ran : status == 429 ? answers.told_to_wait : answers.others);
      }
      ++answers.others;
    });
  }
}

template <class Reply>
Reply reply_of(const rpc::HttpResponse& response) {
  CAPTURE(response.body);
  REQUIRE(response.status == 200);
  Reply reply;
  std::vector<Fault> faults;
  rpc::Reading reading{faults};
  rpc::read_json(response.body, reply, reading);
  REQUIRE(faults.empty());
  return reply;
}

TEST_CASE(
    "of calls that cost the same, eight callers get as many as the budget pays, and no more") {
  TempDir dir;
  // The limits bound what a call may cost to 1, which is what it costs.
  const std::vector<std::string> prices = {"--bill.price_per_million_calls", "1000000",
                                           "--bill.currency", "EUR"};
  auto server = std::make_unique<ServerProcess>(dir.path() / "data", prices);
  const std::string token = server->new_user("ada");
  server->create(token, "f", "def main(): return 1");
  CHECK(server->send("PUT", "/budget", R"({"monthly_budget": 50})", token).status == 200);
  Answers answers;
  call_until_refused(*server, token, answers);
  CHECK(answers.ran == 50);
  CHECK(answers.others == 0);
  CHECK(server->send("GET", "/bill", "", token).body == R"({"total":50,"fn":{"f":50}})");

  server->kill();
  server = std::make_unique<ServerProcess>(dir.path() / "data", prices);
  const auto first = server->send("POST", "/functions/f/invoke", "{}", token);
  CHECK(first.status == 402);
  CHECK(first.body.find("the monthly budget of 50 EUR is used up") != std::string::npos);
  CHECK(first.body.find(R"("code":"over_budget")") != std::string::npos);
  CHECK(reply_of<Budget>(server->send("GET", "/budget", "", token)).spent == Money{50'000'000});
}

TEST_CASE("of calls that may cost much more than they do, none begins once the budget is used up") {
  TempDir dir;
  const ServerProcess server(dir.path() / "data", {"--bill.price_per_gb_second", "1000"});
  const std::string token = server.new_user("ada");
  server.create(token, "f", "import time\ndef main(): time.sleep(0.003)");
  CHECK(server.send("PUT", "/budget", R"({"monthly_budget": 20})", token).status == 200);
  Answers answers;
  call_until_refused(server, token, answers);
  CHECK(answers.others == 0);
  CHECK(answers.told_to_wait > 0);  // each may cost 7500

  auto page = reply_of<gateway::ExecutionPage>(
      server.send("GET", "/executions?verdict=ok&limit=1000", "", token));
  CHECK(std::ssize(page.executions) == answers.ran);
  const auto cost = [](const gateway::Execution& execution) {
    return execution.wall_ms * static_cast<double>(execution.limits.memory_mb) / 1024;
  };
  const double spent =
      std::accumulate(page.executions.begin(), page.executions.end(), 0.0,
                      [&](double sum, const auto& execution) { return sum + cost(execution); });
  CAPTURE(spent);
  CHECK(spent >= 20);
  const auto last = std::max_element(
      page.executions.begin(), page.executions.end(),
      [](const auto& left, const auto& right) { return left.ended_at < right.ended_at; });
  CHECK(spent - cost(*last) < 20);  // without the last it was not used up
}

}  // namespace
}  // namespace kappa::test
