// One ordered run for each verdict.
#include "data/execution_queries.hpp"

namespace kappa::data {
namespace {

constexpr store::Sql of_user =
    "SELECT * FROM execution WHERE user_id = ?1 AND verdict IS NULL AND exec_id < ?4 "
    "AND ?6 = 0 AND ?2 IS NULL AND ?3 IS NULL "
    "UNION ALL SELECT * FROM execution WHERE user_id = ?1 AND verdict = 'ok' "
    "AND exec_id < ?4 "
    "UNION ALL SELECT * FROM execution WHERE user_id = ?1 AND verdict = 'error' "
    "AND exec_id < ?4 "
    "UNION ALL SELECT * FROM execution WHERE user_id = ?1 AND verdict = 'bad_result' "
    "AND exec_id < ?4 "
    "UNION ALL SELECT * FROM execution WHERE user_id = ?1 AND verdict = 'timeout' "
    "AND exec_id < ?4 "
    "UNION ALL SELECT * FROM execution WHERE user_id = ?1 AND verdict = 'out_of_memory' "
    "AND exec_id < ?4 "
    "UNION ALL SELECT * FROM execution WHERE user_id = ?1 AND verdict = 'crashed' "
    "AND exec_id < ?4 "
    "UNION ALL SELECT * FROM execution WHERE user_id = ?1 AND verdict = 'exited' "
    "AND exec_id < ?4 "
    "UNION ALL SELECT * FROM execution WHERE user_id = ?1 AND verdict = 'cancelled' "
    "AND exec_id < ?4 "
    "UNION ALL SELECT * FROM execution WHERE user_id = ?1 AND verdict = 'runner_lost' "
    "AND exec_id < ?4 "
    "ORDER BY exec_id DESC LIMIT ?5";
constexpr store::Sql of_function =
    "SELECT * FROM execution WHERE user_id = ?1 AND fn_name = ?2 AND verdict IS NULL AND exec_id < "
    "?4 "
    "AND ?6 = 0 AND ?3 IS NULL "
    "UNION ALL SELECT * FROM execution WHERE user_id = ?1 AND fn_name = ?2 AND verdict = 'ok' "
    "AND exec_id < ?4 "
    "UNION ALL SELECT * FROM execution WHERE user_id = ?1 AND fn_name = ?2 AND verdict = 'error' "
    "AND exec_id < ?4 "
    "UNION ALL SELECT * FROM execution WHERE user_id = ?1 AND fn_name = ?2 AND verdict = "
    "'bad_result' "
    "AND exec_id < ?4 "
    "UNION ALL SELECT * FROM execution WHERE user_id = ?1 AND fn_name = ?2 AND verdict = 'timeout' "
    "AND exec_id < ?4 "
    "UNION ALL SELECT * FROM execution WHERE user_id = ?1 AND fn_name = ?2 AND verdict = "
    "'out_of_memory' "
    "AND exec_id < ?4 "
    "UNION ALL SELECT * FROM execution WHERE user_id = ?1 AND fn_name = ?2 AND verdict = 'crashed' "
    "AND exec_id < ?4 "
    "UNION ALL SELECT * FROM execution WHERE user_id = ?1 AND fn_name = ?2 AND verdict = 'exited' "
    "AND exec_id < ?4 "
    "UNION ALL SELECT * FROM execution WHERE user_id = ?1 AND fn_name = ?2 AND verdict = "
    "'cancelled' "
    "AND exec_id < ?4 "
    "UNION ALL SELECT * FROM execution WHERE user_id = ?1 AND fn_name = ?2 AND verdict = "
    "'runner_lost' "
    "AND exec_id < ?4 "
    "ORDER BY exec_id DESC LIMIT ?5";
constexpr store::Sql of_user_by_verdict =
    "SELECT * FROM execution WHERE user_id = ?1 AND verdict = ?3 AND exec_id < ?4 "
    "AND ?2 IS NULL AND ?6 IN (0, 1) ORDER BY exec_id DESC LIMIT ?5";
constexpr store::Sql of_function_by_verdict =
    "SELECT * FROM execution WHERE user_id = ?1 AND fn_name = ?2 AND verdict = ?3 AND exec_id < ?4 "
    "AND ?6 IN (0, 1) ORDER BY exec_id DESC LIMIT ?5";
// One that runs has no verdict yet: whoever asks for both gets none.
constexpr store::Sql of_user_running =
    "SELECT * FROM execution WHERE user_id = ?1 AND verdict IS NULL AND exec_id < ?4 "
    "AND ?2 IS NULL AND ?3 IS NULL AND ?6 = 0 ORDER BY exec_id DESC LIMIT ?5";
constexpr store::Sql of_function_running =
    "SELECT * FROM execution WHERE user_id = ?1 AND fn_name = ?2 AND verdict IS NULL AND exec_id < "
    "?4 "
    "AND ?3 IS NULL AND ?6 = 0 ORDER BY exec_id DESC LIMIT ?5";

}  // namespace

store::Sql query_for(const ListExecutions& ask) {
  const bool one_function = ask.fn_name.has_value();
  if (ask.running.value_or(false)) return one_function ? of_function_running : of_user_running;
  if (ask.verdict) return one_function ? of_function_by_verdict : of_user_by_verdict;
  return one_function ? of_function : of_user;
}

}  // namespace kappa::data
