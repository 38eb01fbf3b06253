// Enums as the database has them: the names of their C++ values.
#pragma once

#include <boost/describe/enum_from_string.hpp>
#include <boost/describe/enum_to_string.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

namespace kappa::data {

template <class E>
const char* name_of(E value) {
  return boost::describe::enum_to_string(value, "");
}

/// Throws for a name that only a newer binary, which migrate() refuses, could have written.
template <class E>
E value_of(std::string_view text) {
  const std::string name(text);
  E value{};
  if (!boost::describe::enum_from_string(name.c_str(), value))
    throw std::logic_error("the database holds an unknown name: " + name);
  return value;
}

}  // namespace kappa::data
