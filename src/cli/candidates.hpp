// What a value on the command line may be: what completion offers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/session.hpp"

namespace kappa::cli {

struct Candidate {
  std::string word;
  std::string what;
};

/// Stands for the names of files, which the shell knows itself.
constexpr std::string_view files = "@files";

/// What stands for a NAME, ID, VERDICT, FORMAT, PROFILE or FILE; nothing for other kinds, and
/// nothing when the server does not answer within 300 ms.
std::vector<Candidate> values_of(const std::string& kind, const Globals& globals);

/// A function's arguments as flags: "--name".
std::vector<Candidate> arguments_of(const std::string& fn_name, const Globals& globals);

}  // namespace kappa::cli
