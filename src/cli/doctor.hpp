// kappa doctor: looks at everything between this program and a running function.
#pragma once

#include "cli/session.hpp"

namespace kappa::cli {

enum class State { ok, warning, broken };
BOOST_DESCRIBE_ENUM(State, ok, warning, broken)

/// One thing looked at.
struct Check {
  std::string name;
  State state = State::ok;
  std::string detail;
  std::string hint;  ///< what to do; "" when ok
};
BOOST_DESCRIBE_STRUCT(Check, (), (name, state, detail, hint))

struct Checks {
  std::vector<Check> checks;
};
BOOST_DESCRIBE_STRUCT(Checks, (), (checks))

void show_checks(const Output& out, const Checks& found);

/// Says what it finds. The program's exit code is 0 unless something is broken.
Tried<int> doctor(const Session& session);

}  // namespace kappa::cli
