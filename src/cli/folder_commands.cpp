// The folder's own module does it all; here it is asked and shown.
#include "cli/folder_commands.hpp"

#include <sys/resource.h>
#include <sys/time.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <csignal>
#include <ctime>

#include "cli/doctor.hpp"
#include "cli/layout.hpp"
#include "cli/tree.hpp"
#include "folder/check.hpp"
#include "folder/restore.hpp"

namespace kappa::cli {
namespace {

/// A backup as programs read of it.
struct BackupReply {
  std::string file;
  Timestamp taken_at;
  std::int64_t files = 0;  ///< databases in it
  std::int64_t size_bytes = 0;
  std::vector<std::string> without_code;  ///< "user/function" of those whose code was lost before
};
BOOST_DESCRIBE_STRUCT(BackupReply, (), (file, taken_at, files, size_bytes, without_code))

struct RestoreReply {
  std::string data;
  Timestamp taken_at;
  std::int64_t files = 0;
  std::int64_t size_bytes = 0;
};
BOOST_DESCRIBE_STRUCT(RestoreReply, (), (data, taken_at, files, size_bytes))

/// What is in the way is this machine's, and whoever asks is its user: told as it is.
Trouble told(const std::string& what, const Error& error) {
  const std::size_t end = error.detail.rfind("; ");
  const std::string todo = end == error.detail.npos ? "" : error.detail.substr(end + 2);
  Trouble trouble = Trouble::here(what, error.detail.substr(0, end), todo);
  trouble.code = error.code;
  return trouble;
}

Tried<std::string> folder_of(const ServerSettings& server, const std::string& given) {
  if (!given.empty()) return given;
  const auto loaded = server.load({});
  if (!loaded)
    return Trouble::misuse("the configuration does not fit", loaded.error().detail,
                           "kappa config check, or name the folder with --data");
  for (const auto& setting : loaded->settings) {
    if (setting.key == "data") return rpc::JsonView(setting.value.text).string();
  }
  return Trouble::misuse("no data folder is known", "the configuration names none",
                         "name it with --data");
}

void nap(int /*signal*/) {
  const timespec a_moment{0, 1'000'000};
  const int error = errno;
  ::nanosleep(&a_moment, nullptr);
  errno = error;
}

/// Whoever is served goes before a copy that nobody waits for. A low priority is not enough: on a
/// processor that one task never leaves, others were seen to wait for hundreds of milliseconds.
void step_back() {
  ::setpriority(PRIO_PROCESS, 0, 19);
  struct sigaction napping {};
  napping.sa_handler = nap;
  napping.sa_flags = SA_RESTART;
  ::sigaction(SIGPROF, &napping, nullptr);
  const timeval each{0, 4'000};
  const itimerval of_processor_time{each, each};
  ::setitimer(ITIMER_PROF, &of_processor_time, nullptr);
}

std::string counted(std::int64_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

}  // namespace

Tried<int> backup(const Output& out, const ServerSettings& server, const FolderFlags& flags) {
  const std::string folder = TRY(folder_of(server, flags.data));
  step_back();
  const SystemClock clock;
  const auto made = folder::make_backup(folder, flags.file, flags.replace, clock);
  if (!made) return told("no backup was made", made.error());
  const auto size = static_cast<std::int64_t>(made->size_bytes);
  BackupReply reply{flags.file, made->taken_at, made->files, size, {}};
  std::string text = "Backup " + flags.file + " made: " + counted(made->files, "database") +
                     " as of " + moment(made->taken_at) + " UTC, " + memory(size >> 10) + "\n";
  for (const auto& lacking : made->codeless) {
    reply.without_code.push_back(lacking.username + "/" + lacking.name);
    text += "remark: the code of " + reply.without_code.back() +
            " is lost, here as in the backup; kappa doctor --data says more\n";
  }
  out.one(text, reply);
  return exit_ok;
}

Tried<int> restore(const Output& out, const FolderFlags& flags) {
  const auto made = folder::restore_backup(flags.file, flags.data, flags.replace);
  if (!made) return told("nothing was restored", made.error());
  const auto size = static_cast<std::int64_t>(made->size_bytes);
  out.one("Backup of " + moment(made->taken_at) + " UTC restored into " + flags.data + ": " +
              counted(made->files, "database") + ", " + memory(size >> 10) + ", all checked\n",
          RestoreReply{flags.data, made->taken_at, made->files, size});
  return exit_ok;
}

Tried<int> doctor_of_folder(const Output& out, const FolderFlags& flags) {
  const auto depth = flags.thorough ? folder::Depth::indexes : folder::Depth::pages;
  const auto found = folder::check_folder(flags.data, depth);
  if (!found) return told("the data folder cannot be looked at", found.error());
  Checks checks;
  int code = exit_ok;
  for (const auto& [about, kind, detail, todo] : *found) {
    using Kind = folder::Finding::Kind;
    if (kind == Kind::broken) code = exit_failed;
    const State state = kind == Kind::fine       ? State::ok
                        : kind == Kind::leftover ? State::warning
                                                 : State::broken;
    checks.checks.push_back({about, state, detail, todo});
  }
  show_checks(out, checks);
  return code;
}

void add_folder_commands(CLI::App& app, Line& line) {
  const auto add = [&](const char* name, const char* help, auto run) {
    auto* command = app.add_subcommand(name, help);
    command->callback([&line, run] {
      line.alone = [&line, run](const CLI::App&, const Output& out) { return run(out, line); };
    });
    return command;
  };
  auto* back = add("backup", "Put all that a server keeps into one file, while it serves",
                   [](const Output& o, const Line& l) { return backup(o, l.server, l.folder); });
  back->add_option("FILE", line.folder.file, "The file to make")->required();
  back->add_option("--data", line.folder.data,
                   "The data folder; the one that kappa serve would use here without it")
      ->type_name("FOLDER");
  back->add_flag("--replace", line.folder.replace, "The file may be there already");
  auto* in = add("restore", "Put a backup into a data folder that no server uses",
                 [](const Output& o, const Line& l) { return restore(o, l.folder); });
  in->add_option("FILE", line.folder.file, "The backup")->required();
  in->add_option("--data", line.folder.data, "The data folder, made where it is missing")
      ->type_name("FOLDER")
      ->required();
  in->add_flag("--replace", line.folder.replace, "Lose the data that is in the folder");
}

}  // namespace kappa::cli
