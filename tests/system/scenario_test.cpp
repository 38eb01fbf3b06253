// The gateway's contract as text: each tests/system/scenarios/*.api is replayed over HTTP against
// the real program.
//
//   > POST /login/                      a request; more "> " lines are header fields, then the body
//   > {"username": "ada", ...}
//   < 200                               what must come back: status, header fields, body
//   < {"access_token": "$ada", ...}
//
// In an expected body "$name" takes the value the first time and must equal it later; "$_" is any
// value; a member
// "...": 0 lets the object have more members. In requests $name is replaced. "as $ada" adds that
// user's token.
#include <boost/json.hpp>
#include <fstream>
#include <map>

#include "system/six_processes.hpp"

namespace kappa::test {
namespace {

namespace json = boost::json;
using Captured = std::map<std::string, json::value>;

struct Exchange {
  int line = 0;
  std::string method, target, body;
  std::vector<rpc::HttpField> fields;
  unsigned status = 0;
  std::vector<rpc::HttpField> expected_fields;
  std::string expected_body;
};

std::string text_of(const json::value& value) {
  return value.is_string() ? std::string(value.as_string()) : json::serialize(value);
}

std::string substitute(std::string text, const Captured& captured) {
  for (const auto& [name, value] : captured) {
    for (std::size_t at; (at = text.find("$" + name)) != text.npos;)
      text.replace(at, name.size() + 1, text_of(value));
  }
  return text;
}

bool matches(const json::value& expected, const json::value& got, Captured& captured) {
  if (expected.is_string() && expected.as_string().starts_with("$")) {
    const std::string name(expected.as_string().c_str() + 1);
    if (name == "_") return true;
    return captured.emplace(name, got).first->second == got;
  }
  if (expected.kind() != got.kind())
    return expected.is_number() && got.is_number() &&
           expected.to_number<double>() == got.to_number<double>();
  if (const auto* object = expected.if_object()) {
    for (const auto& [key, value] : *object) {
      if (key == "...") continue;
      const auto* there = got.as_object().if_contains(key);
      if (there == nullptr || !matches(value, *there, captured)) return false;
    }
    return object->contains("...") || object->size() == got.as_object().size();
  }
  if (const auto* array = expected.if_array()) {
    if (array->size() != got.as_array().size()) return false;
    for (std::size_t i = 0; i < array->size(); ++i) {
      if (!matches((*array)[i], got.as_array()[i], captured)) return false;
    }
    return true;
  }
  return expected == got;
}

/// "Name: value", when the line is a header field.
std::optional<rpc::HttpField> field_in(const std::string& line) {
  const std::size_t colon = line.find(": ");
  if (colon == line.npos || line.find_first_of("{[\" ") < colon) return std::nullopt;
  return rpc::HttpField{line.substr(0, colon), line.substr(colon + 2)};
}

void add_request_line(Exchange& exchange, const std::string& line) {
  if (exchange.method.empty()) {
    const std::size_t space = line.find(' ');
    exchange.method = line.substr(0, space);
    exchange.target = line.substr(space + 1);
  } else if (line.starts_with("as ")) {
    exchange.fields.push_back({"Authorization", "Bearer " + line.substr(3)});
  } else if (auto field = field_in(line); field && exchange.body.empty()) {
    exchange.fields.push_back(*std::move(field));
  } else {
    exchange.body += line + "\n";
  }
}

void add_reply_line(Exchange& exchange, const std::string& line) {
  if (exchange.status == 0) {
    exchange.status = static_cast<unsigned>(std::stoul(line));
  } else if (auto field = field_in(line); field && exchange.expected_body.empty()) {
    exchange.expected_fields.push_back(*std::move(field));
  } else {
    exchange.expected_body += line + "\n";
  }
}

std::vector<Exchange> read_scenario(const std::filesystem::path& path) {
  std::vector<Exchange> exchanges;
  std::ifstream in(path);
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.starts_with("> ") && (exchanges.empty() || exchanges.back().status != 0))
      exchanges.emplace_back().line = number;
    if (line.starts_with("> ")) add_request_line(exchanges.back(), line.substr(2));
    if (line.starts_with("< ")) add_reply_line(exchanges.back(), line.substr(2));
  }
  return exchanges;
}

void replay(const Exchange& exchange, const rpc::Transport& send, Captured& captured) {
  CAPTURE(exchange.line);
  rpc::HttpRequest request{exchange.method,
                           substitute(exchange.target, captured),
                           {},
                           substitute(exchange.body, captured)};
  for (const auto& field : exchange.fields)
    request.fields.push_back({field.name, substitute(field.value, captured)});
  const auto reply = send(request);
  REQUIRE(reply);
  CAPTURE(reply->body);
  CHECK(reply->status == exchange.status);
  for (const auto& field : exchange.expected_fields)
    CHECK(rpc::field_of(reply->fields, field.name) == field.value);
  if (exchange.expected_body.empty()) return;
  boost::system::error_code ec;
  const json::value got = json::parse(reply->body, ec);
  REQUIRE_FALSE(ec);
  CHECK(matches(json::parse(substitute(exchange.expected_body, captured)), got, captured));
}

/// Replays each against a server of its own, which `begin` starts and whose transport `send` has.
template <class Begin, class Send>
void replay_all(Begin begin, Send send) {
  int scenarios = 0;
  for (const auto& entry : std::filesystem::directory_iterator(KAPPA_SCENARIOS)) {
    if (entry.path().extension() != ".api") continue;
    ++scenarios;
    SUBCASE(entry.path().filename().c_str()) {
      const auto exchanges = read_scenario(entry.path());
      REQUIRE(exchanges.size() > 1);
      TempDir dir;
      const auto server = begin(dir.path());
      Captured captured;
      for (const Exchange& exchange : exchanges) replay(exchange, send(*server), captured);
    }
  }
  CHECK(scenarios >= 6);
}

const std::vector<std::string> times = {"--runner.timeout_ms", "2000", "--runner.load_timeout_ms",
                                        "2000"};

TEST_CASE("the gateway keeps its contract, scenario by scenario") {
  replay_all(
      [](const std::filesystem::path& dir) {
        return std::make_unique<ServerProcess>(dir / "data", times);
      },
      [](const ServerProcess& server) { return server.transport(); });
}

TEST_CASE("six processes keep it to the word" * doctest::test_suite("six processes")) {
  replay_all(
      [](const std::filesystem::path&) {
        return std::make_unique<SixProcesses>(
            SixProcesses::Flags{{"runner", times}, {"gateway", times}});
      },
      [](const SixProcesses& kappa) { return kappa.gateway().transport(); });
}

}  // namespace
}  // namespace kappa::test
