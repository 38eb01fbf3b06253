// Two processes that start at once and share a file may both find it missing: the first to put one
// there wins.
#include "app/module_tokens.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "app/places.hpp"
#include "net/address.hpp"

namespace kappa::app {
namespace {

/// Whether only this machine can be reached by it; "" is nowhere.
bool is_near(const std::string& text, int port) {
  const auto url = net::parse_url(text.empty() ? text : with_port(text, port));
  return text.empty() || (url && net::is_local(url->address));
}

/// Why a token that is missing is not for this process to make; "" when it is. Runners that others
/// reach are several, or may become so, and have one token: were each to make its own, most calls
/// would be refused.
std::string refusal(const std::string& name, const ModuleConfig& at,
                    const std::filesystem::path& path) {
  const std::string missing = "token file '" + path.string() + "' is missing; ";
  const int port = default_port(name);
  if (name == "runner" && !is_near(at.expose, port))
    return "modules.runner: " + missing +
           "all runners have the same one: copy it from control's tokens/runner, for the user that "
           "runs Kappa";
  if (is_near(at.url, port)) return "";
  const std::string there = "modules." + name + " is at " + at.url + ", but its " + missing;
  if (name != "runner") return there + "copy it from the Kappa that exposes it";
  return there +
         "control and all runners have the same one: copy it, or make it, as the user that runs "
         "Kappa: openssl rand -hex 32 | install -m 600 /dev/stdin '" +
         path.string() + "'";
}

std::filesystem::path token_path(const std::string& name, const ModuleConfig& at,
                                 const std::filesystem::path& folder) {
  return at.token_file.empty() ? folder / "tokens" / name : std::filesystem::path(at.token_file);
}

/// With each module that has a token: its name, where it is, and the token's file.
template <class Use>
void for_each_token(const Config& config, const std::filesystem::path& folder, const Use& use) {
  boost::mp11::mp_for_each<Members<ModulesConfig>>([&](auto member) {
    const ModuleConfig& at = config.modules.*member.pointer;
    if (at.url.empty() && at.expose.empty()) return;
    use(std::string(member.name), at, token_path(member.name, at, folder));
  });
}

/// What is wrong with one that is there; "" also when this user may not look at it.
std::string fault_of(const std::filesystem::path& path, const std::filesystem::path& folder) {
  if (::access(path.c_str(), R_OK) != 0 && errno == EACCES) return "";
  if (const auto file = folder::TokenFile::open(path); !file) return file.error().detail;
  struct stat ours {};
  struct stat its {};
  const bool seen = ::stat(path.c_str(), &its) == 0 && ::stat(folder.c_str(), &ours) == 0;
  if (!seen || its.st_uid == ours.st_uid || ours.st_uid == 0) return "";
  return "token file '" + path.string() + "' belongs to another user than the data folder '" +
         folder.string() + "', and must be that of the user that runs Kappa: chown --reference='" +
         folder.string() + "' '" + path.string() + "'";
}

}  // namespace

Result<Nothing> check_token_files(const Config& config, const std::filesystem::path& folder) {
  std::error_code unseen;
  if (!std::filesystem::exists(folder, unseen)) return Nothing{};
  std::string faults;
  for_each_token(config, folder, [&](const auto& name, const auto& at, const auto& path) {
    const bool there = std::filesystem::exists(path, unseen);
    if (unseen) return;
    const std::string fault = there ? fault_of(path, folder) : refusal(name, at, path);
    if (!fault.empty()) faults += (faults.empty() ? "" : "\n") + fault;
  });
  if (!faults.empty()) return Error{Code::unavailable, std::move(faults)};
  return Nothing{};
}

Result<ModuleTokens> ModuleTokens::open(const Config& config, const std::filesystem::path& folder) {
  ModuleTokens tokens;
  std::optional<Error> fault;
  for_each_token(config, folder, [&](const auto& name, const auto& at, const auto& path) {
    if (fault) return;
    std::error_code unseen;
    if (!std::filesystem::exists(path, unseen) && !unseen) {
      if (std::string why = refusal(name, at, path); !why.empty()) {
        fault = Error{Code::unavailable, std::move(why)};
        return;
      }
      SystemRandom random;
      if (const auto made = folder::make_token_file(path, random); !made) fault = made.error();
    }
    auto file = folder::TokenFile::open(path);
    if (!file && !fault) fault = file.error();
    if (file) tokens.files_[name] = *std::move(file);
  });
  if (fault) return *std::move(fault);
  return tokens;
}

rpc::TokenCheck ModuleTokens::check(const std::string& module) const {
  return [file = files_.at(module)](std::string_view token) { return file->accepts(token); };
}

rpc::TokenSource ModuleTokens::source(const std::string& module) const {
  return [file = files_.at(module)](rpc::Look look) {
    return look == rpc::Look::now ? file->current_now() : file->current();
  };
}

}  // namespace kappa::app
