// Everything that can be set, with its default. One name in the file, in the environment and as a
// flag: key runner.timeout_ms, KAPPA_RUNNER_TIMEOUT_MS, --runner.timeout_ms.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "data/prices.hpp"
#include "fn_logs/fn_logs.hpp"
#include "gateway/related.hpp"
#include "kappa/core.hpp"
#include "net/server.hpp"
#include "runner/runner.hpp"

namespace kappa::app {

/// Which part of Kappa this process is.
enum class Role {
  all,      ///< whatever is not at a url
  control,  ///< the same without the runner, which is at its url
  runner,   ///< the runner alone: no API for users, no database
};
BOOST_DESCRIBE_ENUM(Role, all, control, runner)

/// Where one module is. Both empty: in this process, if anything in it needs the module.
struct ModuleConfig {
  std::string url;         ///< it is served there, by another Kappa
  std::string expose;      ///< it is served there, by this one, to whoever has its token
  std::string token_file;  ///< that token; "" is tokens/NAME in the data folder
};
BOOST_DESCRIBE_STRUCT(ModuleConfig, (), (url, expose, token_file))

struct ModulesConfig {
  ModuleConfig data;
  ModuleConfig fn_code;
  ModuleConfig fn_logs;
  ModuleConfig logs;
  ModuleConfig runner;
};
BOOST_DESCRIBE_STRUCT(ModulesConfig, (), (data, fn_code, fn_logs, logs, runner))

/// kappa.toml explains each key.
struct Config {
  Role role = Role::all;
  std::string listen = "127.0.0.1:8010";  ///< "" for no API
  std::string data = "kappa-data";
  log::Level log_level = log::Level::info;
  net::ServerOptions http;
  net::TlsOptions tls;
  runner::RunnerOptions runner;
  fn_logs::RetentionOptions fn_logs;
  gateway::RelatedOptions related;
  data::BillOptions bill;
  ModulesConfig modules;
};
BOOST_DESCRIBE_STRUCT(Config, (),
                      (role, listen, data, log_level, http, tls, runner, fn_logs, related, bill,
                       modules))

/// A key and what its default is, as it would be written.
struct Setting {
  std::string key;            ///< "runner.timeout_ms"
  std::string default_value;  ///< JSON
  bool textual = false;       ///< its value is a text, not a number or a boolean
};
std::vector<Setting> all_settings();

/// Where values come from; the later wins.
struct Sources {
  std::string file;                      ///< a TOML file's path, or "" for none
  std::vector<std::string> environment;  ///< "NAME=value", as environ has them
  std::vector<std::string> flags;        ///< "--key", "value" or "--key=value"
  std::string trouble = {};              ///< why the sources cannot be told; "" when they can
};

/// The sources that the words behind `kappa serve` or `kappa config check` mean: "--config FILE" or
/// ./kappa.toml, this process's environment, and the other words as flags.
Sources sources_of(std::vector<std::string> words);

/// A configuration, and where each value of it comes from.
struct Loaded {
  Config config;
  /// Key -> "kappa.toml:12", "environment variable KAPPA_..." or "flag --..."; a key that is not in
  /// it has its default.
  std::map<std::string, std::string> origins;
  std::vector<std::string> remarks;  ///< what looks like a mistake, and need not be one
};

/// invalid: something does not fit; `detail` has a line for each, with file and line, environment
/// variable or flag, what was expected and the nearest right name.
Result<Loaded> load_settings(const Sources& sources);
/// Each key's value in a configuration, as it would be written in kappa.toml.
std::map<std::string, std::string> values_of(const Config& config);
/// A key's environment variable: "runner.timeout_ms" -> "KAPPA_RUNNER_TIMEOUT_MS".
std::string environment_name(const std::string& key);

/// What kappa.toml says about a key: its comment, as one text.
std::string explanation_of(std::string_view key);

}  // namespace kappa::app
