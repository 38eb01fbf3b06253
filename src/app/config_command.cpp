// The same sources and the same reader as serving has.
#include "app/config_command.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "app/config.hpp"
#include "rpc/json.hpp"

namespace kappa::app {
namespace {

int usage(const std::string& trouble) {
  if (!trouble.empty()) std::fprintf(stderr, "error: %s\n", trouble.c_str());
  std::fprintf(
      trouble.empty() ? stdout : stderr,
      "Looks at a server's configuration without serving it.\n\n"
      "Usage: kappa config check [--config FILE] [--KEY VALUE]...\n"
      "       kappa config show [-o json] [--config FILE] [--KEY VALUE]...\n\n"
      "check says whether it fits, and where it does not; show says every key's value and "
      "where it comes from.\n"
      "The file is ./kappa.toml when there is one; kappa serve --help explains the keys.\n");
  return trouble.empty() ? 0 : 2;
}

/// Takes "-o json" out of the words, in any of the ways that the other commands take it.
bool take_json(std::vector<std::string>& words) {
  const char* usual = std::getenv("KAPPA_OUTPUT");
  std::string format = usual == nullptr ? "" : usual;
  for (std::size_t i = 0; i < words.size();) {
    const std::size_t equals = words[i].find('=');
    const std::string flag = words[i].substr(0, equals);
    if (flag != "-o" && flag != "--output") {
      ++i;
      continue;
    }
    const bool apart = equals == flag.npos && i + 1 < words.size();
    format = equals != flag.npos ? words[i].substr(equals + 1) : apart ? words[i + 1] : "";
    const auto at = words.begin() + static_cast<std::ptrdiff_t>(i);
    words.erase(at, at + (apart ? 2 : 1));
  }
  return format == "json" || format == "ndjson";
}

std::string origin_of(const Loaded& loaded, const std::string& key) {
  const auto origin = loaded.origins.find(key);
  return origin == loaded.origins.end() ? "default" : origin->second;
}

void show_json(const Loaded& loaded) {
  std::string out;
  for (const auto& [key, value] : values_of(loaded.config)) {
    out += (out.empty() ? "{" : ",") + rpc::json_string(key) + ":{\"value\":" + value +
           ",\"origin\":" + rpc::json_string(origin_of(loaded, key)) + "}";
  }
  std::printf("%s}\n", out.c_str());
}

void show_lines(const Loaded& loaded) {
  const auto values = values_of(loaded.config);
  std::size_t wide = 0;
  for (const auto& [key, value] : values) wide = std::max(wide, key.size() + value.size() + 3);
  for (const Setting& setting : all_settings()) {
    const std::string line = setting.key + " = " + values.at(setting.key);
    std::printf("%-*s  # %s\n", static_cast<int>(wide), line.c_str(),
                origin_of(loaded, setting.key).c_str());
  }
}

}  // namespace

int run_config(int argc, char** argv) {
  std::vector<std::string> words(argv + 2, argv + argc);
  const auto asks = [&](const char* flag) {
    return std::find(words.begin(), words.end(), flag) != words.end();
  };
  if (asks("--help") || asks("-h")) return usage("");
  const std::string what = words.empty() ? "" : words.front();
  if (what.empty()) return usage("kappa config: expected check or show behind it");
  if (what != "check" && what != "show")
    return usage("kappa config: expected check or show, got '" + what + "'");
  words.erase(words.begin());
  const bool json = take_json(words);
  const Sources sources = sources_of(words);
  const auto loaded = load_settings(sources);
  if (!loaded) {
    std::fprintf(stderr, "error: the configuration does not fit\n%s\n",
                 loaded.error().detail.c_str());
    return 2;
  }
  for (const std::string& remark : loaded->remarks)
    std::fprintf(stderr, "remark: %s\n", remark.c_str());
  if (what == "check") {
    std::printf("The configuration fits; %s\n", sources.file.empty()
                                                    ? "there is no kappa.toml here"
                                                    : ("read " + sources.file).c_str());
  } else if (json) {
    show_json(*loaded);
  } else {
    show_lines(*loaded);
  }
  return 0;
}

std::string configuration_reference() {
  std::string out =
      "# Configuration\n\nMade from the program by `./dev reference`. A key is set in "
      "`kappa.toml`, by its "
      "environment\nvariable or by its flag (`--runner.timeout_ms 5000`); the later of these wins. "
      "`kappa config show` says where\neach value comes from.\n";
  for (const Setting& setting : all_settings()) {
    out += "\n## " + setting.key + "\n\n" + explanation_of(setting.key) + "\n\nDefault `" +
           setting.default_value + "`; environment variable `" + environment_name(setting.key) +
           "`.\n";
  }
  return out;
}

}  // namespace kappa::app
