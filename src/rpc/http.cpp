// Looking up header fields.
#include "rpc/http.hpp"

#include <algorithm>

namespace kappa::rpc {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

std::string_view field_of(const std::vector<HttpField>& fields, std::string_view name) {
  for (const HttpField& field : fields) {
    if (same_name(field.name, name)) return field.value;
  }
  return {};
}

std::string list_of(const std::vector<HttpField>& fields, std::string_view name) {
  std::string list;
  for (const HttpField& field : fields) {
    if (same_name(field.name, name)) list += (list.empty() ? "" : ", ") + field.value;
  }
  return list;
}

}  // namespace kappa::rpc
