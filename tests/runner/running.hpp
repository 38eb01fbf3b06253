// A runner over real stores, and functions in it.
#pragma once

#include <string>

#include "contract/world.hpp"
#include "runner/runner.hpp"
#include "support.hpp"

namespace kappa::runner::test {

/// Short limits, so that what must be stopped is stopped soon.
inline RunnerOptions quick_options() {
  RunnerOptions options;
  options.timeout_ms = 1500;
  options.load_timeout_ms = 1000;
  return options;
}

struct Printed {
  std::string out;
  std::string err;
};

class Running {
 public:
  explicit Running(const RunnerOptions& options = quick_options())
      : runner_(open_runner(options, {KAPPA_PROGRAM, stores_.dir.path()}, *stores_.data,
                            *stores_.fn_code, *stores_.fn_logs, stores_.clock, stores_.random)) {}

  /// A live function with this code; not loaded yet.
  data::Function function(const std::string& code) { return stores_.function("f", code); }
  /// Why this code is refused; fails the test when it is not.
  std::string refusal(const std::string& code) {
    const auto stored = stores_.fn_code->store({make_uuid(stores_.clock, stores_.random), {code}});
    REQUIRE(stored);
    const auto loaded = runner_->load({make_uuid(stores_.clock, stores_.random), stored->code_id});
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().code == Code::unacceptable);
    return loaded.error().detail;
  }
  Result<Execution> invoke(const data::Function& function, const std::string& args = "{}",
                           const FunctionSettings& settings = {}) {
    return runner_->invoke({make_uuid(stores_.clock, stores_.random),
                            function.fn_id,
                            *function.code_id,
                            function.user_id,
                            function.name,
                            1,
                            {args},
                            settings});
  }
  /// Runs this code once; fails the test unless it becomes an execution.
  Execution run(const std::string& code, const std::string& args = "{}") {
    auto execution = invoke(function(code), args);
    REQUIRE(execution);
    return *std::move(execution);
  }
  Printed printed(const Execution& execution) {
    Printed all;
    const auto outputs = stores_.fn_logs->read_execution({execution.exec_id});
    REQUIRE(outputs);
    for (const auto& output : outputs->outputs) {
      for (const auto& piece : output.pieces)
        (piece.channel == fn_logs::Channel::out ? all.out : all.err) += piece.text;
    }
    return all;
  }

  kappa::test::Stores& stores() { return stores_; }
  Runner& runner() { return *runner_; }
  /// As if the server ended.
  void end() { runner_.reset(); }

 private:
  kappa::test::Stores stores_;
  std::unique_ptr<Runner> runner_;
};

}  // namespace kappa::runner::test
