// Modules' token files: who makes them, who refuses to, and what is told of those that do not fit.
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "certificates.hpp"
#include "net/client.hpp"
#include "system/server_process.hpp"

namespace kappa::test {
namespace {

using Words = std::vector<std::string>;

bool has(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

/// A runner of several machines: reached by others, with control's modules elsewhere.
struct FarRunner {
  TempDir dir;
  Authority authority;
  Pair pair = authority.sign("DNS:localhost");
  std::filesystem::path data = dir.path() / "data";
  std::filesystem::path token = data / "tokens" / "runner";

  Words words(const std::string& expose) const {
    const std::string away = "unix:" + (dir.path() / "away.sock").string();
    return {"--role",
            "runner",
            "--data",
            data.string(),
            "--tls.certificate",
            pair.certificate,
            "--tls.key",
            pair.key,
            "--modules.runner.expose",
            expose,
            "--modules.data.url",
            away,
            "--modules.fn_code.url",
            away,
            "--modules.fn_logs.url",
            away};
  }
  std::string said(const std::string& command, const std::string& expose) const {
    std::string line = "timeout 20 " KAPPA_PROGRAM " " + command;
    for (const std::string& word : words(expose)) line += " '" + word + "'";
    return printed_by(line + " </dev/null; echo exit code $?");
  }
  void put_token() const {
    std::filesystem::create_directories(token.parent_path());
    ::chmod(data.c_str(), 0700);
    std::ofstream(token) << std::string(64, 'a') << '\n';
    ::chmod(token.c_str(), 0600);
  }
};

TEST_CASE("a runner that other machines reach makes no token of its own") {
  const FarRunner runner;
  const std::string refused = runner.said("serve", "https://0.0.0.0:0");
  CHECK(has(refused, "modules.runner: token file '" + runner.token.string() +
                         "' is missing; all runners have the same one: copy it from control's "
                         "tokens/runner"));
  CHECK(has(refused, "exit code 1"));
  CHECK_FALSE(std::filesystem::exists(runner.token));
  CHECK(has(runner.said("config check", "https://0.0.0.0:0"), "all runners have the same one"));
  runner.put_token();
  CHECK(has(runner.said("config check", "https://0.0.0.0:0"), "The configuration fits"));
  ServerProcess serving(runner.words("https://0.0.0.0:0"), runner.dir.path(),
                        runner.dir.path() / "log", runner.authority.certificate());
  CHECK(has(serving.module_address("runner"), "https://"));
}

TEST_CASE("a runner that only its own machine reaches makes its token, at a port or a socket") {
  for (const std::string expose : {"127.0.0.1:0", "unix:"}) {
    CAPTURE(expose);
    const FarRunner runner;
    const std::string at =
        expose == "unix:" ? expose + (runner.dir.path() / "runner.sock").string() : expose;
    ServerProcess serving(runner.words(at), runner.dir.path(), runner.dir.path() / "log");
    CHECK(std::filesystem::file_size(runner.token) == 65);
  }
}

TEST_CASE("control that has no runners' token says how to make the one for all") {
  const FarRunner control;
  const std::string refused =
      printed_by("timeout 20 " KAPPA_PROGRAM " serve --role control --listen 127.0.0.1:0 --data '" +
                 control.data.string() +
                 "' --related.enabled false --modules.runner.url https://haproxy.internal:8060 "
                 "</dev/null; echo exit code $?");
  CHECK(has(refused, "control and all runners have the same one"));
  CHECK(
      has(refused, "openssl rand -hex 32 | install -m 600 /dev/stdin '" + control.token.string()));
  CHECK(has(refused, "exit code 1"));
}

TEST_CASE("config check says what is wrong with every token file that it sees") {
  const FarRunner runner;
  runner.put_token();
  ::chmod(runner.token.c_str(), 0644);
  const auto data = runner.token.parent_path() / "data";
  std::ofstream(data) << "short\n";
  ::chmod(data.c_str(), 0600);
  const std::string told = runner.said("config check", "https://0.0.0.0:0");
  CHECK(has(told, "chmod 600 '" + runner.token.string() + "'"));
  CHECK(has(told, "a token in it is shorter than 32 characters"));
  CHECK(has(told, "exit code 2"));
}

TEST_CASE("config check finds a token file that is not the user's who runs Kappa" *
          doctest::skip(::getuid() != 0)) {
  const FarRunner runner;
  runner.put_token();
  REQUIRE(::chown(runner.data.c_str(), 4321, 4321) == 0);
  const std::string told = runner.said("config check", "https://0.0.0.0:0");
  CHECK(has(told, "belongs to another user than the data folder"));
  CHECK(has(told, "chown --reference='" + runner.data.string() + "' '" + runner.token.string()));
  REQUIRE(::chown(runner.token.c_str(), 4321, 4321) == 0);
  CHECK(has(runner.said("config check", "https://0.0.0.0:0"), "The configuration fits"));
  printed_by(KAPPA_PROGRAM " token rotate '" + runner.token.string() + "'");
  CHECK(has(runner.said("config check", "https://0.0.0.0:0"), "The configuration fits"));
}

}  // namespace
}  // namespace kappa::test
