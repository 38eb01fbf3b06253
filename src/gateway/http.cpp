// The gateway module over HTTP: one line per operation on the client side, one in all on the server
// side.
#include "gateway/http.hpp"

#include "rpc/mount.hpp"
#include "rpc/remote.hpp"

namespace kappa::gateway {
namespace {

class GatewayOverHttp final : public Gateway, rpc::Remote {
 public:
  using Remote::Remote;
  Result<Status> signup(const Signup& ask) override { return call<&Gateway::signup>(ask); }
  Result<Token> login(const Login& ask) override { return call<&Gateway::login>(ask); }
  Result<Nothing> logout(const Caller& caller, const Logout& ask) override {
    return call<&Gateway::logout>(caller, ask);
  }
  Result<Token> change_password(const Caller& caller, const ChangePassword& ask) override {
    return call<&Gateway::change_password>(caller, ask);
  }
  Result<Me> get_me(const Caller& caller, const GetMe& ask) override {
    return call<&Gateway::get_me>(caller, ask);
  }
  Result<Created> create_function(const Caller& caller, const CreateFunction& ask) override {
    return call<&Gateway::create_function>(caller, ask);
  }
  Result<FunctionPage> list_functions(const Caller& caller, const ListFunctions& ask) override {
    return call<&Gateway::list_functions>(caller, ask);
  }
  Result<Function> get_function(const Caller& caller, const FunctionByName& ask) override {
    return call<&Gateway::get_function>(caller, ask);
  }
  Result<FunctionCode> get_code(const Caller& caller, const FunctionByName& ask) override {
    return call<&Gateway::get_code>(caller, ask);
  }
  Result<Executed> execute_function(const Caller& caller, const ExecuteFunction& ask) override {
    return call<&Gateway::execute_function>(caller, ask);
  }
  Result<Invoked> invoke_function(const Caller& caller, const InvokeFunction& ask) override {
    return call<&Gateway::invoke_function>(caller, ask);
  }
  Result<Function> configure_function(const Caller& caller, const ConfigureFunction& ask) override {
    return call<&Gateway::configure_function>(caller, ask);
  }
  Result<Nothing> delete_function(const Caller& caller, const FunctionByName& ask) override {
    return call<&Gateway::delete_function>(caller, ask);
  }
  Result<ExecutionPage> list_executions(const Caller& caller, const ListExecutions& ask) override {
    return call<&Gateway::list_executions>(caller, ask);
  }
  Result<Execution> get_execution(const Caller& caller, const ExecutionById& ask) override {
    return call<&Gateway::get_execution>(caller, ask);
  }
  Result<Execution> cancel_execution(const Caller& caller, const ExecutionById& ask) override {
    return call<&Gateway::cancel_execution>(caller, ask);
  }
  Result<RawJson> get_input(const Caller& caller, const ExecutionById& ask) override {
    return call<&Gateway::get_input>(caller, ask);
  }
  Result<RawJson> get_output(const Caller& caller, const ExecutionById& ask) override {
    return call<&Gateway::get_output>(caller, ask);
  }
  Result<Replayed> replay_execution(const Caller& caller, const ExecutionById& ask) override {
    return call<&Gateway::replay_execution>(caller, ask);
  }
  Result<LogLines> get_function_logs(const Caller& caller, const GetFunctionLogs& ask) override {
    return call<&Gateway::get_function_logs>(caller, ask);
  }
  Result<LogLines> get_execution_logs(const Caller& caller, const ExecutionById& ask) override {
    return call<&Gateway::get_execution_logs>(caller, ask);
  }
  Result<LinePage> read_lines(const Caller& caller, const ReadLogLines& ask) override {
    return call<&Gateway::read_lines>(caller, ask);
  }
  Result<Stream> follow_lines(const Caller& caller, const FollowLogLines& ask) override {
    return call<&Gateway::follow_lines>(caller, ask);
  }
  Result<Bill> get_bill(const Caller& caller, const GetBill& ask) override {
    return call<&Gateway::get_bill>(caller, ask);
  }
  Result<Usage> get_usage(const Caller& caller, const GetUsage& ask) override {
    return call<&Gateway::get_usage>(caller, ask);
  }
  Result<Budget> get_budget(const Caller& caller, const GetBudget& ask) override {
    return call<&Gateway::get_budget>(caller, ask);
  }
  Result<Budget> set_budget(const Caller& caller, const SetBudget& ask) override {
    return call<&Gateway::set_budget>(caller, ask);
  }
  Result<Health> get_health(const GetHealth& ask) override {
    return call<&Gateway::get_health>(ask);
  }
};

}  // namespace

void mount_gateway(rpc::Router& router, Gateway& gateway, rpc::Authenticate authenticate) {
  rpc::mount(router, gateway, std::move(authenticate));
  router.explain(operations_md);
}

std::unique_ptr<Gateway> connect_gateway(rpc::Transport transport) {
  return std::make_unique<GatewayOverHttp>(std::move(transport));
}

}  // namespace kappa::gateway
