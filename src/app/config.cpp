// Each source becomes JSON, and is read over what the earlier ones gave by the reader that reads
// requests.
#include "app/config.hpp"

#include <algorithm>
#include <set>

#include "app/config_file.hpp"
#include "app/encryption.hpp"
#include "app/places.hpp"
#include "base/suggest.hpp"
#include "net/address.hpp"
#include "net/manners.hpp"
#include "rpc/request.hpp"

namespace kappa::app {
namespace {

constexpr std::string_view prefix = "KAPPA_";  // of environment variables

/// Calls `use(key, value)` for every key of a configuration.
template <class T, class Use>
void for_each_key(const std::string& under, T& value, const Use& use) {
  boost::mp11::mp_for_each<Members<std::remove_const_t<T>>>([&](auto member) {
    auto& at = value.*member.pointer;
    const std::string key = under + member.name;
    if constexpr (rpc::Record<std::remove_cvref_t<decltype(at)>>) {
      for_each_key(key + ".", at, use);
    } else {
      use(key, at);
    }
  });
}

constexpr std::int64_t largest_number = INT32_MAX;  // of milliseconds 24 days, of bytes 2 GiB

/// Numbers are times, sizes and counts: what is below their least value could not work.
std::string number_fault(const std::string& key, std::int64_t number) {
  const bool may_be_none =
      key == "runner.spares" || key == "runner.keep_bytes" || key == "http.leave_ms";
  const std::int64_t least = may_be_none ? 0 : 1;
  if (number >= least && number <= largest_number) return "";
  return "expected " + std::to_string(least) + " to " + std::to_string(largest_number) + ", got " +
         std::to_string(number);
}

template <class T>
std::string refusal_of(const Result<T>& tried) {
  return tried ? "" : tried.error().detail;
}

/// What no type says about a text: where addresses, URLs and the like have their form. An empty
/// listen, url or expose means none.
std::string text_fault(std::string_view key, const std::string& text) {
  if (key == "listen" && !text.empty()) return refusal_of(net::parse_address(text));
  if (key.ends_with(".expose") && !text.empty())
    return refusal_of(net::parse_address(with_port(text, 1)));
  if (key == "related.url" || (key.ends_with(".url") && !text.empty()))
    return refusal_of(net::parse_url(text));
  if (key == "data" && text.empty()) return "expected a folder's path";
  if (key == "runner.name" && text.empty()) return "expected a name that no other runner has";
  const bool octal = text.size() <= 4 && text.find_first_not_of("01234567") == text.npos;
  if (key == "http.socket_mode" && (text.size() < 3 || !octal))
    return "expected permissions in octal, like \"0660\"";
  return "";
}

std::string fault_of(const std::string& key, std::int64_t number) {
  return number_fault(key, number);
}
std::string fault_of(const std::string& key, const std::string& text) {
  return text_fault(key, text);
}
std::string fault_of(const std::string&, const std::vector<std::string>& origins) {
  for (const std::string& origin : origins) {
    if (!net::is_origin(origin))
      return "expected origins like \"https://example.org\", or \"*\", got '" + origin + "'";
  }
  return "";
}
template <class T>
std::string fault_of(const std::string&, const T&) {
  return "";  // the type says it all
}

/// Variables that are the command line's.
constexpr std::string_view other_variables[] = {"KAPPA_SERVER", "KAPPA_TOKEN", "KAPPA_PROFILE",
                                                "KAPPA_OUTPUT"};

/// "a,b" -> ["a","b"]: what a variable or a flag says instead of a list.
std::string list_json(std::string_view value) {
  std::string out;
  while (!value.empty()) {
    const std::size_t comma = std::min(value.find(','), value.size());
    out += (out.empty() ? "" : ",") + rpc::json_string(value.substr(0, comma));
    value.remove_prefix(std::min(comma + 1, value.size()));
  }
  return "[" + out + "]";
}

/// "runner.timeout_ms", "5000" -> {"runner":{"timeout_ms":5000}}
std::string as_json(const Setting& setting, const std::string& value) {
  const bool list = setting.default_value.starts_with('[') && !value.starts_with('[');
  std::string out = list ? list_json(value) : rpc::parameter_json(value, setting.textual);
  for (std::string_view key = setting.key; !key.empty();) {
    const std::size_t dot = key.rfind('.');
    const std::string_view last = dot == key.npos ? key : key.substr(dot + 1);
    out = "{" + rpc::json_string(last) + ":" + out + "}";
    key = dot == key.npos ? std::string_view() : key.substr(0, dot);
  }
  return out;
}

class Loader {
 public:
  void read_file(const std::string& path) {
    const ConfigFile file = read_config_file(path);
    if (!file.trouble.empty()) return complain(file.trouble);
    for (const Fault& fault : read(file.json)) {
      complain(file.place_of(fault.at) + fault.why);
      for (const Setting& setting : settings_) {
        if ((fault.at + "/").starts_with(pointer_of(setting.key) + "/"))
          misread_.insert(setting.key);
      }
    }
    for (const Setting& setting : settings_) {
      const auto line = file.lines.find(pointer_of(setting.key));
      if (line != file.lines.end())
        loaded_.origins[setting.key] = path + ":" + std::to_string(line->second);
    }
  }

  void read_environment(const std::vector<std::string>& environment) {
    for (const std::string& entry : environment) {
      const std::size_t equals = entry.find('=');
      const std::string name = entry.substr(0, equals);
      if (!name.starts_with(prefix) || equals == entry.npos) continue;
      const Setting* setting = find_variable(name);
      if (setting != nullptr) {
        set(*setting, entry.substr(equals + 1), "environment variable " + name);
      } else if (std::string near = nearest_variable(name); !near.empty()) {
        // No refusal: others name their variables too, and may begin them as Kappa does.
        loaded_.remarks.push_back("environment variable " + name +
                                  " is none of Kappa's; did you mean '" + near + "'?");
      }
    }
  }

