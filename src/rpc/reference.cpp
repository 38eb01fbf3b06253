// The operations as a page for people: Markdown.
#include "rpc/errors.hpp"
#include "rpc/record.hpp"
#include "rpc/router.hpp"

namespace kappa::rpc {
namespace {

std::string parameters_of(const OperationDoc& doc) {
  std::string text;
  for (const ParameterDoc& parameter : doc.parameters) {
    const std::string name = parameter.takes_rest ? "every other" : "`" + parameter.name + "`";
    text += (text.empty() ? "" : ", ") + name + " (" + std::string(parameter.in) +
            (parameter.required ? "" : ", optional") + ")";
  }
  return text.empty() ? "" : "Parameters: " + text + ".\n\n";
}

std::string refusals_of(const OperationDoc& doc) {
  std::string rows;
  for (const Refused& refused : doc.text.refusals) {
    rows += "| " + std::to_string(status_of(refused.code)) + " | " +
            std::string(Codec<Code>::name(refused.code)) + " | " + refused.when + " |\n";
  }
  for (const auto& [status, when] : doc.text.replies)
    rows += "| " + std::to_string(status) + " | with a reply | " + when + " |\n";
  return rows.empty() ? "" : "| status | code | when |\n| --- | --- | --- |\n" + rows + "\n";
}

std::string example(std::string_view title, const std::string& json) {
  if (json.empty()) return "";
  return std::string(title) + ":\n\n```json\n" + json + "\n```\n\n";
}

}  // namespace

std::string Router::reference() const {
  std::string out =
      (guarded_ ? "# Operations of " + title_ + "\n\n" : "# Operations\n\n") +
      "Made from the program by `./dev reference`. Every path answers with and without a trailing "
      "slash. Errors are\n`{\"detail\", \"code\", \"faults\"}`. Beside what is listed, ";
  out += guarded_ ? "every operation answers 401 without the module's token, which\nits token file "
                    "has, one"
                  : "an operation that needs a token answers 401 without a valid one,\none";
  out +=
      " with parameters or a body 422 when they do not fit, and any 500 or 503 when Kappa fails or "
      "cannot serve now.\n\n";
  for (const Entry& entry : entries_) {
    const OperationDoc& doc = entry.doc;
    out += "## " + std::string(doc.verb) + " " + std::string(doc.path) + "\n\n" +
           std::string(doc.summary) + (doc.needs_caller ? " Needs a token.\n\n" : "\n\n");
    if (!doc.text.description.empty()) out += doc.text.description + "\n\n";
    out += parameters_of(doc) + refusals_of(doc) + example("Request", doc.text.request) +
           example("Reply", doc.text.reply);
  }
  out.pop_back();
  return out;
}

}  // namespace kappa::rpc
