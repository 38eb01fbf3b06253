// A user of its own for each function, where Kappa runs as root: what the kernel rations by user
// (pipes' memory, descriptors on their way, watches, queued signals) no function can use up for
// another.
#pragma once

#include <sys/types.h>

#include "base/fd.hpp"

namespace kappa::runner {

/// Whose a process is, as the kernel counts.
struct User {
  uid_t uid = 0;
  gid_t gid = 0;
};

/// A process that stays root while the template gives that up, to map users for it. Goes with this.
class UserMapper {
 public:
  /// For root, before it is given up; for anybody else it maps nothing.
  UserMapper();
  UserMapper(const UserMapper&) = delete;
  UserMapper& operator=(const UserMapper&) = delete;
  ~UserMapper();
  /// In a new user namespace of this process: maps `own`, whose this process was before, and the
  /// users of functions, each to itself. False when that is not possible.
  bool map_users(const User& own) const;

 private:
  Fd to_root_;
  pid_t root_ = -1;
};

constexpr uid_t template_user = 1'999'999'999;
constexpr uid_t nobody = 65'534;

/// The user of the next function that is started, from 2,000,000,000 on.
uid_t next_function_user();

/// This process becomes that user, and can become another again: it keeps what privileges it has in
/// its namespace. False when the user is not mapped there.
bool take_user(uid_t user, gid_t group);

}  // namespace kappa::runner
