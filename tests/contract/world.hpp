// All six modules for real, in a folder of their own.
#pragma once

#include <memory>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "data/data.hpp"
#include "data/http.hpp"
#include "fn_code/fn_code.hpp"
#include "fn_code/http.hpp"
#include "fn_logs/fn_logs.hpp"
#include "fn_logs/http.hpp"
#include "logs/http.hpp"
#include "logs/logs.hpp"
#include "support.hpp"

namespace kappa::test {

/// The storing modules and the view over them.
struct Stores {
  TempDir dir;
  SystemClock clock;
  SystemRandom random;
  std::unique_ptr<data::Data> data = data::open_data(dir.path() / "data.db", clock, random);
  std::unique_ptr<fn_code::FnCode> fn_code =
      fn_code::open_fn_code(dir.path() / "fn_code.db", clock);
  std::unique_ptr<fn_logs::FnLogs> fn_logs = fn_logs::open_fn_logs(dir.path() / "fn_logs", clock);
  std::unique_ptr<logs::Logs> logs = logs::make_logs(*data, *fn_logs);

  /// A live function of a new user.
  data::Function function(const std::string& name, const std::string& code = "def main(): pass");
};

}  // namespace kappa::test
