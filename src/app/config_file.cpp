// The one file that includes toml++.
#include "app/config_file.hpp"

#include <algorithm>
#include <sstream>
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

#include "base/read_file.hpp"

namespace kappa::app {
namespace {

void add_lines(const toml::table& table, const std::string& prefix,
               std::map<std::string, int>& lines) {
  for (const auto& [key, node] : table) {
    const std::string pointer = prefix + "/" + std::string(key.str());
    lines[pointer] = static_cast<int>(key.source().begin.line);
    if (const auto* inner = node.as_table()) add_lines(*inner, pointer, lines);
  }
}

}  // namespace

std::string ConfigFile::place_of(const std::string& pointer) const {
  auto at = lines.find(pointer);
  for (std::string up = pointer;
       at == lines.end() && !up.empty();) {  // a list's item has its key's line
    up.resize(up.rfind('/'));
    at = lines.find(up);
  }
  std::string key = pointer.empty() ? "" : pointer.substr(1);
  std::replace(key.begin(), key.end(), '/', '.');
  return path + (at == lines.end() ? "" : ":" + std::to_string(at->second)) + ": " +
         (key.empty() ? "" : key + ": ");
}

ConfigFile read_config_file(const std::string& path) {
  ConfigFile file;
  file.path = path;
  const auto text = read_file(path);
  if (!text) {
    file.trouble =
        path + ": cannot be read: " + text.error().detail + "; name another with --config";
    return file;
  }
  try {
    const toml::table table = toml::parse(*text, path);
    add_lines(table, "", file.lines);
    std::ostringstream json;
    json << toml::json_formatter(table);
    file.json = json.str();
  } catch (const toml::parse_error& error) {
    file.trouble = path + ":" + std::to_string(error.source().begin.line) + ": " +
                   std::string(error.description());
  }
  return file;
}

}  // namespace kappa::app
