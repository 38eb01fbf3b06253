// Which file, environment and flags a command line means.
#include <unistd.h>

#include <filesystem>

#include "app/config.hpp"

namespace kappa::app {
namespace {

/// Takes --config and its value out of the flags; without it ./kappa.toml, if there is one.
std::string take_file(std::vector<std::string>& flags) {
  for (std::size_t i = 0; i < flags.size(); ++i) {
    const bool joined = flags[i].starts_with("--config=");
    if (!joined && (flags[i] != "--config" || i + 1 == flags.size())) continue;
    std::string file = joined ? flags[i].substr(9) : flags[i + 1];
    const auto at = flags.begin() + static_cast<std::ptrdiff_t>(i);
    flags.erase(at, at + (joined ? 1 : 2));
    return file;
  }
  return std::filesystem::exists("kappa.toml") ? "kappa.toml" : "";
}

}  // namespace

Sources sources_of(std::vector<std::string> words) {
  Sources sources;
  sources.file = take_file(words);
  sources.flags = std::move(words);
  for (char** entry = environ; *entry != nullptr; ++entry) sources.environment.emplace_back(*entry);
  return sources;
}

}  // namespace kappa::app
