// Each source becomes JSON, and is read over what the earlier ones gave by the reader that reads
// requests.
#include "app/config.hpp"

#include <algorithm>

#include "app/config_file.hpp"
#include "base/suggest.hpp"
#include "rpc/request.hpp"

namespace kappa::app {
namespace {

template <class T>
void add_settings(const std::string& prefix, const T& value, std::vector<Setting>& out) {
  boost::mp11::mp_for_each<Members<T>>([&](auto member) {
    using M = rpc::MemberOf<T, decltype(member)>;
    const std::string key = prefix + member.name;
    if constexpr (rpc::Record<M>) {
      add_settings(key + ".", value.*member.pointer, out);
    } else {
      out.push_back({key, rpc::write_json(value.*member.pointer), rpc::Codec<M>::textual});
    }
  });
}

constexpr std::int64_t largest_number = INT32_MAX;  // of milliseconds 24 days, of bytes 2 GiB

/// Numbers are times, sizes and counts: what is below their least value could not work.
template <class T>
void check_numbers(const std::string& prefix, const T& value, std::string& complaints) {
  boost::mp11::mp_for_each<Members<T>>([&](auto member) {
    using M = rpc::MemberOf<T, decltype(member)>;
    const std::string key = prefix + member.name;
    if constexpr (rpc::Record<M>) {
      check_numbers(key + ".", value.*member.pointer, complaints);
    } else if constexpr (std::is_same_v<M, std::int64_t>) {
      const std::int64_t least = key == "runner.spares" ? 0 : 1;
      const std::int64_t number = value.*member.pointer;
      if (number >= least && number <= largest_number) return;
      complaints += (complaints.empty() ? "" : "\n") + key + ": expected " + std::to_string(least) +
                    " to " + std::to_string(largest_number) + ", got " + std::to_string(number);
    }
  });
}

/// "runner.timeout_ms" -> "KAPPA_RUNNER_TIMEOUT_MS"
std::string environment_name(const std::string& key) {
  std::string name = "KAPPA_" + key;
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return name;
}

/// "runner.timeout_ms", "5000" -> {"runner":{"timeout_ms":5000}}
std::string as_json(const Setting& setting, const std::string& value) {
  std::string out = rpc::parameter_json(value, setting.textual);
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
    for (const Fault& fault : read(file.json)) complain(file.place_of(fault.at) + fault.why);
  }

  void read_environment(const std::vector<std::string>& environment) {
    for (const Setting& setting : settings_) {
      const std::string prefix = environment_name(setting.key) + "=";
      for (const std::string& entry : environment) {
        if (entry.starts_with(prefix)) {
          set(setting, entry.substr(prefix.size()),
              "environment variable " + prefix.substr(0, prefix.size() - 1));
        }
      }
    }
  }

  void read_flags(const std::vector<std::string>& flags) {
    for (std::size_t i = 0; i < flags.size(); ++i) {
      const std::size_t equals = flags[i].find('=');
      const std::string flag = flags[i].substr(0, equals);
      const Setting* setting = find(flag);
      if (setting == nullptr) {
        complain(flag + ": " + unknown(flag));
      } else if (equals != flag.npos) {
        set(*setting, flags[i].substr(equals + 1), flag);
      } else if (i + 1 < flags.size()) {
        set(*setting, flags[++i], flag);
      } else {
        complain(flag + ": expected a value after it");
      }
    }
  }

  Result<Config> take() {
    check_numbers("", config_, complaints_);
    if (!complaints_.empty()) return Error{Code::invalid, complaints_};
    return std::move(config_);
  }

 private:
  std::vector<Fault> read(const std::string& json) {
    std::vector<Fault> faults;
    rpc::Reading reading{faults, true};
    rpc::read_json(json, config_, reading);
    return faults;
  }

  void set(const Setting& setting, const std::string& value, const std::string& place) {
    for (const Fault& fault : read(as_json(setting, value))) complain(place + ": " + fault.why);
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

  Config config_;
  const std::vector<Setting> settings_ = all_settings();
  std::string complaints_;
};

}  // namespace

std::vector<Setting> all_settings() {
  std::vector<Setting> settings;
  add_settings("", Config{}, settings);
  return settings;
}

Result<Config> load_config(const Sources& sources) {
  Loader loader;
  if (!sources.file.empty()) loader.read_file(sources.file);
  loader.read_environment(sources.environment);
  loader.read_flags(sources.flags);
  return loader.take();
}

}  // namespace kappa::app
