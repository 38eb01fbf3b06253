// What people are told about an operation beyond its one line: read from a Markdown text that is
// embedded in the program.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kappa/core.hpp"

namespace kappa::rpc {

/// One way an operation refuses, and when.
struct Refused {
  Code code = Code::internal;
  std::string when;
};

struct OperationText {
  std::string group;        ///< what it is shown under: "Functions"; or ""
  std::string description;  ///< Markdown: meaning, units, limits
  std::vector<Refused> refusals;
  std::map<unsigned, std::string>
      replies;          ///< statuses beside 200 that come with a reply, and when
  std::string request;  ///< a body as an example, JSON; "" when it takes none
  std::string reply;    ///< a reply as an example, JSON
};

/// Takes a text apart: "# group" is what follows until the next, "## operation" begins each, then
/// paragraphs, then lines "- code: when" of its refusals and "- reply STATUS: when", then "Request:
/// JSON" and "Reply: JSON", each on one line. What stands before the first operation is for people
/// who read the file. Throws std::logic_error for a line that does not fit: the text is part of the
/// program.
std::map<std::string, OperationText> read_operation_texts(std::string_view markdown);

}  // namespace kappa::rpc
