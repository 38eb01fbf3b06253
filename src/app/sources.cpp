// Which file, environment and flags a command line means.
#include <unistd.h>

#include <filesystem>

#include "app/config.hpp"

namespace kappa::app {
namespace {

/// Takes --config and its value out of the flags; without it ./kappa.toml, if there is one.
void take_file(std::vector<std::string>& flags, Sources& sources) {
  constexpr std::string_view joined = "--config=";
  std::error_code unreadable;  // the reader will say why
  sources.file = std::filesystem::exists("kappa.toml", unreadable) ? "kappa.toml" : "";
  for (std::size_t i = 0; i < flags.size();) {
    const bool is_joined = flags[i].starts_with(joined);
    if (!is_joined && flags[i] != "--config") {
      ++i;
      continue;
    }
    const bool has_value = is_joined || i + 1 < flags.size();
    sources.file = is_joined ? flags[i].substr(joined.size()) : has_value ? flags[i + 1] : "";
    if (sources.file.empty()) sources.trouble = "flag --config: expected a file's path behind it";
    const auto at = flags.begin() + static_cast<std::ptrdiff_t>(i);
    flags.erase(at, at + (is_joined || !has_value ? 1 : 2));
  }
}

}  // namespace

Sources sources_of(std::vector<std::string> words) {
  Sources sources;
  take_file(words, sources);
  sources.flags = std::move(words);
  for (char** entry = environ; *entry != nullptr; ++entry) sources.environment.emplace_back(*entry);
  return sources;
}

}  // namespace kappa::app
