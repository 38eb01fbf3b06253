// A reason and a way out for each kind of error.
#include "cli/trouble.hpp"

#include "cli/exit_codes.hpp"

namespace kappa::cli {
namespace {

struct Advice {
  std::string_view why;
  std::string_view todo;
};

Advice advice_for(const Error& error) {
  switch (error.code) {
    case Code::invalid_argument:
      return {"nothing was run, and nothing is billed", "give the arguments that main() takes"};
    case Code::unauthorized:
      return {"the server does not know this login", "kappa login"};
    case Code::not_found:
      return {"it never was, was deleted, or is somebody else's", "kappa fn list"};
    case Code::unacceptable:
      return {"Kappa loads a function once in its sandbox before it takes it",
              "mend the file, and try again"};
    case Code::conflict:
      return {"names are unique", "choose another name"};
    case Code::too_large:
      return {"the server bounds what it takes", "send less"};
    case Code::invalid:
      return {"", "kappa --help"};
    case Code::limited:
      return {"the server does as much at once as it may", "try again in a moment"};
    case Code::internal:
      return {"this is a bug, or the server's machine is broken", "look into the server's log"};
    case Code::unavailable:
      break;
  }
  return {"the server, its disk or a part of it is not ready",
          "try again in a moment; kappa doctor looks closer"};
}

/// Cuts `text` at the first `mark`, and gives what comes behind it.
std::string cut_behind(std::string& text, std::string_view mark) {
  const std::size_t at = text.find(mark);
  if (at == text.npos) return "";
  std::string behind = text.substr(at + mark.size());
  text.resize(at);
  return behind;
}

std::string faults_of(const Error& error) {
  std::string text;
  for (const Fault& fault : error.faults) {
    const std::string at = fault.at.empty() ? "" : fault.at.substr(1) + ": ";
    text += (text.empty() ? "" : "\n       ") + at + fault.why;
  }
  return text;
}

}  // namespace

std::string Trouble::text() const {
  std::string out = what + "\n";
  if (!why.empty()) out += "  why: " + why + "\n";
  if (!todo.empty()) out += "  try: " + todo + "\n";
  return out;
}

Trouble trouble_of(const Error& error) {
  const Advice advice = advice_for(error);
  Trouble trouble{error.code, error.detail, std::string(advice.why), std::string(advice.todo),
                  exit_code_of(error)};
  if (std::string todo = cut_behind(trouble.what, "\n"); !todo.empty()) trouble.todo = todo;
  if (std::string todo = cut_behind(trouble.what, "; "); !todo.empty()) {
    const std::string last = cut_behind(todo, "; ");
    const bool explains = !last.empty() || todo.starts_with("did you mean");
    if (explains) trouble.why = todo;
    if (!explains) trouble.todo = todo;
    if (!last.empty()) trouble.todo = last;
  }
  if (std::string faults = faults_of(error); !faults.empty()) {
    trouble.why = faults;
    if (error.code == Code::invalid) trouble.todo = "mend it, and try again";
  }
  if (is_unreachable(error)) {
    trouble.why = cut_behind(trouble.what, ": ");
    trouble.todo = "start it with: kappa serve; or name another with --server";
  } else if (is_late(error)) {
    trouble.why = cut_behind(trouble.what, ": ");
    trouble.what += " did not answer";
    trouble.todo = "give it longer with --timeout SECONDS; kappa doctor looks closer";
  }
  return trouble;
}

}  // namespace kappa::cli
