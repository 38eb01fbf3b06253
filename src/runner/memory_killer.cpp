// proc(5), oom_score_adj: among equals the largest goes, and each point is a thousandth of the
// memory in question.
#include "runner/memory_killer.hpp"

#include <string>

#include "runner/kernel_file.hpp"
#include "runner/usage.hpp"

namespace kappa::runner {
namespace {

constexpr int of_a_function = 500;
constexpr int of_a_call = 1000;  // the most there is

void set(const std::string& process, int score) {
  write_kernel_file("/proc/" + process + "/oom_score_adj", std::to_string(score));
}

}  // namespace

void go_as_a_function() { set("self", of_a_function); }

void go_as_a_call(pid_t root) {
  for (const pid_t process : tree_of(root)) set(std::to_string(process), of_a_call);
}

void go_as_a_function(pid_t root) {
  for (const pid_t process : tree_of(root)) set(std::to_string(process), of_a_function);
}

}  // namespace kappa::runner
