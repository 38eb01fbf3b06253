// The fn_logs module over HTTP: one line per operation on the client side, one in all on the server
// side.
#include "fn_logs/http.hpp"

#include "fn_logs/lanes.hpp"
#include "rpc/mount.hpp"
#include "rpc/remote.hpp"

namespace kappa::fn_logs {
namespace {

class FnLogsOverHttp final : public FnLogs, rpc::Remote {
 public:
  using Remote::Remote;
  Result<Nothing> append(const Output& ask) override { return call<&FnLogs::append>(ask); }
  Kept begin_append(const Output& ask) override { return lanes_.begin(ask); }
  Result<Outputs> read_function(const ReadFunction& ask) override {
    return call<&FnLogs::read_function>(ask);
  }
  Result<Outputs> read_execution(const ReadExecution& ask) override {
    return call<&FnLogs::read_execution>(ask);
  }
  Result<Exchange> read_exchange(const ReadExchange& ask) override {
    return call<&FnLogs::read_exchange>(ask);
  }
  Result<LinePage> read_lines(const ReadLines& ask) override {
    return call<&FnLogs::read_lines>(ask);
  }
  Result<FunctionPage> list_functions(const ListFunctions& ask) override {
    return call<&FnLogs::list_functions>(ask);
  }
  Result<Nothing> erase_function(const EraseFunction& ask) override {
    return call<&FnLogs::erase_function>(ask);
  }
  Result<LogsCondition> inspect(const Inspect& ask) override { return call<&FnLogs::inspect>(ask); }

 private:
  Lanes lanes_{[this](const Output& output) { return append(output); }};
};

}  // namespace

void mount_fn_logs(rpc::Router& router, FnLogs& fn_logs) {
  rpc::mount(router, fn_logs);
  router.explain(operations_md);
}

std::unique_ptr<FnLogs> connect_fn_logs(rpc::Transport transport) {
  return std::make_unique<FnLogsOverHttp>(std::move(transport));
}

}  // namespace kappa::fn_logs
