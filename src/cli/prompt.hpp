// Questions to a person at a terminal.
#pragma once

#include <string>

#include "cli/trouble.hpp"

namespace kappa::cli {

/// Thrown when the person presses Ctrl-C at a question; the terminal is as it was before.
struct Interrupted {};

/// Asks on the terminal that standard input is. Misuse: standard input has ended.
Tried<std::string> ask(const std::string& question);
/// The same without showing what is typed.
Tried<std::string> ask_secret(const std::string& question);
/// One line from standard input, whatever it is. Misuse: it has ended.
Tried<std::string> read_line();

}  // namespace kappa::cli
