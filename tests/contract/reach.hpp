// One interface reached in four ways: the object itself, its adapter over a loop in memory, its
// adapter over a socket, its adapter to a process of its own.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "net/client.hpp"
#include "net/server.hpp"
#include "rpc/router.hpp"
#include "rpc/service_token.hpp"
#include "support.hpp"

namespace kappa::test {

enum class Way { direct, loopback, unix_socket, six_processes };
inline constexpr std::array every_way = {Way::direct, Way::loopback, Way::unix_socket,
                                         Way::six_processes};
/// Those on which a request is checked against its description.
inline constexpr std::array every_way_with_adapter = {Way::loopback, Way::unix_socket,
                                                      Way::six_processes};

inline const char* name(Way way) {
  constexpr const char* names[] = {"direct", "over a loop", "over a Unix socket",
                                   "in six processes"};
  return names[static_cast<int>(way)];
}

/// Whether a listener asks for the service token: the gateway's does not, its callers bring their
/// own.
enum class Guard { service_token, none };

/// Holds whatever a way needs, as long as the interface is used. With six processes, a World's
/// objects are in them already.
template <class Interface>
class Reach {
 public:
  using Connect = std::unique_ptr<Interface> (*)(rpc::Transport);

  template <class Mount>
  Reach(Interface& object, Way way, Mount mount, Connect connect,
        Guard guard = Guard::service_token)
      : router_("contract", "0") {
    if (way == Way::direct || way == Way::six_processes) {
      reached_ = &object;
      return;
    }
    mount(router_, object);
    const rpc::HttpHandler handler = [this](const rpc::HttpRequest& request) {
      return router_.handle(request);
    };
    if (way == Way::loopback) {
      remote_ = connect([handler](const rpc::HttpRequest& request) -> Result<rpc::HttpResponse> {
        return handler(request);
      });
    } else {
      const std::string address = "unix:" + (dir_.path() / "module.sock").string();
      net::ServerOptions quiet;
      quiet.access_log = false;
      server_ = std::make_unique<net::Server>(
          quiet,
          guard == Guard::none ? handler : rpc::require_token(handler, [](std::string_view given) {
            return given == "service";
          }));
      REQUIRE(server_->listen(address));
      remote_ = connect(guard == Guard::none
                            ? net::connect(address, {})
                            : rpc::with_token(
                                  net::connect(address, {}),
                                  [](rpc::Look) { return std::string("service"); }, address));
    }
    reached_ = remote_.get();
  }

  Interface& operator*() { return *reached_; }
  Interface* operator->() { return reached_; }

 private:
  TempDir dir_;
  rpc::Router router_;
  std::unique_ptr<net::Server> server_;
  std::unique_ptr<Interface> remote_;
  Interface* reached_ = nullptr;
};

}  // namespace kappa::test
