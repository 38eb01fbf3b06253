// A reason and a way out for each kind of error.
#include "cli/trouble.hpp"

namespace kappa::cli {
namespace {

struct Advice {
  std::string_view why;
  std::string_view todo;
};

Advice advice_for(Code code) {
  switch (code) {
    case Code::invalid_argument:
      return {"nothing was run, and nothing is billed", "give the arguments that main() takes"};
    case Code::unauthorized:
      return {"the server does not know this login", "kappa login"};
    case Code::over_budget:
      return {"calls are refused until the next month begins",
              "kappa budget show; raise it with: kappa budget set AMOUNT"};
    case Code::not_found:
      return {"it never was, was deleted, or is somebody else's", "kappa fn list"};
    case Code::unacceptable:
      return {"Kappa loads a function once in its sandbox before it takes it",
              "mend the file, and try again"};
    case Code::conflict:
      return {"names are unique", "choose another name, or delete the other first"};
    case Code::too_large:
      return {"the server bounds what it takes", "send less, or let the server take more: http.*"};
    case Code::invalid:
      return {"", "mend it, and try again"};
    case Code::limited:
      return {"the server does as much at once as it may", "try again in a moment"};
    case Code::internal:
      return {"this is a bug, or the server's machine is broken", "look into the server's log"};
    case Code::unavailable:
      break;
  }
  return {"the server, its disk, a part of it or a proxy before it is not ready",
          "try again in a moment; kappa doctor looks closer"};
}

std::string faults_of(const Error& error) {
  std::string text;
  for (const Fault& fault : error.faults) {
    const std::string at = fault.at.empty() ? "" : fault.at.substr(1) + ": ";
    text += (text.empty() ? "" : "\n       ") + at + fault.why;
  }
  return text;
}

/// "cannot reach Kappa at URL: reason" parted at the reason; a URL holds no ": ".
void part_reason(Trouble& trouble) {
  const std::size_t at = trouble.what.find(": ");
  if (at == trouble.what.npos) return;
  trouble.why = trouble.what.substr(at + 2);
  trouble.what.resize(at);
}

}  // namespace

Trouble::Trouble(const Error& error) : what(error.detail), code(error.code) {
  exit_code = exit_code_of(error);
  const Advice advice = advice_for(code);
  why = advice.why;
  todo = advice.todo;
  if (std::string faults = faults_of(error); !faults.empty()) {
    // "the request does not fit its description" is for those who made the request.
    (code == Code::invalid ? what : why) = std::move(faults);
  }
  if (error.contact == Contact::unreachable || error.contact == Contact::cut) {
    part_reason(*this);
    todo = "start it with: kappa serve; or name another with --server";
  } else if (error.contact == Contact::untrusted) {
    part_reason(*this);
    todo = "let this machine trust it, or name its authority's file in SSL_CERT_FILE";
  } else if (error.contact == Contact::late) {
    part_reason(*this);
    what += " did not answer";
    why += "; what was asked for may go on there";
    todo = "give it longer with --timeout SECONDS; kappa exec list --running shows what runs";
  }
}

Trouble Trouble::misuse(std::string what, std::string why, std::string todo) {
  Trouble trouble = here(std::move(what), std::move(why), std::move(todo));
  trouble.code = Code::invalid;
  trouble.exit_code = exit_usage;
  return trouble;
}

Trouble Trouble::here(std::string what, std::string why, std::string todo) {
  Trouble trouble;
  trouble.what = std::move(what);
  trouble.why = std::move(why);
  trouble.todo = std::move(todo);
  trouble.code = Code::unavailable;
  return trouble;
}

std::string Trouble::text() const {
  std::string out = what + "\n";
  if (!why.empty()) out += "  why: " + why + "\n";
  if (!todo.empty()) out += "  try: " + todo + "\n";
  return out;
}

}  // namespace kappa::cli
