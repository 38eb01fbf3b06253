// The server's own log: one line an event, structured. Never holds a secret, a payload or what a
// function printed.
#pragma once

#include <boost/describe/enum.hpp>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace kappa::log {

enum class Level { debug, info, warning, error };
BOOST_DESCRIBE_ENUM(Level, debug, info, warning, error)

/// One named value of a line; text is quoted and escaped where it needs to be. Without a name it is
/// left out.
struct Field {
  std::string_view name;
  std::string value;
  Field(std::string_view name_, std::string_view text);
  Field(std::string_view name_, const char* text) : Field(name_, std::string_view(text)) {}
  Field(std::string_view name_, const std::string& text) : Field(name_, std::string_view(text)) {}
  Field(std::string_view name_, std::int64_t number);
  Field(std::string_view name_, int number) : Field(name_, std::int64_t{number}) {}
  Field(std::string_view name_, std::size_t number)
      : Field(name_, static_cast<std::int64_t>(number)) {}
};

/// Lines below this level are dropped; "info" at start. Call it before threads start.
void set_level(Level level);

/// Writes "2026-11-24T11:00:16.123Z info request method=GET status=200" to stderr. Thread-safe.
void write(Level level, std::string_view event, std::initializer_list<Field> fields = {});

inline void debug(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::debug, event, fields);
}
inline void info(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::info, event, fields);
}
inline void warning(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::warning, event, fields);
}
inline void error(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::error, event, fields);
}

}  // namespace kappa::log
