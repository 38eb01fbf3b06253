// What is bound to a statement's parameters.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "kappa/types.hpp"

namespace kappa::store {

using Bytes = std::span<const std::uint8_t>;

inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// One parameter. Borrows text and bytes until the statement has run. Made implicitly, so that a
/// call reads `db.run("... VALUES (?, ?)", {fn_id, name})`.
// NOLINTBEGIN(google-explicit-constructor)
class Value {
 public:
  Value(std::nullopt_t) {}
  Value(std::int64_t number) : held_(number) {}
  Value(std::string_view text) : held_(text) {}
  Value(const std::string& text) : held_(std::string_view(text)) {}
  Value(const char* text) : held_(std::string_view(text)) {}
  Value(Bytes bytes) : held_(bytes) {}
  Value(const Uuid& id) : held_(Bytes(id.bytes)) {}
  Value(Timestamp ts) : held_(ts.us) {}

  const std::variant<std::monostate, std::int64_t, std::string_view, Bytes>& held() const {
    return held_;
  }

 private:
  std::variant<std::monostate, std::int64_t, std::string_view, Bytes> held_;
};
// NOLINTEND(google-explicit-constructor)

}  // namespace kappa::store
