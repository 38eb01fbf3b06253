// The command line's parts: arguments, layout, credentials, what reaches a terminal.
#include <fcntl.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

#include "cli/arguments.hpp"
#include "cli/credentials.hpp"
#include "cli/layout.hpp"
#include "cli/terminal.hpp"
#include "support.hpp"

namespace kappa::cli {
namespace {

using Words = std::vector<std::string>;

TEST_CASE("everything behind the name belongs to the function, Kappa's own flags too") {
  const auto parted = part_arguments({"--server", "fn", "fn", "execute", "--server", "execute",
                                      "hello", "--server", "x", "--help"});
  CHECK(parted.kappa == Words{"--server", "fn", "fn", "execute", "--server", "execute", "hello"});
  CHECK(parted.function == Words{"--server", "x", "--help"});
  for (const Words& other :
       {Words{"fn", "create", "execute", "f"}, Words{"logs", "fn", "execute", "--x"}, Words{},
        Words{"fn", "execute"}, Words{"bill", "fn", "execute", "a", "b"}}) {
    CHECK(part_arguments(other).kappa == other);
    CHECK(part_arguments(other).function.empty());
  }
}

TEST_CASE("arguments are --key value or --key=value, and anything else is told") {
  const auto arguments =
      function_arguments({"--name", "Ada", "--x=1=2", "--empty=", "--dash", "--value", "--é", "ü"});
  REQUIRE(arguments);
  CHECK(*arguments ==
        std::map<std::string, std::string>{
            {"name", "Ada"}, {"x", "1=2"}, {"empty", ""}, {"dash", "--value"}, {"é", "ü"}});
  CHECK(function_arguments({"stray"}).error().detail.find("'stray' is no argument") == 0);
  CHECK(function_arguments({"--"}).error().detail.find("'--' is no argument") == 0);
  CHECK(function_arguments({"-n", "1"}).error().detail.find("'-n'") == 0);
  CHECK(function_arguments({"--name"}).error().detail ==
        "argument '--name' lacks its value; write --name VALUE");
  CHECK(function_arguments({"--a", "1", "--a=2"}).error().detail ==
        "argument '--a' is given twice");
}

TEST_CASE("JSON is indented without changing what it says") {
  CHECK(indented("12345678901234567890123") == "12345678901234567890123");
  CHECK(indented("{}") == "{}");
  CHECK(indented(" [ ] ") == "[]");
  CHECK(indented(R"({"b":[1,{"c":null}],"a":"x\"}","":{}})") ==
        "{\n  \"b\": [\n    1,\n    {\n      \"c\": null\n    }\n  ],\n  \"a\": \"x\\\"}\",\n  "
        "\"\": {}\n}");
}

TEST_CASE("the bill is a table whose columns stand under each other") {
  CHECK(bill_table({}, 0) == "function  executions\n--------------------\ntotal              0\n");
  CHECK(bill_table({{"a-long-function-name", 7}, {"b", 12345678901}}, 12345678908) ==
        "function              executions\na-long-function-name           7\nb                     "
        "12345678901\n"
        "--------------------------------\ntotal                 12345678908\n");
}

TEST_CASE("what steers a terminal is made visible, everything else is left") {
  CHECK(without_controls("plain\ttext\nü €") == "plain\ttext\nü €");
  CHECK(without_controls("\x1b]0;owned\x07\x1b[2J\r\x7f") ==
        "\\x1b]0;owned\\x07\\x1b[2J\\x0d\\x7f");
  CHECK(without_controls("\xc2\x9b"
                         "31m\xc2\xa0") == "\\xc2\\x9b31m\xc2\xa0");
}

TEST_CASE("credentials are kept per server, for their owner's eyes only") {
  const kappa::test::TempDir dir;
  ::setenv("XDG_CONFIG_HOME", dir.path().c_str(), 1);
  const auto file = credentials_file();
  CHECK(file == dir.path() / "kappa" / "credentials.json");
  CHECK(load_credentials(file)->servers.empty());
  Credentials credentials;
  credentials.servers["http://a:1"] = {"ada", "token-a"};
  credentials.servers["unix:/b"] = {"bob", "token-b"};
  REQUIRE(save_credentials(file, credentials));
  credentials.servers.erase("unix:/b");
  REQUIRE(save_credentials(file, credentials));
  const auto loaded = load_credentials(file);
  REQUIRE(loaded);
  CHECK(loaded->servers.size() == 1);
  CHECK(loaded->servers.at("http://a:1").token == "token-a");
  struct stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  REQUIRE(::stat(file.parent_path().c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0700);
  CHECK(std::distance(std::filesystem::directory_iterator(file.parent_path()), {}) == 1);
  std::ofstream(file) << "{ damaged";
  const auto damaged = load_credentials(file);
  REQUIRE_FALSE(damaged);
  CHECK(damaged.error().detail.find("is damaged") != std::string::npos);
  CHECK(damaged.error().detail.find("kappa login") != std::string::npos);
  ::unsetenv("XDG_CONFIG_HOME");
  ::setenv("HOME", "/home/somebody", 1);
  CHECK(credentials_file() == "/home/somebody/.config/kappa/credentials.json");
}

TEST_CASE("a folder that cannot be written keeps the old credentials, and says why") {
  const auto saved = save_credentials("/proc/nowhere/kappa/credentials.json", {});
  REQUIRE_FALSE(saved);
  CHECK(saved.error().detail.find("/proc/nowhere/kappa/credentials.json") != std::string::npos);
}

}  // namespace
}  // namespace kappa::cli
