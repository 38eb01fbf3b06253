// kappa.toml is in the program: what it says about a key is what --help says.
#include <algorithm>

#include "app/config.hpp"

namespace kappa::app {

extern const std::string_view kappa_toml;  // made from the file by cmake/embed.cmake

std::string explanation_of(std::string_view key) {
  const std::size_t dot = key.rfind('.');
  const std::string section = dot == key.npos ? "" : "[" + std::string(key.substr(0, dot)) + "]";
  const std::string wanted = std::string(dot == key.npos ? key : key.substr(dot + 1)) + " =";
  std::string here;
  std::string comment;
  for (std::string_view rest = kappa_toml; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size() - 1);
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    if (line.starts_with("# ")) {
      comment += (comment.empty() ? "" : " ") + std::string(line.substr(2));
      continue;
    }
    if (line.starts_with('[')) here = line;
    if (here == section && line.starts_with(wanted)) return comment;
    comment.clear();
  }
  return "";
}

}  // namespace kappa::app
