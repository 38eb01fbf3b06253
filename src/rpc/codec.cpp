// The codecs' words for what does not fit.
#include <stdexcept>

#include "base/suggest.hpp"
#include "rpc/record.hpp"

namespace kappa::rpc {

std::string At::pointer() const {
  if (up == nullptr) return "";
  std::string text = up->pointer() + '/';
  for (const char c : key) {
    if (c == '~') {
      text += "~0";
    } else if (c == '/') {
      text += "~1";
    } else {
      text += c;
    }
  }
  return text;
}

std::string reference_to(std::string_view schema) {
  return R"({"$ref":"#/components/schemas/)" + std::string(schema) + "\"}";
}

std::string define(Definitions& definitions, std::string_view name, const std::string& schema) {
  const auto& known = definitions.emplace(name, schema).first->second;
  if (known != schema) throw std::logic_error("two schemas are called '" + std::string(name) + "'");
  return reference_to(name);
}

std::string unknown_member(std::string_view name, const std::vector<std::string_view>& known) {
  const std::string_view close = nearest(name, known);
  if (close.empty()) return "is not a known member";
  return "is not a known member; did you mean '" + std::string(close) + "'?";
}

std::string unknown_choice(std::string_view got, const std::vector<std::string_view>& known) {
  std::string text = "expected one of";
  for (std::size_t i = 0; i < known.size(); ++i)
    text += (i == 0 ? " " : ", ") + std::string(known[i]);
  const std::string_view close = nearest(got, known);
  if (!close.empty()) text += "; did you mean '" + std::string(close) + "'?";
  return text;
}

}  // namespace kappa::rpc
