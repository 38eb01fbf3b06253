// What is on the other end of a descriptor, and how to write to it without harm.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kappa::cli {

bool is_terminal(int fd);

/// How many cells wide it is; 0 when it is no terminal.
std::size_t terminal_width(int fd);

/// Whether to colour what goes there: a terminal that is not "dumb", and NO_COLOR is not set
/// (no-color.org), which --no-color does for the command.
bool takes_colour(int fd);

/// The text with every control character but line ends and tabs made visible: what a function
/// printed, or a server sent, must not steer the terminal.
std::string without_controls(std::string_view text);

/// Writes to standard output: made harmless on a terminal, byte for byte into a pipe.
void print(std::string_view text);
/// Writes a reason, which ends with a line end, to standard error; its first line in red where
/// colour is taken.
void print_error(std::string_view reason);

/// Writes a remark for people to standard error.
void note(std::string_view remark);

}  // namespace kappa::cli
