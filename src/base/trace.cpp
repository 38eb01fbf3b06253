// The one thread_local of Kappa: a request's names go along with every call on its thread, and no
// operation's signature should have to carry them.
#include "base/trace.hpp"

#include <algorithm>
#include <array>

#include "base/random.hpp"

namespace kappa {
namespace {

thread_local const Trace* current = nullptr;

constexpr std::size_t trace_digits = 32;
constexpr std::size_t parent_digits = 16;
constexpr std::size_t field_size = 2 + 1 + trace_digits + 1 + parent_digits + 1 + 2;

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_zero(std::string_view text) { return text.find_first_not_of('0') == text.npos; }

}  // namespace

std::optional<Trace> parse_traceparent(std::string_view field) {
  if (field.size() < field_size) return std::nullopt;
  const std::string_view version = field.substr(0, 2);
  const bool longer = field.size() > field_size;
  if (version == "ff" || (longer && (version == "00" || field[field_size] != '-')))
    return std::nullopt;
  const std::string_view trace = field.substr(3, trace_digits);
  const std::string_view parent = field.substr(4 + trace_digits, parent_digits);
  const std::string_view flags = field.substr(field_size - 2, 2);
  const bool dashes =
      field[2] == '-' && field[3 + trace_digits] == '-' && field[field_size - 3] == '-';
  if (!dashes || !is_hex(version) || !is_hex(trace) || !is_hex(parent) || !is_hex(flags))
    return std::nullopt;
  if (is_zero(trace) || is_zero(parent)) return std::nullopt;
  const bool recorded = (flags[1] >= 'a' ? flags[1] - 'a' + 10 : flags[1] - '0') % 2 == 1;
  return Trace{"", std::string(trace), recorded ? "01" : "00"};  // the only flag that has a meaning
}

std::string make_traceparent(const Trace& trace) {
  if (trace.trace_id.empty()) return "";
  std::array<std::uint8_t, parent_digits / 2> parent{};
  SystemRandom random;
  random.fill(parent);
  parent[0] |= 1;  // never all zeros
  std::string digits;
  for (const std::uint8_t byte : parent) {
    digits += "0123456789abcdef"[byte >> 4];
    digits += "0123456789abcdef"[byte & 15];
  }
  return "00-" + trace.trace_id + "-" + digits + "-" + trace.flags;
}

TraceScope::TraceScope(const Trace& trace) : before_(current) { current = &trace; }
TraceScope::~TraceScope() { current = before_; }

const Trace* current_trace() { return current; }

}  // namespace kappa
