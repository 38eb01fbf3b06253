// The description of FunctionSettings lists them; what they mean is said once, here.
#include "cli/settings_flags.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>

#include "cli/output.hpp"
#include "rpc/record.hpp"

namespace kappa::cli {
namespace {

struct Said {
  const char* name;
  const char* what;
};

constexpr Said meanings[] = {
    {"network", "none or host: whether it reaches what the server's machine reaches"},
    {"state",
     "fresh: each call has a new process; rewind: one that is put back; warm: one that is not"},
    {"concurrency", "Its calls at a time; more wait"},
    {"timeout_ms", "Milliseconds of wall-clock time of a call"},
    {"cpu_ms", "Milliseconds of CPU time of a call"},
    {"memory_mb", "MiB of memory of a call"},
    {"processes", "Processes of a call at a time, threads included"},
    {"open_files", "Open files of each of a call's processes"},
    {"file_mb", "MiB of a file that a call writes"},
    {"scratch_mb", "MiB of a call's /tmp"},
    {"output_bytes", "Bytes kept of what a call prints"},
    {"result_bytes", "Bytes of a call's result"},
    {"keep_bytes", "Bytes kept of a call's input and of its result; 0 keeps neither"},
};

template <class T>
constexpr bool is_number = std::is_same_v<T, std::int64_t>;

std::string flag_of(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return "--" + name;
}

/// Calls `see(name, member pointer)` for each setting.
template <class See>
void for_each_setting(See see) {
  boost::mp11::mp_for_each<Members<FunctionSettings>>(
      [&](auto member) { see(std::string(member.name), member.pointer); });
}

template <class T>
Tried<T> read_value(const std::string& text, const std::string& flag) {
  const std::string todo = "kappa fn set --help";
  if constexpr (is_number<T>) {
    T value{};
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error == std::errc() && stop == end) return value;
    return Trouble::misuse(flag + " cannot be '" + text + "'", "expected a whole number", todo);
  } else {
    return value_of<T>(text, flag, todo);
  }
}

std::string text_of(const std::optional<std::int64_t>& value) {
  return value ? std::to_string(*value) : "-";
}
template <class E>
std::string text_of(const std::optional<E>& value) {
  return value ? std::string(rpc::Codec<E>::name(*value)) : "-";
}

}  // namespace

void add_settings_flags(CLI::App& command, SettingsFlags& flags) {
  for (const Said& setting : meanings) {
    const std::string name = setting.name;
    const bool choice = name == "network" || name == "state";
    command
        .add_option_function<std::string>(
            flag_of(name), [&flags, name](const std::string& value) { flags.given[name] = value; },
            setting.what)
        ->type_name(choice ? "CHOICE" : "COUNT");
  }
}

Tried<FunctionSettings> changed(FunctionSettings settings, const SettingsFlags& flags) {
  std::optional<Trouble> trouble;
  std::vector<std::string> unknown = flags.defaults;
  for_each_setting([&](const std::string& name, auto member) {
    using T = typename std::remove_cvref_t<decltype(settings.*member)>::value_type;
    if (std::erase(unknown, name) > 0) (settings.*member).reset();
    const auto given = flags.given.find(name);
    if (given == flags.given.end() || trouble) return;
    const auto value = read_value<T>(given->second, flag_of(name));
    if (value) {
      settings.*member = *value;
    } else {
      trouble = value.error();
    }
  });
  if (trouble) return *std::move(trouble);
  if (!unknown.empty()) {
    return Trouble::misuse("--default cannot be '" + unknown.front() + "'",
                           "it is the name of no setting", "kappa fn show NAME lists them");
  }
  return settings;
}

std::vector<std::vector<std::string>> facts_of(const FunctionSettings& own,
                                               const FunctionSettings& in_force) {
  std::vector<std::vector<std::string>> facts;
  for_each_setting([&](const std::string& name, auto member) {
    const bool is_own = (own.*member).has_value();
    const std::string value = text_of(in_force.*member);
    // A server that cannot rewind a function's calls runs them fresh.
    const bool differs = is_own && text_of(own.*member) != value;
    facts.push_back({name, value + (differs  ? "  (" + text_of(own.*member) + " cannot be had)"
                                    : is_own ? ""
                                             : "  (default)")});
  });
  return facts;
}

}  // namespace kappa::cli
