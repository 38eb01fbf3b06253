// Users that nobody has: above those of containers (systemd.io/UIDS-GIDS), one after the other.
#include "runner/function_users.hpp"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "runner/kernel_file.hpp"
#include "runner/must.hpp"

namespace kappa::runner {
namespace {

constexpr uid_t first_user = 2'000'000'000;
constexpr uid_t users = 65'536;

struct Request {
  pid_t pid = 0;
  User own;
};

bool map(const Request& ask) {
  const auto lines = [](unsigned own) {
    return std::to_string(own) + " " + std::to_string(own) + " 1\n" + std::to_string(first_user) +
           " " + std::to_string(first_user) + " " + std::to_string(users) + "\n";
  };
  const std::string process = "/proc/" + std::to_string(ask.pid);
  return write_kernel_file(process + "/uid_map", lines(ask.own.uid)) &&
         write_kernel_file(process + "/gid_map", lines(ask.own.gid));
}

[[noreturn]] void serve(const Fd& template_end) {
  Request ask;
  while (::read(template_end.get(), &ask, sizeof ask) == sizeof ask) {
    const char done = map(ask) ? 1 : 0;
    if (::write(template_end.get(), &done, 1) != 1) break;
  }
  ::_exit(0);
}

}  // namespace

UserMapper::UserMapper() {
  if (::geteuid() != 0) return;
  int ends[2];
  must(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0, "users' socket");
  Fd ours(ends[0]);
  const Fd theirs(ends[1]);
  root_ = ::fork();
  if (root_ == 0) {
    ours.reset();
    ::syscall(SYS_close_range, 3U, static_cast<unsigned>(theirs.get()) - 1, 0U);
    serve(theirs);
  }
  if (root_ > 0) to_root_ = std::move(ours);
}

UserMapper::~UserMapper() {
  to_root_.reset();
  if (root_ > 0) ::waitpid(root_, nullptr, 0);
}

bool UserMapper::map_users(const User& own) const {
  const Request ask{::getpid(), own};
  char done = 0;
  return to_root_ && ::write(to_root_.get(), &ask, sizeof ask) == sizeof ask &&
         ::read(to_root_.get(), &done, 1) == 1 && done == 1;
}

uid_t next_function_user() {
  static uid_t taken = 0;  // of the template, which is one per server
  return first_user + taken++ % users;
}

bool take_user(uid_t user, gid_t group) {
  return ::setresgid(group, group, group) == 0 && ::setresuid(user, user, user) == 0;
}

}  // namespace kappa::runner
