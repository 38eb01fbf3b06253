// What went wrong, why, and what to do about it: three lines for people, one object for programs.
#pragma once

#include <string>

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

struct Trouble {
  Code code = Code::internal;
  std::string what;
  std::string why;
  std::string todo;
  int exit_code = 1;

  /// "WHAT\n  why: WHY\n  try: TODO\n"; a line that has nothing to say is left out.
  std::string text() const;
  ErrorText reply() const { return {code, what, why, todo}; }
};

/// What an error says without knowing what was asked. Kappa's texts read "what; what to do"
/// or "what; why; what to do".
Trouble trouble_of(const Error& error);

}  // namespace kappa::cli
