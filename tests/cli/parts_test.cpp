// The command line's parts: arguments, layout, credentials, what reaches a terminal.
#include <fcntl.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <clocale>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "cli/arguments.hpp"
#include "cli/credentials.hpp"
#include "cli/difference.hpp"
#include "cli/exit_codes.hpp"
#include "cli/invoke_command.hpp"
#include "cli/layout.hpp"
#include "cli/private_file.hpp"
#include "cli/profiles.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"
#include "cli/tree.hpp"
#include "cli/trouble.hpp"
#include "cli/walk.hpp"
#include "support.hpp"

namespace doctest {

template <class T>
struct StringMaker<boost::system::result<T, kappa::cli::Trouble>> {
  static String convert(const boost::system::result<T, kappa::cli::Trouble>& tried) {
    return tried ? "a value" : tried.error().text().c_str();
  }
};

}  // namespace doctest

namespace kappa::cli {
namespace {

using Words = std::vector<std::string>;

TEST_CASE("everything behind the name belongs to the function, Kappa's own flags too") {
  CLI::App app("", "kappa");
  Line line;
  add_commands(app, line);
  const auto part = [&](const Words& words) { return part_line(app, words); };
  const auto parted = part({"--server", "fn", "fn", "execute", "--server", "execute", "hello",
                            "--server", "x", "--help"});
  CHECK(parted.kappa == Words{"--server", "fn", "fn", "execute", "--server", "execute", "hello"});
  CHECK(parted.rest == Words{"--server", "x", "--help"});
  CHECK(part({"-o", "fn", "--profile=p", "fn", "execute", "f", "-o"}).rest == Words{"-o"});
  CHECK(part({"fn", "execute", "--", "-f", "--x", "1"}).rest == Words{"--x", "1"});
  CHECK(part({"fn", "execute", "fn", "--x", "1"}).rest == Words{"--x", "1"});
  const auto config = part({"config", "show", "--runner.spares", "1", "-ojson", "--data=x",
                            "--server", "s", "--config", "f"});
  CHECK(config.kappa == Words{"config", "show", "-ojson", "--server", "s"});
  CHECK(config.rest == Words{"--runner.spares", "1", "--data=x", "--config", "f"});
  for (const Words& other :
       {Words{"fn", "create", "execute", "f"}, Words{"logs", "fn", "execute", "--x"}, Words{},
        Words{"fn", "execute"}, Words{"bill", "fn", "execute", "a", "b"}}) {
    CHECK(part(other).kappa == other);
    CHECK(part(other).rest.empty());
  }
}

TEST_CASE("flags for every command are found on a line however wrong the rest of it is") {
  CLI::App app("", "kappa");
  Line line;
  add_commands(app, line);
  const auto globals = globals_in(app, {"-o=json", "nonsense", "--nonsense", "--profile", "p", "fn",
                                        "--server=s", "--no-color"});
  CHECK(globals.output == "json");
  CHECK(globals.profile == "p");
  CHECK(globals.server == "s");
  CHECK(globals.no_color);
  CHECK(globals_in(app, {"invoke", "f", "--arg", "-o", "x"}).output.empty());
}

TEST_CASE("arguments are --key value or --key=value, and anything else is told") {
  const auto arguments =
      function_arguments({"--name", "Ada", "--x=1=2", "--empty=", "--dash", "--value", "--é", "ü"});
  REQUIRE(arguments);
  CHECK(*arguments ==
        std::map<std::string, std::string>{
            {"name", "Ada"}, {"x", "1=2"}, {"empty", ""}, {"dash", "--value"}, {"é", "ü"}});
  CHECK(function_arguments({"stray"}).error().what.find("'stray' is no argument") == 0);
  CHECK(function_arguments({"--"}).error().what.find("'--' is no argument") == 0);
  CHECK(function_arguments({"-n", "1"}).error().what.find("'-n'") == 0);
  CHECK(function_arguments({"--name"}).error().what == "argument '--name' lacks its value");
  CHECK(function_arguments({"--name"}).error().todo == "write --name VALUE");
  CHECK(function_arguments({"--a", "1", "--a=2"}).error().what == "argument '--a' is given twice");
  CHECK(function_arguments({"--a", "\xff"}).error().what == "argument '--a' is not UTF-8");
  CHECK(function_arguments({"x; y: z"}).error().what == "'x; y: z' is no argument of the function");
}

TEST_CASE("JSON is indented without changing what it says") {
  CHECK(indented("12345678901234567890123") == "12345678901234567890123");
  CHECK(indented("{}") == "{}");
  CHECK(indented(" [ ] ") == "[]");
  CHECK(indented(R"({"b":[1,{"c":null}],"a":"x\"}","":{}})") ==
        "{\n  \"b\": [\n    1,\n    {\n      \"c\": null\n    }\n  ],\n  \"a\": \"x\\\"}\",\n  "
        "\"\": {}\n}");
}

TEST_CASE("a difference shows what was taken away and added, with a little around it") {
  using Lines = std::vector<std::string>;
  CHECK(difference("a\nb\nc", "a\nx\nc") == Lines{"  a", "- b", "+ x", "  c"});
  CHECK(difference("", "a") == Lines{"+ a"});
  CHECK(difference("a", "") == Lines{"- a"});
  CHECK(difference("1\n2\n3\n4\n5", "1\n2\n3\n4\n6") == Lines{"...", "  3", "  4", "- 5", "+ 6"});
  CHECK(difference("1\n2\n3\n4\n5", "0\n2\n3\n4\n5") == Lines{"- 1", "+ 0", "  2", "  3", "..."});
  std::string many;
  for (int i = 0; i < 3000; ++i) many += std::to_string(i) + "\n";
  const Lines bounded = difference("", many);
  CHECK(bounded.size() == 41);
  CHECK(bounded.back() == "...");
  CHECK(difference("", std::string(5000, 'x')).at(0) == "+ " + std::string(198, 'x') + "...");
}

TEST_CASE("figures are shown in units that people read") {
  CHECK(duration(0.2138) == "0.21 ms");
  CHECK(duration(12.34) == "12.3 ms");
  CHECK(duration(123.4) == "123 ms");
  CHECK(duration(4500) == "4.50 s");
  CHECK(memory(9216) == "9.0 MiB");
  const Timestamp then{1'795'518'016'123'456};
  CHECK(age(then, {then.us + 59'999'999}) == "59 s");
  CHECK(age(then, {then.us + 60'000'000}) == "1 min");
  CHECK(age(then, {then.us + 7'200'000'000}) == "2 h");
  CHECK(age(then, {then.us + 86'400'000'000 * 40}) == "40 d");
  CHECK(age(then, {then.us - 5}) == "0 s");
  CHECK(moment({1'795'518'016'123'456}) == "2026-11-24 11:00:16");
}

TEST_CASE("a table's columns stand under each other, whatever letters they hold") {
  std::setlocale(LC_CTYPE, "C.UTF-8");
  const Table table{{{"NAME"}, {"COUNT", true}, {"WHY"}},
                    {{"a", "7", "short"}, {"größe", "12345", "a\nb"}, {"日本", "", ""}}};
  CHECK(aligned(table, 0) == "NAME   COUNT  WHY\na          7  short\ngröße  12345  a b\n日本\n");
  CHECK(tab_separated(table) == "a\t7\tshort\ngröße\t12345\ta b\n日本\t\t\n");
  CHECK(width_of("日本") == 4);
  CHECK(width_of("e\xcc\x81") == 1);
  CHECK(width_of("\xff") == 1);
}

TEST_CASE("a table for spreadsheets is as RFC 4180 has it") {
  const Table table{{{"FUNCTION"}, {"GB_SECONDS", true}},
                    {{"a,b", "0.5"}, {"say \"hi\"", ""}, {"two\nlines", "\r"}}};
  CHECK(comma_separated(table) ==
        "function,gb_seconds\r\n\"a,b\",0.5\r\n\"say \"\"hi\"\"\",\r\n"
        "\"two\nlines\",\"\r\"\r\n");
  CHECK(comma_separated({{{""}, {""}}, {{"month", "2026-11"}}, false}) == "month,2026-11\r\n");
}

TEST_CASE("a table is cut to its terminal at the last column, and keeps the others whole") {
  std::setlocale(LC_CTYPE, "C.UTF-8");
  const std::string longish(100, 'x');
  const Table table{{{"ID"}, {"ERROR"}}, {{"1", longish}, {"2", "日本日本日本日本日本"}}};
  const std::string narrow = aligned(table, 20);
  CHECK(narrow == "ID  ERROR\n1   xxxxxxxxxxxxxxx…\n2   日本日本日本日…\n");
  CHECK(aligned(table, 200).find(longish) != std::string::npos);
  CHECK(aligned(table, 12).find("1   xxxxxxx…") != std::string::npos);
  CHECK(aligned(table, 5) == "ID\n1\n2\n");
  const Table wide{{{"ID"}, {"NAME"}, {"ERROR"}}, {{"1", longish + longish, "bad"}}};
  CHECK(aligned(wide, 20) == "ID  NAME       ERROR\n1   xxxxxxxx…  bad\n");
}

TEST_CASE("arguments of invoke are texts, or JSON behind :=") {
  CHECK(*json_of_args({}) == "{}");
  CHECK(*json_of_args({"a=1", "b:=1", "c:=[1,\"x\"]", "d=", "e==", "f=:="}) ==
        R"({"a":"1","b":1,"c":[1,"x"],"d":"","e":"=","f":":="})");
  CHECK(json_of_args({"a"}).error().why.find("expected KEY=TEXT") != std::string::npos);
  CHECK(json_of_args({"=1"}).error().code == Code::invalid);
  CHECK(json_of_args({":=1"}).error().code == Code::invalid);
  CHECK(json_of_args({"a:=x"}).error().todo.find("write a=TEXT") != std::string::npos);
  CHECK(json_of_args({"a=1", "a:=2"}).error().what.find("given twice") != std::string::npos);
}

TEST_CASE("an error says what, why and what to do") {
  const auto text = [](const Error& error) { return Trouble(error).text(); };
  CHECK(text({Code::conflict, "user 'a; b' exists already"}) ==
        "user 'a; b' exists already\n  why: names are unique\n"
        "  try: choose another name, or delete the other first\n");
  CHECK(text({Code::invalid, "it does not fit", {{"/a/b", "is wrong"}, {"", "too"}}}) ==
        "a/b: is wrong\n       too\n  try: mend it, and try again\n");
  CHECK(text({Code::unavailable,
              "cannot reach Kappa at http://x:1: refused",
              {},
              Contact::unreachable})
            .starts_with("cannot reach Kappa at http://x:1\n  why: refused\n"));
  for (const Code code : {Code::invalid_argument, Code::unauthorized, Code::over_budget,
                          Code::not_found, Code::unacceptable, Code::conflict, Code::too_large,
                          Code::limited, Code::internal, Code::unavailable}) {
    const std::string said = text({code, "it"});
    CAPTURE(said);
    CHECK(said.find("\n  why: ") != std::string::npos);
    CHECK(said.find("\n  try: ") != std::string::npos);
  }
}

TEST_CASE("every kind of error has its exit code") {
  CHECK(exit_code_of({Code::not_found, ""}) == 3);
  CHECK(exit_code_of({Code::unauthorized, ""}) == 4);
  CHECK(exit_code_of({Code::invalid, ""}) == 2);
  CHECK(exit_code_of({Code::limited, ""}) == 5);
  CHECK(exit_code_of({Code::unavailable, "the disk is full"}) == 5);
  CHECK(exit_code_of({Code::unavailable, "", {}, Contact::unreachable}) == 6);
  CHECK(exit_code_of({Code::unavailable, "", {}, Contact::late}) == 7);
  CHECK(exit_code_of({Code::unavailable, "", {}, Contact::strange}) == 1);
  for (const Code code : {Code::invalid_argument, Code::over_budget, Code::unacceptable,
                          Code::conflict, Code::too_large, Code::internal})
    CHECK(exit_code_of({code, ""}) == 1);
}

TEST_CASE("what steers a terminal is made visible, everything else is left") {
  CHECK(without_controls("plain\ttext\nü €") == "plain\ttext\nü €");
  CHECK(without_controls("\x1b]0;owned\x07\x1b[2J\r\x7f") ==
        "\\x1b]0;owned\\x07\\x1b[2J\\x0d\\x7f");
  CHECK(without_controls("a\u202eb\u2066c€") == "a\\xe2\\x80\\xaeb\\xe2\\x81\\xa6c€");
  CHECK(without_controls("\xc2\x9b"
                         "31m\xc2\xa0") == "\\xc2\\x9b31m\xc2\xa0");
}

/// A place for configuration of its own.
struct Place {
  kappa::test::TempDir dir;
  Place() { ::setenv("XDG_CONFIG_HOME", dir.path().c_str(), 1); }
  ~Place() { ::unsetenv("XDG_CONFIG_HOME"); }
};

TEST_CASE("credentials are kept per server, for their owner's eyes only") {
  const Place place;
  const auto file = private_file("credentials.json");
  CHECK(file == place.dir.path() / "kappa" / "credentials.json");
  CHECK(load_credentials()->servers.empty());
  REQUIRE(change_credentials([](Credentials& all) {
    all.servers["http://a:1"] = {"ada", "token-a"};
    all.servers["unix:/b"] = {"bob", "token-b"};
  }));
  REQUIRE(change_credentials([](Credentials& all) { all.servers.erase("unix:/b"); }));
  const auto loaded = load_credentials();
  REQUIRE(loaded);
  CHECK(loaded->servers.size() == 1);
  CHECK(loaded->servers.at("http://a:1").token == "token-a");
  struct stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  REQUIRE(::stat(file.parent_path().c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0700);
  CHECK(std::distance(std::filesystem::directory_iterator(file.parent_path()), {}) == 2);  // a lock
  std::ofstream(file) << "{ damaged";
  const auto damaged = load_credentials();
  REQUIRE_FALSE(damaged);
  CHECK(damaged.error().what.find("is damaged") != std::string::npos);
  CHECK(damaged.error().todo.find("kappa login") != std::string::npos);
  std::ofstream(file) << R"({"servers":{"http://a:1":{"username":"ada","token":"t","later":1}}})";
  CHECK(load_credentials()->servers.at("http://a:1").token == "t");
}

TEST_CASE("without a place for configuration it is .config in the home folder") {
  ::unsetenv("XDG_CONFIG_HOME");
  ::setenv("HOME", "/home/somebody", 1);
  CHECK(private_file("x.json") == "/home/somebody/.config/kappa/x.json");
}

TEST_CASE("profiles are kept, found by name, and a misspelt one is told") {
  const Place place;
  CHECK(load_profiles()->current == "default");
  CHECK(find_profile(*load_profiles(), "default")->server == default_server);
  REQUIRE(change_profiles([](Profiles& profiles) -> Tried<Nothing> {
    profiles.current = "work";
    profiles.profiles["work"] = {"http://work:1"};
    return Nothing{};
  }));
  const auto loaded = load_profiles();
  REQUIRE(loaded);
  CHECK(loaded->current == "work");
  CHECK(find_profile(*loaded, "work")->server == "http://work:1");
  CHECK(find_profile(*loaded, "wrk").error().what == "there is no profile 'wrk'");
  CHECK(find_profile(*loaded, "wrk").error().why == "did you mean 'work'?");
  std::ofstream(private_file("profiles.json")) << "[]";
  CHECK(load_profiles().error().what.find("is damaged") != std::string::npos);
  CHECK(login_key("http://a:1", "default") == "http://a:1");
  CHECK(login_key("http://a:1", "work") == "work@http://a:1");
}

TEST_CASE("commands at once do not undo each other's changes") {
  const Place place;
  std::vector<std::thread> threads;
  for (int i = 0; i < 12; ++i) {
    threads.emplace_back([i] {
      CHECK(change_credentials([i](Credentials& all) {
        all.servers["http://a:" + std::to_string(i)] = {"ada", "t"};
      }));
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(load_credentials()->servers.size() == 12);
}

TEST_CASE("a folder that cannot be written is this machine's trouble, and is named") {
  ::setenv("XDG_CONFIG_HOME", "/proc/nowhere", 1);
  const auto changed = change_credentials([](Credentials&) {});
  ::unsetenv("XDG_CONFIG_HOME");
  REQUIRE_FALSE(changed);
  CHECK(changed.error().what.find("/proc/nowhere/kappa") != std::string::npos);
  CHECK(changed.error().exit_code == exit_failed);
}

}  // namespace
}  // namespace kappa::cli
