// The logs module over HTTP: one line per operation on the client side, one in all on the server
// side.
#include "logs/http.hpp"

#include "rpc/mount.hpp"
#include "rpc/remote.hpp"

namespace kappa::logs {
namespace {

class LogsOverHttp final : public Logs, rpc::Remote {
 public:
  using Remote::Remote;
  Result<Lines> read_function(const ReadFunction& ask) override {
    return call<&Logs::read_function>(ask);
  }
  Result<Lines> read_execution(const ReadExecution& ask) override {
    return call<&Logs::read_execution>(ask);
  }
  Result<Exchange> read_exchange(const ReadExchange& ask) override {
    return call<&Logs::read_exchange>(ask);
  }
  Result<LinePage> read_lines(const ReadLines& ask) override {
    return call<&Logs::read_lines>(ask);
  }
  Result<Nothing> erase_function(const EraseFunction& ask) override {
    return call<&Logs::erase_function>(ask);
  }
  Result<LogsCondition> inspect(const Inspect& ask) override { return call<&Logs::inspect>(ask); }
};

}  // namespace

void mount_logs(rpc::Router& router, Logs& logs) {
  rpc::mount(router, logs);
  router.explain(operations_md);
}

std::unique_ptr<Logs> connect_logs(rpc::Transport transport) {
  return std::make_unique<LogsOverHttp>(std::move(transport));
}

}  // namespace kappa::logs
