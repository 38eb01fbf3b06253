// By hand, for every name is allowed behind NAME, Kappa's own too.
#include "cli/arguments.hpp"

namespace kappa::cli {

Parted part_arguments(const std::vector<std::string>& words) {
  Parted parted{words, {}};
  bool in_fn = false;
  bool in_execute = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].starts_with('-')) {
      for (const char* flag : {"--server", "--profile", "-o", "--output", "--timeout"}) {
        if (words[i] != flag) continue;
        ++i;  // its value is no command
        break;
      }
    } else if (in_execute) {
      const auto behind = words.begin() + static_cast<std::ptrdiff_t>(i) + 1;
      return {{words.begin(), behind}, {behind, words.end()}};
    } else if (!in_fn) {
      if (words[i] != "fn") return parted;
      in_fn = true;
    } else {
      if (words[i] != "execute") return parted;
      in_execute = true;
    }
  }
  return parted;
}

Result<std::map<std::string, std::string>> function_arguments(
    const std::vector<std::string>& words) {
  std::map<std::string, std::string> arguments;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (!word.starts_with("--") || word.size() == 2) {
      return Error{
          Code::invalid,
          "'" + word + "' is no argument of the function; arguments are written --key value"};
    }
    const std::size_t equals = word.find('=');
    const std::string key = word.substr(2, equals == word.npos ? equals : equals - 2);
    if (equals == word.npos && i + 1 == words.size()) {
      return Error{Code::invalid,
                   "argument '" + word + "' lacks its value; write " + word + " VALUE"};
    }
    const std::string value = equals == word.npos ? words[++i] : word.substr(equals + 1);
    if (!arguments.emplace(key, value).second)
      return Error{Code::invalid, "argument '--" + key + "' is given twice"};
  }
  return arguments;
}

}  // namespace kappa::cli
