// The runner module over HTTP: one line per operation on the client side, one in all on the server
// side.
#include "runner/http.hpp"

#include "rpc/mount.hpp"
#include "rpc/remote.hpp"

namespace kappa::runner {
namespace {

class RunnerOverHttp final : public Runner, rpc::Remote {
 public:
  using Remote::Remote;
  Result<Loaded> load(const Load& ask) override { return call<&Runner::load>(ask); }
  Result<Loaded> get_loaded(const FunctionById& ask) override {
    return call<&Runner::get_loaded>(ask);
  }
  Result<Execution> invoke(const Invoke& ask) override { return call<&Runner::invoke>(ask); }
  Result<Nothing> cancel(const Cancel& ask) override { return call<&Runner::cancel>(ask); }
  Result<Nothing> unload(const Unload& ask) override { return call<&Runner::unload>(ask); }
  Result<Condition> inspect(const Inspect& ask) override { return call<&Runner::inspect>(ask); }
};

}  // namespace

void mount_runner(rpc::Router& router, Runner& runner) {
  rpc::mount(router, runner);
  router.explain(operations_md);
}

std::unique_ptr<Runner> connect_runner(rpc::Transport transport) {
  return std::make_unique<RunnerOverHttp>(std::move(transport));
}

}  // namespace kappa::runner
