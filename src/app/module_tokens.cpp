// Two processes that start at once and share a file may both find it missing: the first to put one
// there wins.
#include "app/module_tokens.hpp"

#include "net/address.hpp"

namespace kappa::app {
namespace {

bool is_on_this_machine(const ModuleConfig& at) {
  if (at.url.empty()) return true;
  const auto url = net::parse_url(at.url);
  return url && net::is_local(url->address);
}

}  // namespace

Result<ModuleTokens> ModuleTokens::open(const Config& config, const std::filesystem::path& folder) {
  ModuleTokens tokens;
  std::optional<Error> fault;
  boost::mp11::mp_for_each<Members<ModulesConfig>>([&](auto member) {
    const ModuleConfig& at = config.modules.*member.pointer;
    if (fault || (at.url.empty() && at.expose.empty())) return;
    const std::string name = member.name;
    const std::filesystem::path path =
        at.token_file.empty() ? folder / "tokens" / name : std::filesystem::path(at.token_file);
    if (!std::filesystem::exists(path)) {
      SystemRandom random;
      if (!is_on_this_machine(at)) {
        fault = Error{Code::unavailable,
                      "modules." + name + " is at " + at.url + ", but its token file '" +
                          path.string() + "' is missing; copy it from the Kappa that exposes it"};
        return;
      }
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
