// What this process answers at: the API, and the modules that it exposes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/compose.hpp"
#include "app/front.hpp"
#include "app/module_tokens.hpp"

namespace kappa::app {

class Listeners {
 public:
  /// The API's, for everybody; its operations ask for users' tokens.
  rpc::Router& add_api(const std::string& address);
  /// One module's, for whoever has its token, at its own port where the address says none. Its
  /// /health, which wants no token, says what `ready` does.
  rpc::Router& add(const std::string& module, const std::string& address, Ready ready);

  /// Listens everywhere. unavailable: an address cannot be listened on, or a certificate not be
  /// used.
  Result<Nothing> open(const Config& config, const ModuleTokens& tokens, net::GivenSockets& given);
  /// Begins to answer, the modules first: what they are asked for by the API, others may ask too.
  void begin();
  /// The API first. After open().
  std::vector<Served> served() const;
  /// Whether they are about to end: a balancer had better ask another. After open().
  bool are_leaving() const { return api_ && api_->is_leaving(); }
  /// The API first: what is under way there may still ask a module. The API's and the runner's
  /// requests may take as long as calls, others' are short.
  void drain(std::int64_t calls_within_ms);

 private:
  std::unique_ptr<net::TlsIdentity> identity_;  // or nothing: TLS is spoken nowhere
  std::unique_ptr<Front> api_;
  std::vector<std::pair<std::string, std::unique_ptr<Front>>> modules_;
};

}  // namespace kappa::app
