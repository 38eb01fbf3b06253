// A TOML file as JSON, and where in it each value stands.
#pragma once

#include <map>
#include <string>

namespace kappa::app {

struct ConfigFile {
  std::string trouble;  ///< why it cannot be read, with file and line; "" when it can
  std::string json;     ///< what it says
  std::string path;
  std::map<std::string, int> lines;  ///< JSON Pointer -> line
  /// "kappa.toml:12: runner.timeout_ms: "
  std::string place_of(const std::string& pointer) const;
};

ConfigFile read_config_file(const std::string& path);

}  // namespace kappa::app
