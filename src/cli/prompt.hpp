// Questions to a person at a terminal.
#pragma once

#include <string>

#include "kappa/core.hpp"

namespace kappa::cli {

/// Thrown when the person presses Ctrl-C at a question; the terminal is as it was before.
struct Interrupted {};

/// Asks on the terminal that standard input is. invalid: standard input has ended.
Result<std::string> ask(const std::string& question);
/// The same without showing what is typed.
Result<std::string> ask_secret(const std::string& question);
/// One line from standard input, whatever it is. invalid: it has ended.
Result<std::string> read_line();

}  // namespace kappa::cli
