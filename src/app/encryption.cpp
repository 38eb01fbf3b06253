// Keys are said with each fault, so that the line of kappa.toml can be.
#include "app/encryption.hpp"

#include "app/places.hpp"
#include "net/address.hpp"
#include "rpc/record.hpp"

namespace kappa::app {
namespace {

template <class Use>
void for_each_module(const ModulesConfig& modules, const Use& use) {
  boost::mp11::mp_for_each<Members<ModulesConfig>>(
      [&](auto member) { use(std::string(member.name), modules.*member.pointer); });
}

/// The first key whose address begins with https://; "" when none does.
std::string https_key(const Config& config) {
  std::string key = needs_of(config).api && net::is_https(config.listen) ? "listen" : "";
  for_each_module(config.modules, [&](const std::string& name, const ModuleConfig& at) {
    if (key.empty() && net::is_https(at.expose)) key = "modules." + name + ".expose";
  });
  return key;
}

std::string exposure_fault(const std::string& expose, int port) {
  const auto address = net::parse_address(with_port(expose, port));
  if (expose.empty() || net::is_https(expose) || !address || net::is_local(*address)) return "";
  const std::string bare = expose.starts_with("http://") ? expose.substr(7) : expose;
  return "a module cannot be exposed at " + bare +
         ", where its token would travel unencrypted; write https://" + bare +
         " and set tls.certificate and tls.key, or unix:/PATH or 127.0.0.1 for this machine alone";
}

std::string url_fault(const std::string& text) {
  auto url = net::parse_url(text);
  if (text.empty() || !url || url->tls || net::is_local(url->address)) return "";
  const std::string plain = net::to_text(*url);
  url->tls = true;
  return plain + " is on another machine, to which the module's token would travel unencrypted; " +
         "write " + net::to_text(*url) + ", and expose the module at https:// there";
}

}  // namespace

std::vector<Fault> unencrypted_places(const Config& config) {
  std::vector<Fault> faults;
  const auto add = [&](const std::string& key, std::string why) {
    if (!why.empty()) faults.push_back({key, std::move(why)});
  };
  for_each_module(config.modules, [&](const std::string& name, const ModuleConfig& at) {
    add("modules." + name + ".expose", exposure_fault(at.expose, default_port(name)));
    add("modules." + name + ".url", url_fault(at.url));
  });
  const std::string user = https_key(config);
  if (user.empty()) return faults;
  if (config.tls.certificate.empty())
    add("tls.certificate", user + " begins with https:// and needs it: a PEM file");
  if (config.tls.key.empty())
    add("tls.key", user + " begins with https:// and needs it: the certificate's, a PEM file");
  return faults;
}

Result<std::unique_ptr<net::TlsIdentity>> open_identity(const Config& config) {
  if (!config.tls.authorities.empty()) TRY(net::TlsTrust::open(config.tls.authorities));
  if (https_key(config).empty()) return std::unique_ptr<net::TlsIdentity>();
  return net::TlsIdentity::open(config.tls);
}

}  // namespace kappa::app
