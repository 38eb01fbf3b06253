// kappa invoke: a function's result for pipes, with what it printed and what it used beside it.
#pragma once

#include <string>
#include <vector>

#include "cli/session.hpp"

namespace kappa::cli {

/// Where the arguments come from; at most one of them. Without any, standard input when it is no
/// terminal, else no arguments.
struct InvokeFlags {
  std::vector<std::string> args;  ///< "key=text" or "key:=JSON"
  std::string data;               ///< a JSON object
  std::string file;               ///< a file with one, "-" for standard input
  bool quiet = false;             ///< neither what it printed nor the report
};

/// The result alone on standard output; the function's logs and a REPORT line on standard error.
/// Gives the program's exit code: 1 when the function failed.
Tried<int> invoke_function(const Session& session, const std::string& name,
                           const InvokeFlags& flags);

/// Tells of a call that has ended as invoke_function() does; `reply` is what JSON formats show of
/// it. Gives the program's exit code.
int tell_call(const Session& session, const gateway::Executed& executed, const std::string& reply,
              bool quiet);

/// The JSON object that "key=text" and "key:=JSON" make. Misuse: one of them is none, or a key is
/// given twice.
Tried<std::string> json_of_args(const std::vector<std::string>& args);

}  // namespace kappa::cli
