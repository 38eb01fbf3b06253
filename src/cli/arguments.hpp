// The function's own arguments on a line like: kappa fn execute hello --name world
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/trouble.hpp"

namespace kappa::cli {

/// "--key value" and "--key=value", as often as wanted. Misuse: a stray word, a key without value,
/// or one given twice.
Tried<std::map<std::string, std::string>> function_arguments(const std::vector<std::string>& words);

}  // namespace kappa::cli
