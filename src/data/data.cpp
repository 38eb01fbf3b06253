// The module put together: each operation belongs to one noun.
#include "data/data.hpp"

#include <stdexcept>

#include "data/budgets.hpp"
#include "data/events.hpp"
#include "data/executions.hpp"
#include "data/functions.hpp"
#include "data/ledger.hpp"
#include "data/usage_view.hpp"
#include "data/users.hpp"

namespace kappa::data {

std::span<const store::Migration> migrations();

namespace {

class SqliteData final : public Data {
 public:
  SqliteData(std::unique_ptr<store::File> file, const Clock& clock, Random& random,
             const BillOptions& bill)
      : file_(std::move(file)),
        users_(*file_, clock, random),
        functions_(*file_, clock),
        budgets_(*file_, clock, bill),
        ledger_(*file_, clock, budgets_),
        usage_(*file_, clock, bill),
        executions_(*file_),
        events_(*file_) {}

  Result<Nothing> signup(const Signup& ask) override { return users_.signup(ask); }
  Result<Session> login(const Login& ask) override { return users_.login(ask); }
  Result<User> identify(const Identify& ask) override { return users_.identify(ask); }
  Result<Nothing> logout(const Logout& ask) override { return users_.logout(ask); }
  Result<Session> change_password(const ChangePassword& ask) override {
    return users_.change_password(ask);
  }

  Result<Function> reserve_function(const ReserveFunction& ask) override {
    return functions_.reserve(ask);
  }
  Result<Function> publish_function(const PublishFunction& ask) override {
    return functions_.publish(ask);
  }
  Result<Function> configure_function(const ConfigureFunction& ask) override {
    return functions_.configure(ask);
  }
  Result<Function> find_function(const FindFunction& ask) override { return functions_.find(ask); }
  Result<Function> get_function(const FunctionById& ask) override { return functions_.get(ask); }
  Result<FunctionPage> list_functions(const ListFunctions& ask) override {
    return functions_.list(ask);
  }
  Result<Function> remove_function(const FunctionById& ask) override {
    return functions_.remove(ask);
  }
  Result<Nothing> forget_function(const FunctionById& ask) override {
    return functions_.forget(ask);
  }
  Result<Functions> list_unsettled(const ListUnsettled& ask) override {
    return functions_.unsettled(ask);
  }

  Result<Nothing> start_execution(const StartExecution& ask) override { return ledger_.start(ask); }
  Result<Nothing> finish_execution(const FinishExecution& ask) override {
    return ledger_.finish(ask);
  }
  Result<Execution> get_execution(const ExecutionById& ask) override {
    return executions_.get(ask);
  }
  Result<ExecutionPage> list_executions(const ListExecutions& ask) override {
    return executions_.list(ask);
  }
  Result<Execution> lose_execution(const LoseExecution& ask) override {
    TRY(ledger_.lose(ask));
    return executions_.get({ask.exec_id});
  }
  Result<Lost> take_lease(const TakeLease& ask) override { return ledger_.take_lease(ask); }
  Result<Lost> lose_overdue(const LoseOverdue& ask) override { return ledger_.lose_overdue(ask); }
  Result<RunnerList> list_runners(const ListRunners&) override { return ledger_.runners(); }
  Result<Bill> get_bill(const GetBill& ask) override { return ledger_.bill(ask); }
  Result<Nothing> check_recording(const CheckRecording&) override { return ledger_.check(); }
  Result<Usage> get_usage(const GetUsage& ask) override { return usage_.get(ask); }
  Result<Budget> get_budget(const GetBudget& ask) override {
    auto budget = TRY(budgets_.get(ask));
    budget.spent = TRY(usage_.get({ask.user_id, budget.month, {}})).total.price;
    return budget;
  }
  Result<Budget> set_budget(const SetBudget& ask) override {
    TRY(budgets_.set(ask));
    return get_budget({ask.user_id});
  }

  Result<Events> list_function_events(const FunctionEvents& ask) override {
    return events_.of_function(ask);
  }
  Result<Events> list_execution_events(const ExecutionById& ask) override {
    return events_.of_execution(ask);
  }

 private:
  std::unique_ptr<store::File> file_;
  Users users_;
  FunctionTable functions_;
  Budgets budgets_;
  Ledger ledger_;
  UsageView usage_;
  ExecutionView executions_;
  EventView events_;
};

}  // namespace

std::unique_ptr<Data> open_data(const std::filesystem::path& file, const Clock& clock,
                                Random& random, const BillOptions& bill) {
  auto opened = store::File::open(file, migrations(), clock);
  if (!opened) throw std::runtime_error(store::why_no_start(file, opened.error()));
  return std::make_unique<SqliteData>(*std::move(opened), clock, random, bill);
}

}  // namespace kappa::data
