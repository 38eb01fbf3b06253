// What calls used and cost, and what they may cost.
#pragma once

#include <string>

#include "cli/session.hpp"

namespace kappa::cli {

struct BillFlags {
  std::string month;      ///< "" is the present one
  bool of_month = false;  ///< --month is there, with a value or without
  bool daily = false;
};

/// Each gives the program's exit code. Without flags the bill is as it always was, executions over
/// all time; with one, or as CSV, it is a month's.
Tried<int> show_bill(const Session& session, const BillFlags& flags);
Tried<int> show_budget(const Session& session);
/// Misuse: the amount is none.
Tried<int> set_budget(const Session& session, const std::string& amount);
Tried<int> clear_budget(const Session& session);

}  // namespace kappa::cli
