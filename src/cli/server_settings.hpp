// What the command line is told of a server's configuration, which others read.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "kappa/core.hpp"
#include "kappa/types.hpp"

namespace kappa::cli {

/// A flag of kappa serve, and what it is.
struct ServerFlag {
  std::string name;
  std::string what;
};

/// A key's value and where it comes from: "kappa.toml:12", "flag --listen", "default".
struct Setting {
  std::string key;
  RawJson value;
  std::string origin;
};
BOOST_DESCRIBE_STRUCT(Setting, (), (key, value, origin))

/// A configuration that fits.
struct Settings {
  std::string file;  ///< "" when none was read
  std::vector<Setting> settings;
  std::vector<std::string> remarks;  ///< what looks like a mistake, and need not be one
};
BOOST_DESCRIBE_STRUCT(Settings, (), (file, settings, remarks))

struct ServerSettings {
  std::function<std::vector<ServerFlag>()> flags;
  /// Reads what kappa serve would read with these words behind it. invalid: it does not fit;
  /// `detail` has a line for each fault.
  std::function<Result<Settings>(const std::vector<std::string>&)> load;
  /// Looks at the certificates that such a configuration names. invalid as load has it.
  /// unavailable: kappa serve would not start with them; says which file and why.
  std::function<Result<Nothing>(const std::vector<std::string>&)> check;
};

}  // namespace kappa::cli