  void read_flags(const std::vector<std::string>& flags) {
    for (std::size_t i = 0; i < flags.size(); ++i) {
      const std::size_t equals = flags[i].find('=');
      const std::string flag = flags[i].substr(0, equals);
      const Setting* setting = find(flag);
      if (setting == nullptr) {
        complain("flag " + flag + ": " + unknown(flag));
        // What follows an unknown flag is most likely its value.
        if (equals == flag.npos && i + 1 < flags.size() && !flags[i + 1].starts_with("--")) ++i;
      } else if (equals != flag.npos) {
        set(*setting, flags[i].substr(equals + 1), "flag " + flag);
      } else if (i + 1 < flags.size()) {
        set(*setting, flags[++i], "flag " + flag);
      } else {
        complain("flag " + flag + ": expected a value after it");
      }
    }
  }

  Result<Loaded> take() {
    const Config& config = loaded_.config;
    for_each_key("", config, [this](const std::string& key, const auto& value) {
      if (misread_.contains(key)) return;
      if (const std::string fault = fault_of(key, value); !fault.empty())
        complain(place_of(key) + ": " + fault);
    });
    if (complaints_.empty()) {
      for (const Fault& fault : misplaced_modules(config))
        complain(place_of(fault.at) + ": " + fault.why);
      for (const Fault& fault : unencrypted_places(config))
        complain(place_of(fault.at) + ": " + fault.why);
    }
    if (!complaints_.empty()) return Error{Code::invalid, complaints_};
    return std::move(loaded_);
  }

 private:
  std::vector<Fault> read(const std::string& json) {
    std::vector<Fault> faults;
    rpc::Reading reading{faults, true};
    rpc::read_json(json, loaded_.config, reading);
    return faults;
  }

  void set(const Setting& setting, const std::string& value, const std::string& place) {
    for (const Fault& fault : read(as_json(setting, value))) {
      complain(place + ": " + fault.why);
      misread_.insert(setting.key);
    }
    loaded_.origins[setting.key] = place;
  }

  /// A flag or a variable says itself which key is meant, a line of a file does not.
  std::string place_of(const std::string& key) const {
    const auto origin = loaded_.origins.find(key);
    if (origin == loaded_.origins.end()) return key;
    const bool named =
        origin->second.starts_with("flag ") || origin->second.starts_with("environment ");
    return named ? origin->second : origin->second + ": " + key;
  }

  static std::string pointer_of(std::string key) {
    std::replace(key.begin(), key.end(), '.', '/');
    return "/" + key;
  }

  const Setting* find_variable(const std::string& name) const {
    for (const Setting& setting : settings_) {
      if (name == environment_name(setting.key)) return &setting;
    }
    return nullptr;
  }

  std::string nearest_variable(const std::string& name) const {
    for (const std::string_view other : other_variables) {
      if (name == other) return "";
    }
    if (name.size() < prefix.size() + 6) return "";  // a short name is near to anything
    std::vector<std::string> names;
    for (const Setting& setting : settings_)
      names.push_back(environment_name(setting.key).substr(prefix.size()));
    const std::vector<std::string_view> known(names.begin(), names.end());
    const std::string_view close = nearest(name.substr(prefix.size()), known);
    return close.empty() ? "" : std::string(prefix) + std::string(close);
  }

  const Setting* find(const std::string& flag) const {
    for (const Setting& setting : settings_) {
      if (flag == "--" + setting.key) return &setting;
    }
    return nullptr;
  }

  std::string unknown(const std::string& flag) const {
    std::vector<std::string> names = {"--config", "--help"};
    for (const Setting& setting : settings_) names.push_back("--" + setting.key);
    const std::vector<std::string_view> known(names.begin(), names.end());
    const std::string_view close = nearest(flag, known);
    if (close.empty()) return "is no flag of kappa serve; kappa serve --help lists them";
    return "is no flag of kappa serve; did you mean '" + std::string(close) + "'?";
  }

  void complain(const std::string& line) {
    complaints_ += (complaints_.empty() ? "" : "\n") + line;
  }

  Loaded loaded_;
  const std::vector<Setting> settings_ = all_settings();
  std::string complaints_;
  std::set<std::string> misread_;  // keys whose values never got in
};

}  // namespace

std::string environment_name(const std::string& key) {
  std::string name = std::string(prefix) + key;
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return name;
}

std::vector<Setting> all_settings() {
  std::vector<Setting> settings;
  const Config defaults;
  for_each_key("", defaults, [&](const std::string& key, const auto& value) {
    using M = std::remove_cvref_t<decltype(value)>;
    settings.push_back({key, rpc::write_json(value), rpc::Codec<M>::textual});
  });
  return settings;
}

std::map<std::string, std::string> values_of(const Config& config) {
  std::map<std::string, std::string> values;
  for_each_key("", config, [&](const std::string& key, const auto& value) {
    values[key] = rpc::write_json(value);
  });
  return values;
}

Result<Loaded> load_settings(const Sources& sources) {
  if (!sources.trouble.empty()) return Error{Code::invalid, sources.trouble};
  Loader loader;
  if (!sources.file.empty()) loader.read_file(sources.file);
  loader.read_environment(sources.environment);
  loader.read_flags(sources.flags);
  return loader.take();
}

}  // namespace kappa::app
