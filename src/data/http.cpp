// The data module over HTTP: one line per operation on the client side, one in all on the server
// side.
#include "data/http.hpp"

#include "rpc/mount.hpp"
#include "rpc/remote.hpp"

namespace kappa::data {
namespace {

class DataOverHttp final : public Data, rpc::Remote {
 public:
  using Remote::Remote;
  Result<Nothing> signup(const Signup& ask) override { return call<&Data::signup>(ask); }
  Result<Session> login(const Login& ask) override { return call<&Data::login>(ask); }
  Result<User> identify(const Identify& ask) override { return call<&Data::identify>(ask); }
  Result<Nothing> logout(const Logout& ask) override { return call<&Data::logout>(ask); }
  Result<Session> change_password(const ChangePassword& ask) override {
    return call<&Data::change_password>(ask);
  }
  Result<Function> reserve_function(const ReserveFunction& ask) override {
    return call<&Data::reserve_function>(ask);
  }
  Result<Function> publish_function(const PublishFunction& ask) override {
    return call<&Data::publish_function>(ask);
  }
  Result<Function> configure_function(const ConfigureFunction& ask) override {
    return call<&Data::configure_function>(ask);
  }
  Result<Function> find_function(const FindFunction& ask) override {
    return call<&Data::find_function>(ask);
  }
  Result<Function> get_function(const FunctionById& ask) override {
    return call<&Data::get_function>(ask);
  }
  Result<FunctionPage> list_functions(const ListFunctions& ask) override {
    return call<&Data::list_functions>(ask);
  }
  Result<Function> remove_function(const FunctionById& ask) override {
    return call<&Data::remove_function>(ask);
  }
  Result<Nothing> forget_function(const FunctionById& ask) override {
    return call<&Data::forget_function>(ask);
  }
  Result<Functions> list_unsettled(const ListUnsettled& ask) override {
    return call<&Data::list_unsettled>(ask);
  }
  Result<Nothing> start_execution(const StartExecution& ask) override {
    return call<&Data::start_execution>(ask);
  }
  Result<Nothing> finish_execution(const FinishExecution& ask) override {
    return call<&Data::finish_execution>(ask);
  }
  Result<Execution> get_execution(const ExecutionById& ask) override {
    return call<&Data::get_execution>(ask);
  }
  Result<ExecutionPage> list_executions(const ListExecutions& ask) override {
    return call<&Data::list_executions>(ask);
  }
  Result<Execution> lose_execution(const LoseExecution& ask) override {
    return call<&Data::lose_execution>(ask);
  }
  Result<Lost> lose_overdue(const LoseOverdue& ask) override {
    return call<&Data::lose_overdue>(ask);
  }
  Result<RunnerList> list_runners(const ListRunners& ask) override {
    return call<&Data::list_runners>(ask);
  }
  Result<Lost> take_lease(const TakeLease& ask) override { return call<&Data::take_lease>(ask); }
  Result<Bill> get_bill(const GetBill& ask) override { return call<&Data::get_bill>(ask); }
  Result<Nothing> check_recording(const CheckRecording& ask) override {
    return call<&Data::check_recording>(ask);
  }
  Result<Usage> get_usage(const GetUsage& ask) override { return call<&Data::get_usage>(ask); }
  Result<Budget> get_budget(const GetBudget& ask) override { return call<&Data::get_budget>(ask); }
  Result<Budget> set_budget(const SetBudget& ask) override { return call<&Data::set_budget>(ask); }
  Result<Events> list_function_events(const FunctionEvents& ask) override {
    return call<&Data::list_function_events>(ask);
  }
  Result<Events> list_execution_events(const ExecutionById& ask) override {
    return call<&Data::list_execution_events>(ask);
  }
};

}  // namespace

void mount_data(rpc::Router& router, Data& data) {
  rpc::mount(router, data);
  router.explain(operations_md);
}

std::unique_ptr<Data> connect_data(rpc::Transport transport) {
  return std::make_unique<DataOverHttp>(std::move(transport));
}

}  // namespace kappa::data
