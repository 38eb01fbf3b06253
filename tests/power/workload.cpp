// Each thread does what a server does for one client: one thing at a time, and notes each answer.
#include "power/workload.hpp"

#include <sqlite3.h>

#include <random>
#include <thread>

#include "base/random.hpp"
#include "data/data.hpp"
#include "fn_code/fn_code.hpp"
#include "fn_logs/fn_logs.hpp"
#include "power/lossy_disk.hpp"
#include "support.hpp"

namespace kappa::test {
namespace {

constexpr int threads = 3;
constexpr auto password = "correct horse";

struct Modules {
  SystemClock clock;
  SystemRandom random;
  std::unique_ptr<data::Data> data;
  std::unique_ptr<fn_code::FnCode> fn_code;
  std::unique_ptr<fn_logs::FnLogs> fn_logs;

  explicit Modules(const std::filesystem::path& folder)
      : data(data::open_data(folder / "data.db", clock, random)),
        fn_code(fn_code::open_fn_code(folder / "fn_code.db", clock)),
        fn_logs(fn_logs::open_fn_logs(folder / "fn_logs", clock)) {}
};

class Client {
 public:
  Client(Modules& modules, const std::filesystem::path& folder, std::uint64_t seed,
         Acknowledged& acknowledged)
      : modules_(modules), folder_(folder), random_(seed), acknowledged_(acknowledged) {}

  void run() {
    while (!LossyDisk::is_cut()) act();
  }

 private:
  /// Notes what was answered, unless the power was off by then.
  template <class Note>
  void acknowledge(const Note& note) {
    const std::lock_guard lock(acknowledged_.mutex);
    if (!LossyDisk::is_cut()) note();
  }

  void act() {
    const auto die = random_() % 200;
    if (die == 0) return sign_up();
    if (die < 20 || mine_.empty()) return create();
    if (die < 30) return remove();
    if (die < 33) return checkpoint();
    execute();
  }

  void sign_up() {
    const std::string name = "user-" + std::to_string(random_());
    must(modules_.data->signup({{name}, {password}}));
    acknowledge([&] { acknowledged_.users.push_back(name); });
  }

