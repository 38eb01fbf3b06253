// What goes with a call from process to process: its name, and all of its bytes.
#include "kappa/types.hpp"
#include "rpc/json.hpp"
#include "system/six_processes.hpp"

namespace kappa::test {
namespace {

const doctest::test_suite apart("six processes");

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("a request's name and trace are in the log of every process that it concerned" * apart) {
  const SixProcesses kappa;
  const ServerProcess& front = kappa.gateway();
  const std::string token = front.new_user("ada");
  front.create(token, "f", "def main(): print('hi')\n");
  const std::string trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
  const auto ask = [&](const std::string& verb, const std::string& target, const std::string& id) {
    rpc::HttpRequest request{verb,
                             target,
                             {{"Authorization", "Bearer " + token},
                              {"Content-Type", "application/json"},
                              {"X-Request-Id", id},
                              {"traceparent", "00-" + trace_id + "-00f067aa0ba902b7-01"}},
                             verb == "POST" ? "{}" : ""};
    const auto reply = front.transport()(request);
    REQUIRE(reply);
    CHECK(reply->status == 200);
  };
  ask("POST", "/functions/f/invoke", "the-call");
  ask("GET", "/functions/f/logs", "the-look");
  ask("GET", "/functions/f/code", "the-code");
  const std::map<std::string, std::vector<std::string>> concerned = {
      {"gateway", {"the-call", "the-look", "the-code"}},
      {"runner", {"the-call"}},
      {"data", {"the-call", "the-look", "the-code"}},
      {"fn_logs", {"the-call", "the-look"}},
      {"logs", {"the-look"}},
      {"fn_code", {"the-code"}},
  };
  for (const auto& [name, ids] : concerned) {
    for (const std::string& id : ids) {
      CAPTURE(name);
      CAPTURE(id);
      CHECK(eventually([&, &name = name] {  // a line is written behind its reply
        const std::string log = kappa.log_of(name);
        const auto at = log.find(id);
        return at != log.npos && contains(log.substr(at, log.find('\n', at) - at), trace_id);
      }));
    }
  }
}

TEST_CASE("what fits into one process fits between six: source, arguments, result, output" *
          apart) {
  const SixProcesses kappa;
  const ServerProcess& front = kappa.gateway();
  const std::string token = front.new_user("ada");
  const std::string code = "def main(*, s):\n  print('\\x01' * 900_000)\n  return s\n";
  front.create(token, "f", code + std::string(SourceRule::max_length - code.size(), '#'));
  const std::string text(5'900'000, 'x');
  const auto reply =
      front.send("POST", "/functions/f/invoke", R"({"s": ")" + text + R"("})", token);
  CHECK(reply.status == 200);
  CHECK(contains(reply.body, text));
  CHECK(contains(reply.body, R"("output_cut":false)"));
  const auto logs = front.send("GET", "/functions/f/logs", "", token);
  CHECK(logs.status == 200);
  CHECK(logs.body.size() > 900'000 * 6);
  const auto kept = front.send("GET", "/functions/f/code", "", token);
  CHECK(kept.body.size() > static_cast<std::size_t>(SourceRule::max_length));
  CHECK(front.send("POST", "/functions/f/invoke", std::string(20'000'000, ' '), token).status ==
        413);
}

}  // namespace
}  // namespace kappa::test
