// Where a setting comes from, and what is said about one that does not fit.
#include "app/config.hpp"

#include <fstream>

#include "rpc/record.hpp"
#include "support.hpp"

namespace kappa::app {
namespace {

std::string text_of(const Config& config) { return rpc::write_json(config); }

Result<Config> load_config(const Sources& sources) {
  auto loaded = load_settings(sources);
  if (!loaded) return loaded.error();
  return std::move(loaded->config);
}

std::string complaint_of(const Sources& sources) {
  const auto config = load_config(sources);
  REQUIRE_FALSE(config);
  CHECK(config.error().code == Code::invalid);
  return config.error().detail;
}

/// A kappa.toml of its own.
struct File {
  test::TempDir dir;
  std::string path = (dir.path() / "kappa.toml").string();
  explicit File(const std::string& text) { std::ofstream(path) << text; }
};

TEST_CASE("without any source everything has its default") {
  CHECK(text_of(*load_config({})) == text_of(Config{}));
}

TEST_CASE("kappa.toml has every key, with its default and an explanation") {
  const auto config = load_config({KAPPA_TOML, {}, {}});
  REQUIRE(config);
  CHECK(text_of(*config) == text_of(Config{}));
  std::ifstream in(KAPPA_TOML);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  CHECK(all_settings().size() > 20);
  for (const Setting& setting : all_settings()) {
    CAPTURE(setting.key);
    CHECK(explanation_of(setting.key).size() > 20);
  }
}

TEST_CASE("a flag beats the environment, which beats the file, which beats the default") {
  const File file(
      "listen = \"127.0.0.1:1\"\ndata = \"from-file\"\nlog_level = "
      "\"debug\"\n[http]\nmax_connections = 1\n");
  Sources sources{file.path,
                  {"KAPPA_DATA=from-environment", "KAPPA_HTTP_MAX_CONNECTIONS=2", "PATH=/bin",
                   "KAPPA_SERVER=x"},
                  {}};
  sources.flags = {"--http.max_connections=3", "--listen", "127.0.0.1:2"};
  const auto config = load_config(sources);
  REQUIRE(config);
  CHECK(config->log_level == log::Level::debug);
  CHECK(config->data == "from-environment");
  CHECK(config->http.max_connections == 3);
  CHECK(config->listen == "127.0.0.1:2");
  CHECK(config->http.body_bytes == Config{}.http.body_bytes);
}

TEST_CASE(
    "every kind of value can be set as a flag: text that looks like a number, numbers, truth, "
    "choices") {
  const auto config = load_config({"",
                                   {},
                                   {"--data", "7", "--http.access_log", "false", "--log_level",
                                    "error", "--runner.timeout_ms", "5"}});
  REQUIRE(config);
  CHECK(config->data == "7");
  CHECK_FALSE(config->http.access_log);
  CHECK(config->log_level == log::Level::error);
  CHECK(config->runner.timeout_ms == 5);
}

TEST_CASE(
    "all that does not fit in a file is told, with line, key, what was expected and the nearest "
    "name") {
  const File file(
      "lisen = \"x\"\nlog_level = \"verbos\"\n\n[http]\nmax_connections = \"many\"\nbody_byte = "
      "3\n[runer]\n[runner]\ntimeout_ms = 1.5\n");
  const std::string told = complaint_of({file.path, {}, {}});
  CAPTURE(told);
  for (const std::string line : {
           ":1: lisen: is not a known member; did you mean 'listen'?",
           ":2: log_level: expected one of debug, info, warning, error",
           ":5: http.max_connections: expected integer, got string",
           ":6: http.body_byte: is not a known member; did you mean 'body_bytes'?",
           ":7: runer: is not a known member; did you mean 'runner'?",
           ":9: runner.timeout_ms: expected a whole number",
       }) {
    CAPTURE(line);
    CHECK(told.find(file.path + line) != std::string::npos);
  }
}

TEST_CASE("a number that could not work is told") {
  CHECK(complaint_of({"", {}, {"--runner.spares", "-1"}}) ==
        "flag --runner.spares: expected 0 to 2147483647, got -1");
  CHECK(complaint_of({"", {"KAPPA_HTTP_MAX_CONNECTIONS=0"}, {}}) ==
        "environment variable KAPPA_HTTP_MAX_CONNECTIONS: expected 1 to 2147483647, got 0");
  CHECK(complaint_of({"", {}, {"--runner.memory_mb", "9000000000000"}})
            .find("flag --runner.memory_mb: expected 1 to") == 0);
  CHECK(load_config({"", {}, {"--runner.spares", "0"}}));
}

TEST_CASE("a file that is no TOML, or cannot be read, is told with its line or its name") {
  const File broken("listen = \"x\"\ndata = \n");
  CHECK(complaint_of({broken.path, {}, {}}).find(broken.path + ":2: ") != std::string::npos);
  const File twice("listen = \"x\"\nlisten = \"y\"\n");
  CHECK(complaint_of({twice.path, {}, {}}).find(":2: ") != std::string::npos);
  CHECK(complaint_of({"/nowhere/kappa.toml", {}, {}}).find("/nowhere/kappa.toml: cannot be read") !=
        std::string::npos);
}

TEST_CASE("a wrong flag or environment variable is told by its name") {
  CHECK(complaint_of({"", {}, {"--lisen", "x"}})
            .find("flag --lisen: is no flag of kappa serve; did you mean '--listen'?") == 0);
  CHECK(complaint_of({"", {}, {"--listen"}}) == "flag --listen: expected a value after it");
  CHECK(complaint_of({"", {}, {"--runner.timeout_ms", "soon"}}) ==
        "flag --runner.timeout_ms: expected integer, got string");
  CHECK(complaint_of({"", {"KAPPA_HTTP_BODY_BYTES=much"}, {}}) ==
        "environment variable KAPPA_HTTP_BODY_BYTES: expected integer, got string");
  CHECK(complaint_of({"", {}, {"stray", "--data", "x"}}).find("flag stray: is no flag") == 0);
}

TEST_CASE("a number in the file that could not work is told with its line") {
  const File file("[runner]\nspares = 1\nmemory_mb = 0\n");
  CHECK(complaint_of({file.path, {}, {}}) ==
        file.path + ":3: runner.memory_mb: expected 1 to 2147483647, got 0");
}

TEST_CASE("a variable that is nearly one of Kappa's is remarked on; it may be somebody else's") {
  const auto loaded = load_settings(
      {"",
       {"KAPPA_RUNER_TIMEOUT_MS=5", "KAPPA_SERVER=x", "KAPPA_TOKEN=y", "KAPPA_SOMETHING_ELSE=z",
        "KAPPA", "KAPPA_PORT=tcp://10.0.0.1:80", "KAPPA_HOME=/opt", "KAPPA_ENV=prod"},
       {}});
  REQUIRE(loaded);
  REQUIRE(loaded->remarks.size() == 1);
  CHECK(loaded->remarks[0] ==
        "environment variable KAPPA_RUNER_TIMEOUT_MS is none of Kappa's; did you mean "
        "'KAPPA_RUNNER_TIMEOUT_MS'?");
}

TEST_CASE("what cannot be listened on or connected to is told with its line") {
  const File file(
      "listen = \"127.0.0.1\"\n[http]\nallow_origins = [\"https://a\", \"a/b\"]\nsocket_mode = "
      "\"rw\"\n[related]\nurl = \"ftp://x\"\n[modules.data]\nurl = \"nonsense\"\n");
  const std::string told = complaint_of({file.path, {}, {"--data="}});
  CAPTURE(told);
  for (const std::string line : {
           ":1: listen: address '127.0.0.1': expected HOST:PORT",
           ":3: http.allow_origins: expected origins like",
           ":4: http.socket_mode: expected permissions in octal",
           ":6: related.url: url 'ftp://x': expected http://HOST:PORT",
           ":8: modules.data.url: url 'nonsense': expected",
       }) {
    CAPTURE(line);
    CHECK(told.find(file.path + line) != std::string::npos);
  }
  CHECK(told.find("flag --data: expected a folder's path") != std::string::npos);
}

TEST_CASE("a list is written as JSON, or with commas where there is but one line") {
  const std::vector<std::string> two = {"http://a", "http://b"};
  CHECK(load_config({"", {"KAPPA_HTTP_ALLOW_ORIGINS=http://a,http://b"}, {}})->http.allow_origins ==
        two);
  CHECK(load_config({"", {}, {"--http.allow_origins", R"(["http://a","http://b"])"}})
            ->http.allow_origins == two);
  CHECK(load_config({"", {}, {"--http.allow_origins="}})->http.allow_origins.empty());
  const File file("[http]\nallow_origins = [\"http://a\", 5]\n");
  CHECK(complaint_of({file.path, {}, {}}).find(":2: http.allow_origins.1: expected string") !=
        std::string::npos);
}

TEST_CASE("--config wants a path, and the last one counts") {
  CHECK(sources_of({"--config"}).trouble.find("expected a file's path") != std::string::npos);
  CHECK_FALSE(sources_of({"--config="}).trouble.empty());
  const Sources sources = sources_of({"--config", "a", "--data=x", "--config=b"});
  CHECK(sources.file == "b");
  CHECK(sources.flags == std::vector<std::string>{"--data=x"});
  CHECK(load_settings(sources_of({"--config"})).error().code == Code::invalid);
  CHECK(complaint_of({"/", {}, {}}) ==
        "/: cannot be read: Is a directory; name another with --config");
}

TEST_CASE("each value says where it comes from") {
  const File file("listen = \"127.0.0.1:1\"\n[http]\nmax_connections = 1\nbody_bytes = 2\n");
  const auto loaded =
      load_settings({file.path, {"KAPPA_HTTP_BODY_BYTES=3"}, {"--runner.spares", "4", "--data=x"}});
  REQUIRE(loaded);
  CHECK(loaded->origins == std::map<std::string, std::string>{
                               {"listen", file.path + ":1"},
                               {"http.max_connections", file.path + ":3"},
                               {"http.body_bytes", "environment variable KAPPA_HTTP_BODY_BYTES"},
                               {"runner.spares", "flag --runner.spares"},
                               {"data", "flag --data"}});
  const auto values = values_of(loaded->config);
  CHECK(values.at("listen") == "\"127.0.0.1:1\"");
  CHECK(values.at("http.body_bytes") == "3");
  CHECK(values.size() == all_settings().size());
}

TEST_CASE("prices and budgets are read to the digit, from a file, a variable and a flag") {
  const File file(
      "[bill]\ncurrency = \"EUR\"\nprice_per_gb_second = 0.0000166667\n"
      "monthly_budget = 0.1\nprice_per_cpu_second = 1e-9\n");
  const auto config = load_config({file.path,
                                   {"KAPPA_BILL_PRICE_PER_MILLION_CALLS=0.2"},
                                   {"--bill.max_monthly_budget", "12.345678"}});
  REQUIRE(config);
  CHECK(config->bill.currency == "EUR");
  CHECK(config->bill.price_per_gb_second == Price{16'666'700});
  CHECK(config->bill.price_per_cpu_second == Price{1'000});
  CHECK(config->bill.price_per_million_calls == Price{200'000'000'000});
  CHECK(config->bill.monthly_budget == Money{100'000});
  CHECK(config->bill.max_monthly_budget == Money{12'345'678});
  const File wrong("[bill]\nmonthly_budget = -1\nprice_per_cpu_second = \"1\"\n");
  CHECK(complaint_of({wrong.path, {}, {}}) ==
        wrong.path +
            ":2: bill.monthly_budget: expected a number from 0 to below 9223372036854 "
            "with at most 6 decimals\n" +
            wrong.path + ":3: bill.price_per_cpu_second: expected number, got string");
}

TEST_CASE(
    "what would travel unencrypted between machines is told with its line, and https is not") {
  const File file(
      "[modules.data]\nexpose = \"0.0.0.0\"\n[modules.logs]\nurl = \"http://10.0.0.1:8050\"\n");
  const std::string told = complaint_of({file.path, {}, {}});
  CHECK(told.find(file.path + ":2: modules.data.expose: a module cannot be exposed at 0.0.0.0") !=
        std::string::npos);
  CHECK(told.find(file.path + ":4: modules.logs.url: http://10.0.0.1:8050 is on another machine") !=
        std::string::npos);
  CHECK(load_config({"",
                     {},
                     {"--modules.data.expose", "https://0.0.0.0", "--modules.logs.url",
                      "https://10.0.0.1:8050", "--tls.certificate", "a", "--tls.key", "b"}}));
  for (const std::string local : {"127.0.0.1:8020", "[::1]:8020", "localhost:8020", "unix:/s"})
    CHECK(load_config({"", {}, {"--modules.data.expose", local}}));
}

TEST_CASE("https without a certificate and its key is told, by the key that wants it") {
  CHECK(complaint_of({"", {}, {"--listen", "https://0.0.0.0:443"}}) ==
        "tls.certificate: listen begins with https:// and needs it: a PEM file\n"
        "tls.key: listen begins with https:// and needs it: the certificate's, a PEM file");
  CHECK(complaint_of({"", {}, {"--modules.data.expose", "https://h", "--tls.certificate", "a"}}) ==
        "tls.key: modules.data.expose begins with https:// and needs it: the certificate's, a PEM "
        "file");
}

}  // namespace
}  // namespace kappa::app
