// Described structs and enums as JSON: the description is the only place that lists members.
#pragma once

#include <boost/describe/enumerators.hpp>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "rpc/codec.hpp"

namespace kappa::rpc {

template <class T>
concept Record = boost::describe::has_describe_members<T>::value && !std::is_enum_v<T>;
template <class T>
concept Choice = boost::describe::has_describe_enumerators<T>::value;

template <class T, class D>
using MemberOf = std::remove_cvref_t<decltype(std::declval<T&>().*D::pointer)>;

template <class>
constexpr bool is_optional = false;
template <class T>
constexpr bool is_optional<std::optional<T>> = true;

/// "kappa::runner::Execution" -> "Execution".
template <class T>
constexpr std::string_view type_name() {
  std::string_view text = __PRETTY_FUNCTION__;
  text = text.substr(text.find("T = ") + 4);
  text = text.substr(0, text.find_first_of(";]"));
  return text.substr(text.rfind(':') + 1);
}

std::string reference_to(std::string_view schema);
/// Names a schema, so that generated clients have a name for it too; gives the reference to it.
/// Throws std::logic_error when another has that name.
std::string define(Definitions& definitions, std::string_view name, const std::string& schema);

template <class T>
std::vector<std::string_view> member_names() {
  std::vector<std::string_view> names;
  boost::mp11::mp_for_each<Members<T>>([&](auto member) { names.push_back(member.name); });
  return names;
}

/// "is not a known member; did you mean 'timeout_ms'?"
std::string unknown_member(std::string_view name, const std::vector<std::string_view>& known);
/// "expected one of ok, error, ..., got 'okay'"
std::string unknown_choice(std::string_view got, const std::vector<std::string_view>& known);

template <Choice E>
struct Codec<E> {
  static constexpr bool textual = true;
  static std::vector<std::string_view> names() {
    std::vector<std::string_view> all;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>(
        [&](auto item) { all.push_back(item.name); });
    return all;
  }
  static void read(JsonView view, E& out, const At& at, Reading& reading) {
    if (view.kind() != JsonKind::string) return reading.mismatch(at, "string", view);
    const std::string name = view.string();
    bool found = false;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto item) {
      if (name != item.name) return;
      out = item.value;
      found = true;
    });
    if (!found) reading.fault(at, unknown_choice(name, names()));
  }
  static std::string_view name(E value) {
    std::string_view text;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto item) {
      if (item.value == value) text = item.name;
    });
    return text;
  }
  static void write(std::string& out, E value) { append_json_string(out, name(value)); }
  static std::string schema(Definitions& definitions) {
    std::string text;
    for (const auto item : names()) text += (text.empty() ? "" : ",") + json_string(item);
    return define(definitions, type_name<E>(), R"({"type":"string","enum":[)" + text + "]}");
  }
};

/// An object with those members of T that `has` is true of.
template <class T, class Has>
std::string object_schema(Definitions& definitions, const Has& has) {
  std::string properties;
  std::string required;
  boost::mp11::mp_for_each<Members<T>>([&](auto member) {
    using M = MemberOf<T, decltype(member)>;
    if (!has(member.name)) return;
    properties += (properties.empty() ? "" : ",") + json_string(member.name) + ":" +
                  Codec<M>::schema(definitions);
    if (!is_optional<M>) required += (required.empty() ? "" : ",") + json_string(member.name);
  });
  return R"({"type":"object","properties":{)" + properties + "}" +
         (required.empty() ? "" : R"(,"required":[)" + required + "]") + "}";
}

template <>
struct Codec<Nothing> {
  static constexpr bool textual = false;
  static void read(JsonView, Nothing&, const At&, Reading&) {}
  static void write(std::string& out, Nothing) { out += "null"; }
  static std::string schema(Definitions&) { return R"({"description":"null"})"; }
};

template <Record T>
struct Codec<T> {
  static constexpr bool textual = false;

  static void read(JsonView view, T& out, const At& at, Reading& reading) {
    if (view.kind() != JsonKind::object) return reading.mismatch(at, "object", view);
    std::vector<bool> seen(boost::mp11::mp_size<Members<T>>::value);
    for (JsonCursor cursor(view); cursor.next();) {
      const std::string key = cursor.key();
      std::size_t index = 0;
      bool known = false;
      boost::mp11::mp_for_each<Members<T>>([&](auto member) {
        if (!known && key == member.name) {
          known = seen[index] = true;
          Codec<MemberOf<T, decltype(member)>>::read(cursor.value(), out.*member.pointer,
                                                     {&at, key}, reading);
        }
        ++index;
      });
      if (!known && !reading.unknown_passes)
        reading.fault({&at, key}, unknown_member(key, member_names<T>()));
    }
    report_missing(seen, at, reading);
  }

  static void write(std::string& out, const T& record) {
    char separator = '{';
    boost::mp11::mp_for_each<Members<T>>([&](auto member) {
      const auto& value = record.*member.pointer;
      if constexpr (is_optional<MemberOf<T, decltype(member)>>) {
        if (!value) return;  // absent rather than null
      }
      out += std::exchange(separator, ',');
      append_json_string(out, member.name);
      out += ':';
      Codec<MemberOf<T, decltype(member)>>::write(out, value);
    });
    out += separator == '{' ? "{}" : "}";
  }

  static std::string schema(Definitions& definitions) {
    const std::string name(type_name<T>());
    if (definitions.emplace(name, "").second) {  // reserved first: a recursive type ends here
      const auto all = [](std::string_view) { return true; };
      definitions[name] = object_schema<T>(definitions, all);
    }
    return reference_to(name);
  }

 private:
  static void report_missing(const std::vector<bool>& seen, const At& at, Reading& reading) {
    if (reading.absent_keeps) return;
    std::size_t index = 0;
    boost::mp11::mp_for_each<Members<T>>([&](auto member) {
      if (!seen[index++] && !is_optional<MemberOf<T, decltype(member)>>)
        reading.fault({&at, member.name}, "is required");
    });
  }
};

/// Reads a whole text that nobody has checked yet; leaves faults where it does not fit.
template <class T>
void read_json(std::string_view text, T& out, Reading& reading,
               std::size_t max_depth = max_request_depth) {
  if (auto fault = json_fault(text, max_depth)) return reading.fault({}, std::move(*fault));
  Codec<T>::read(JsonView(text), out, {}, reading);
}

template <class T>
std::string write_json(const T& value) {
  std::string out;
  Codec<T>::write(out, value);
  return out;
}

}  // namespace kappa::rpc
