// The one file that includes spdlog: its header is among the dearest to compile.
#include "base/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace kappa::log {
namespace {

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = std::make_shared<spdlog::logger>("kappa",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    made->flush_on(spdlog::level::debug);
    return made;
  }();
  return *instance;
}

spdlog::level::level_enum level_of(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    case Level::error:
      break;
  }
  return spdlog::level::err;
}

/// A line stays a line, and a value cannot pass for two fields.
std::string quoted(std::string_view text) {
  const auto plain = [](char c) {
    return c > ' ' && c != '"' && c != '=' && c != '\\' && c != 0x7f;
  };
  bool needs_quotes = text.empty();
  for (const char c : text) needs_quotes |= !plain(c);
  if (!needs_quotes) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) {
      out += "\\x";
      out += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
      out += "0123456789abcdef"[c & 15];
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out + '"';
}

}  // namespace

Field::Field(std::string_view name_, std::string_view text) : name(name_), value(quoted(text)) {}
Field::Field(std::string_view name_, std::int64_t number)
    : name(name_), value(std::to_string(number)) {}

void set_level(Level level) { logger().set_level(level_of(level)); }

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
  if (!logger().should_log(level_of(level))) return;
  std::string line(event);
  for (const Field& field : fields) {
    if (field.name.empty()) continue;
    line += ' ';
    line += field.name;
    line += '=';
    line += field.value;
  }
  logger().log(level_of(level), line);
}

}  // namespace kappa::log
