// By hand, for every name is allowed, Kappa's own flags' too.
#include "cli/arguments.hpp"

#include "rpc/json.hpp"

namespace kappa::cli {

Tried<std::map<std::string, std::string>> function_arguments(
    const std::vector<std::string>& words) {
  constexpr auto usage = "arguments are --key value; Kappa's own flags go before fn execute";
  std::map<std::string, std::string> arguments;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (!word.starts_with("--") || word.size() == 2)
      return Trouble::misuse("'" + word + "' is no argument of the function", usage,
                             "kappa fn execute NAME --key value");
    const std::size_t equals = word.find('=');
    const std::string key = word.substr(2, equals == word.npos ? equals : equals - 2);
    if (equals == word.npos && i + 1 == words.size())
      return Trouble::misuse("argument '" + word + "' lacks its value", usage,
                             "write " + word + " VALUE");
    const std::string value = equals == word.npos ? words[++i] : word.substr(equals + 1);
    if (rpc::json_fault(rpc::json_string(key + value)))
      return Trouble::misuse("argument '--" + key + "' is not UTF-8", "", "");
    if (!arguments.emplace(key, value).second)
      return Trouble::misuse("argument '--" + key + "' is given twice", "", "give it once");
  }
  return arguments;
}

}  // namespace kappa::cli
