// What belongs to the function and what to Kappa on a line like: kappa fn execute hello --name
// world
#pragma once

#include <map>
#include <string>
#include <vector>

#include "kappa/core.hpp"

namespace kappa::cli {

/// A command line, parted behind the name in `fn execute NAME`; `function` is empty for other
/// commands.
struct Parted {
  std::vector<std::string> kappa;
  std::vector<std::string> function;
};
Parted part_arguments(const std::vector<std::string>& words);

/// "--key value" and "--key=value", as often as wanted. invalid: a stray word, a key without value,
/// or one given twice.
Result<std::map<std::string, std::string>> function_arguments(
    const std::vector<std::string>& words);

}  // namespace kappa::cli
