// The processes that a runner in this process has started, as the kernel shows them.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "runner/usage.hpp"

namespace kappa::runner::test {

/// The template: our only child by that name; -1 when there is none.
pid_t template_of_ours();

/// Gone, or a zombie that nobody has asked about yet.
bool is_dead(pid_t pid);

/// Those below this process that have given themselves that name.
std::vector<pid_t> processes_named(const std::string& name);

/// Folders of this server's functions, for each controller.
std::vector<std::filesystem::path> groups_of_functions();
int control_groups();
/// Those that hold them: for each controller, or for all of them.
std::vector<std::filesystem::path> server_groups();

/// The group that holds a process, where it shares the processors; nothing when none of ours does.
std::filesystem::path group_of(pid_t pid);
/// Its weight, as version 1 counts it; -1 for none.
std::int64_t weight_of(pid_t pid);

}  // namespace kappa::runner::test
