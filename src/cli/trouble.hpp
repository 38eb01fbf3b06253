// What went wrong, why, and what to do about it: three lines for people, one object for programs.
#pragma once

#include <string>

#include "cli/exit_codes.hpp"
#include "kappa/core.hpp"

namespace kappa::cli {

/// An error as programs read it.
struct ErrorText {
  Code code = Code::internal;
  std::string message;
  std::string why;
  std::string hint;  ///< what to do
};
BOOST_DESCRIBE_STRUCT(ErrorText, (), (code, message, why, hint))

struct ErrorReply {
  ErrorText error;
};
BOOST_DESCRIBE_STRUCT(ErrorReply, (), (error))

/// The command line's own error.
struct Trouble {
  std::string what;
  std::string why;
  std::string todo;
  Code code = Code::internal;
  int exit_code = exit_failed;

  Trouble() = default;
  /// What an operation's error says without knowing what was asked.
  Trouble(const Error& error);  // NOLINT(google-explicit-constructor): TRY passes errors on
  /// The command, a flag or its input was not understood; nothing was done.
  static Trouble misuse(std::string what, std::string why, std::string todo);
  /// This machine, not the server, is in the way.
  static Trouble here(std::string what, std::string why, std::string todo);

  /// "WHAT\n  why: WHY\n  try: TODO\n"; a line that has nothing to say is left out.
  std::string text() const;
  ErrorText reply() const { return {code, what, why, todo}; }
};

/// What a part of a command gives.
template <class T>
using Tried = boost::system::result<T, Trouble>;

}  // namespace kappa::cli
