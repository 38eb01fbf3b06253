// Texts from path and query, as JSON.
#include "rpc/request.hpp"

namespace kappa::rpc {

std::string parameter_json(std::string_view text, bool textual) {
  // Clients that are generated for Python write a boolean as Python does.
  if (!textual && (text == "True" || text == "False")) return text == "True" ? "true" : "false";
  const bool json = !textual && !text.empty() && text.front() != '"' && !json_fault(text);
  return json ? std::string(text) : json_string(text);
}

}  // namespace kappa::rpc