  void create() {
    const Uuid fn_id = make_uuid(modules_.clock, modules_.random);
    const std::string name = "f" + std::to_string(random_());
    const std::string source = "# " + name + std::string(random_() % 20'000, 'x');
    must(modules_.data->reserve_function({fn_id, acknowledged_.user_id, {name}}));
    const auto stored = must(modules_.fn_code->store({fn_id, {source}}));
    acknowledge([&] { acknowledged_.sources[fn_id] = source; });
    must(modules_.data->publish_function({fn_id, stored.code_id}));
    acknowledge([&] { acknowledged_.live[fn_id] = name; });
    mine_.push_back({fn_id, name, source});
  }

  void remove() {
    const std::size_t at = random_() % mine_.size();
    const Mine gone = mine_[at];
    mine_.erase(mine_.begin() + static_cast<std::ptrdiff_t>(at));
    {  // from here on it may be there or not
      const std::lock_guard lock(acknowledged_.mutex);
      if (LossyDisk::is_cut()) return;
      acknowledged_.live.erase(gone.fn_id);
      acknowledged_.sources.erase(gone.fn_id);
    }
    must(modules_.data->remove_function({gone.fn_id}));
    must(modules_.fn_logs->erase_function({gone.fn_id}));
    must(modules_.fn_code->release({gone.fn_id}));
    must(modules_.data->forget_function({gone.fn_id}));
    acknowledge([&] { acknowledged_.removed[gone.fn_id] = gone.source; });
  }

  void execute() {
    const Mine& function = mine_[random_() % mine_.size()];
    data::StartExecution start;
    start.exec_id = make_uuid(modules_.clock, modules_.random);
    start.runner = "local";
    start.fn_id = function.fn_id;
    start.user_id = acknowledged_.user_id;
    start.fn_name = {function.name};
    start.limits = {30'000, 256};
    start.queued_at = modules_.clock.now();
    must(modules_.data->start_execution(start));
    data::FinishExecution end;
    end.exec_id = start.exec_id;
    end.lease = start.lease;
    end.verdict = random_() % 4 == 0 ? Verdict::error : Verdict::ok;
    end.started_at = start.queued_at;
    end.ended_at = modules_.clock.now();
    end.wall_us = 1500;
    if (random_() % 20 == 0) return;  // still running when the power goes
    must(modules_.data->finish_execution(end));
    acknowledge([&] { acknowledged_.executions[start.exec_id] = end.verdict; });
    if (random_() % 2 == 0) return;
    const Timestamp ts = modules_.clock.now();
    must(modules_.fn_logs->append(
        {function.fn_id, start.exec_id, ts, {{ts, fn_logs::Channel::out, "printed\n"}}}));
    acknowledge([&] { acknowledged_.outputs.push_back(start.exec_id); });
  }

  /// As another program may, at any time: the log is folded back into the file.
  void checkpoint() {
    const auto file = folder_ / (random_() % 2 == 0 ? "data.db" : "fn_code.db");
    sqlite3* db = nullptr;
    sqlite3_open_v2(file.c_str(), &db, SQLITE_OPEN_READWRITE, nullptr);
    sqlite3_exec(db, "PRAGMA wal_checkpoint(PASSIVE)", nullptr, nullptr, nullptr);
    sqlite3_close(db);
  }

  struct Mine {
    Uuid fn_id;
    std::string name;
    std::string source;
  };
  Modules& modules_;
  const std::filesystem::path folder_;
  std::mt19937_64 random_;
  Acknowledged& acknowledged_;
  std::vector<Mine> mine_;
};

void sign_up_first(Modules& modules, Acknowledged& acknowledged) {
  must(modules.data->signup({{"ada"}, {password}}));
  if (!LossyDisk::is_cut()) acknowledged.users.emplace_back("ada");
  acknowledged.token = must(modules.data->login({"ada", password})).token;
  acknowledged.user_id = must(modules.data->identify({acknowledged.token})).user_id;
  if (LossyDisk::is_cut()) acknowledged.token.clear();
}

class Look {
 public:
  Look(const std::filesystem::path& folder, Acknowledged& acknowledged)
      : modules_(folder), acknowledged_(acknowledged) {}

  Found found() {
    must(modules_.data->take_lease({"local", make_uuid(modules_.clock, modules_.random)}));
    look_for_users();
    look_for_functions();
    look_for_executions();
    look_for_bill();
    return std::move(found_);
  }

 private:
  void expect(bool holds, const std::string& what) {
    if (holds)
      ++found_.kept;
    else
      found_.lost.push_back(what);
  }

  void look_for_users() {
    for (const auto& user : acknowledged_.users)
      expect(modules_.data->login({user, password}).has_value(), "user " + user);
    if (!acknowledged_.token.empty())
      expect(modules_.data->identify({acknowledged_.token}).has_value(), "the token");
  }

  std::string source_of(const Uuid& fn_id) {
    const auto function = modules_.data->get_function({fn_id});
    if (!function || !function->code_id) return "";
    return source_by(*function->code_id);
  }
  std::string source_by(const CodeId& id) {
    const auto stream = modules_.fn_code->read({id});
    if (!stream) return "";
    std::string source;
    while (const auto piece = must(stream->next())) source += *piece;
    return source;
  }

  void look_for_functions() {
    for (const auto& [fn_id, name] : acknowledged_.live) {
      expect(modules_.data->find_function({acknowledged_.user_id, name}).has_value(),
             "function " + name);
      expect(source_of(fn_id) == acknowledged_.sources[fn_id], "code of " + name);
    }
    const auto listed = must(modules_.fn_code->list({}));
    for (const auto& [fn_id, source] : acknowledged_.removed) {
      const auto function = modules_.data->get_function({fn_id});
      expect(function && function->state == data::FunctionState::deleted,
             to_text(fn_id) + " came back");
      for (const auto& code : listed.code)
        expect(source_by(code.code_id) != source, "code of " + to_text(fn_id) + " came back");
    }
    for (const auto& function :
         must(modules_.data->list_functions({acknowledged_.user_id, {}, {}})).functions)
      expect(!source_of(function.function.fn_id).empty(),
             function.function.name.value + " has code");
  }

  void look_for_executions() {
    for (const auto& [exec_id, verdict] : acknowledged_.executions) {
      const auto execution = modules_.data->get_execution({exec_id});
      expect(execution && execution->verdict == verdict, "execution " + to_text(exec_id));
    }
    for (const Uuid& exec_id : acknowledged_.outputs) {
      const auto read = modules_.fn_logs->read_execution({exec_id});
      if (must(read).outputs.empty()) ++found_.outputs_lost;
    }
  }

  /// It is the sum of what the ledger has, and every execution there has one end.
  void look_for_bill() {
    std::int64_t billed = 0;
    data::ListExecutions ask;
    ask.user_id = acknowledged_.user_id;
    for (;;) {
      const auto page = must(modules_.data->list_executions(ask));
      for (const auto& execution : page.executions) {
        expect(execution.verdict.has_value(), "the end of " + to_text(execution.exec_id));
        if (execution.verdict != Verdict::runner_lost) ++billed;
      }
      if (!page.next) break;
      ask.before = page.next;
    }
    const auto bill = must(modules_.data->get_bill({acknowledged_.user_id}));
    expect(bill.total == billed,
           "the bill is " + std::to_string(bill.total) + ", not " + std::to_string(billed));
  }

  Modules modules_;
  Acknowledged& acknowledged_;
  Found found_;
};

}  // namespace

void run_load(const std::filesystem::path& folder, std::uint64_t seed, Acknowledged& acknowledged) {
  Modules modules(folder);
  sign_up_first(modules, acknowledged);
  std::vector<std::jthread> working;
  for (std::uint64_t i = 0; i < threads; ++i) {
    working.emplace_back([&, i] { Client(modules, folder, seed + i, acknowledged).run(); });
  }
}

Found look(const std::filesystem::path& folder, Acknowledged& acknowledged) {
  return Look(folder, acknowledged).found();
}

}  // namespace kappa::test
