// How each kind of value is read from JSON (all faults, each with its pointer), written to it, and
// described.
#pragma once

#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "kappa/route.hpp"
#include "kappa/types.hpp"
#include "rpc/decimal.hpp"
#include "rpc/json.hpp"

namespace kappa::rpc {

/// Where the reader stands: a list on the stack, so that the happy path allocates nothing.
struct At {
  const At* up = nullptr;
  std::string_view key = {};
  std::string pointer() const;  ///< RFC 6901
};

/// What a reader does with members that are missing or unknown, and where it puts faults.
struct Reading {
  std::vector<Fault>& faults;
  bool absent_keeps =
      false;  ///< a missing member keeps the value it has: configuration over defaults
  bool unknown_passes = false;  ///< an unknown member is ignored: replies of a newer peer

  void fault(const At& at, std::string why) { faults.push_back({at.pointer(), std::move(why)}); }
  void mismatch(const At& at, std::string_view expected, JsonView got) {
    fault(at, "expected " + std::string(expected) + ", got " + std::string(to_text(got.kind())));
  }
};

/// Named schemas, as OpenAPI's components have them: name -> JSON text.
using Definitions = std::map<std::string, std::string>;

/// One specialisation per kind of value:
///   textual: in a path or query it is taken as it stands, not as JSON
///   read(view, out, at, reading), write(out, value), schema(definitions) -> JSON text
template <class T>
struct Codec;

template <>
struct Codec<std::string> {
  static constexpr bool textual = true;
  static void read(JsonView view, std::string& out, const At& at, Reading& reading) {
    if (view.kind() != JsonKind::string) return reading.mismatch(at, "string", view);
    out = view.string();
  }
  static void write(std::string& out, const std::string& text) { append_json_string(out, text); }
  static std::string schema(Definitions&) { return R"({"type":"string"})"; }
};

template <class Rule>
struct Codec<Refined<Rule>> {
  static constexpr bool textual = true;
  static void read(JsonView view, Refined<Rule>& out, const At& at, Reading& reading) {
    const std::size_t before = reading.faults.size();
    Codec<std::string>::read(view, out.value, at, reading);
    if (reading.faults.size() > before || Rule::holds(out.value)) return;
    reading.fault(at, "expected " + std::string(Rule::expected));  // what came may be a secret
  }
  static void write(std::string& out, const Refined<Rule>& text) {
    append_json_string(out, text.value);
  }
  static std::string schema(Definitions&) {
    std::string text = R"({"type":"string","minLength":)" + std::to_string(Rule::min_length) +
                       R"(,"maxLength":)" + std::to_string(Rule::max_length);
    if (!Rule::pattern.empty()) text += R"(,"pattern":)" + json_string(Rule::pattern);
    return text + R"(,"description":)" + json_string(Rule::expected) + "}";
  }
};

template <>
struct Codec<bool> {
  static constexpr bool textual = false;
  static void read(JsonView view, bool& out, const At& at, Reading& reading) {
    if (view.kind() != JsonKind::boolean) return reading.mismatch(at, "boolean", view);
    out = view.text() == "true";
  }
  static void write(std::string& out, bool value) { out += value ? "true" : "false"; }
  static std::string schema(Definitions&) { return R"({"type":"boolean"})"; }
};

template <>
struct Codec<std::int64_t> {
  static constexpr bool textual = false;
  static void read(JsonView view, std::int64_t& out, const At& at, Reading& reading) {
    const auto value = view.integer();
    if (!value && view.kind() == JsonKind::number)
      return reading.fault(at, "expected a whole number of 64 bits");
    if (!value) return reading.mismatch(at, "integer", view);
    out = *value;
  }
  static void write(std::string& out, std::int64_t value) { out += std::to_string(value); }
  static std::string schema(Definitions&) { return R"({"type":"integer","format":"int64"})"; }
};

template <>
struct Codec<double> {
  static constexpr bool textual = false;
  static void read(JsonView view, double& out, const At& at, Reading& reading) {
    if (view.kind() != JsonKind::number) return reading.mismatch(at, "number", view);
    out = view.number();
  }
  static void write(std::string& out, double value) {
    char text[32];
    out.append(text, std::to_chars(text, text + sizeof text, value).ptr);
  }
  static std::string schema(Definitions&) { return R"({"type":"number","format":"double"})"; }
};

template <int digits>
struct Codec<Decimal<digits>> {
  static constexpr bool textual = false;
  static void read(JsonView view, Decimal<digits>& out, const At& at, Reading& reading) {
    if (view.kind() != JsonKind::number) return reading.mismatch(at, "number", view);
    const auto scaled = read_decimal(view, digits);
    if (!scaled) return reading.fault(at, expected_decimal(digits));
    out.scaled = *scaled;
  }
  static void write(std::string& out, Decimal<digits> number) {
    out += decimal_text(number.scaled, digits);
  }
  static std::string schema(Definitions&) {
    return R"({"type":"number","minimum":0,"description":)" +
           json_string(expected_decimal(digits)) + "}";
  }
};

template <>
struct Codec<Uuid> {
  static constexpr bool textual = true;
  static void read(JsonView view, Uuid& out, const At& at, Reading& reading) {
    const auto id = view.kind() == JsonKind::string ? parse_uuid(view.string()) : std::nullopt;
    if (!id) return reading.fault(at, "expected a UUID like 01a20d36-aa7b-7c52-9d1e-3f6b0a4c8e21");
    out = *id;
  }
  static void write(std::string& out, const Uuid& id) { append_json_string(out, to_text(id)); }
  static std::string schema(Definitions&) { return R"({"type":"string","format":"uuid"})"; }
};

template <>
struct Codec<Timestamp> {
  static constexpr bool textual = true;
  static void read(JsonView view, Timestamp& out, const At& at, Reading& reading) {
    const auto ts = view.kind() == JsonKind::string ? parse_timestamp(view.string()) : std::nullopt;
    if (!ts) return reading.fault(at, "expected a time like 2026-11-24T11:00:16.123456+00:00");
    out = *ts;
  }
  static void write(std::string& out, Timestamp ts) { append_json_string(out, to_text(ts)); }
  static std::string schema(Definitions&) { return R"({"type":"string","format":"date-time"})"; }
};

template <>
struct Codec<RawJson> {
  static constexpr bool textual = false;
  static void read(JsonView view, RawJson& out, const At&, Reading&) { out.text = view.text(); }
  static void write(std::string& out, const RawJson& json) { out += json.text; }
  static std::string schema(Definitions&) { return R"({"description":"any JSON value"})"; }
};

template <class T>
struct Codec<std::optional<T>> {
  static constexpr bool textual = Codec<T>::textual;
  static void read(JsonView view, std::optional<T>& out, const At& at, Reading& reading) {
    out.reset();
    if (view.kind() != JsonKind::null) Codec<T>::read(view, out.emplace(), at, reading);
  }
  static void write(std::string& out, const std::optional<T>& value) {
    if (value) return Codec<T>::write(out, *value);
    out += "null";
  }
  static std::string schema(Definitions& definitions) { return Codec<T>::schema(definitions); }
};

template <class T>
struct Codec<std::vector<T>> {
  static constexpr bool textual = false;
  static void read(JsonView view, std::vector<T>& out, const At& at, Reading& reading) {
    if (view.kind() != JsonKind::array) return reading.mismatch(at, "array", view);
    out.clear();
    for (JsonCursor item(view); item.next();) {
      const std::string index = std::to_string(out.size());
      Codec<T>::read(item.value(), out.emplace_back(), {&at, index}, reading);
    }
  }
  static void write(std::string& out, const std::vector<T>& items) {
    char separator = '[';
    for (const T& item : items) {
      out += std::exchange(separator, ',');
      Codec<T>::write(out, item);
    }
    out += items.empty() ? "[]" : "]";
  }
  static std::string schema(Definitions& definitions) {
    return R"({"type":"array","items":)" + Codec<T>::schema(definitions) + "}";
  }
};

template <class T>
struct Codec<std::map<std::string, T>> {
  static constexpr bool textual = false;
  static void read(JsonView view, std::map<std::string, T>& out, const At& at, Reading& reading) {
    if (view.kind() != JsonKind::object) return reading.mismatch(at, "object", view);
    out.clear();
    for (JsonCursor member(view); member.next();) {
      const std::string key = member.key();
      Codec<T>::read(member.value(), out[key], {&at, key}, reading);
    }
  }
  static void write(std::string& out, const std::map<std::string, T>& members) {
    char separator = '{';
    for (const auto& [key, value] : members) {
      out += std::exchange(separator, ',');
      append_json_string(out, key);
      out += ':';
      Codec<T>::write(out, value);
    }
    out += members.empty() ? "{}" : "}";
  }
  static std::string schema(Definitions& definitions) {
    return R"({"type":"object","additionalProperties":)" + Codec<T>::schema(definitions) + "}";
  }
};

}  // namespace kappa::rpc
