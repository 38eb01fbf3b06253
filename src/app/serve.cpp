// Signals are waited for, not handled: no code runs in a handler.
#include "app/serve.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <string>

#include "app/compose.hpp"
#include "app/sweeping.hpp"
#include "base/log.hpp"
#include "net/given_sockets.hpp"

namespace kappa::app {
namespace {

int refuse(const Error& error) {
  std::fprintf(stderr, "error: %s\n", error.detail.c_str());
  return 1;
}

/// A socket that nobody took would let its clients wait for ever.
Result<Nothing> expect_all_taken(const net::GivenSockets& given) {
  const auto left = given.left();
  if (left.empty()) return Nothing{};
  return Error{
      Code::invalid,
      "a socket that listens at " + left.front() +
          " was given by who started Kappa, but no key says that address: set listen, or a "
          "module's expose, to it, or the .socket unit's ListenStream= to what they say"};
}

/// The signals that end the server; blocked here, and so in every thread started later.
sigset_t block_signals() {
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // a peer that went away is an error where it is written to
  std::signal(SIGXFSZ, SIG_IGN);  // so is a file-size limit
  return ending;
}

/// A connection, and each process of a function, has some: as many as this process may have at all.
void allow_all_descriptors() {
  rlimit open_files{};
  ::getrlimit(RLIMIT_NOFILE, &open_files);
  open_files.rlim_cur = open_files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &open_files);
}

bool has_come(const sigset_t& ending) {
  const timespec at_once{};
  return sigtimedwait(&ending, nullptr, &at_once) > 0;
}

void wait_for_end(const sigset_t& ending) {
  int signal = 0;
  while (sigwait(&ending, &signal) != 0) continue;
  log::info("draining", {{"signal", signal == SIGTERM ? "SIGTERM" : "SIGINT"}});
}

/// The next signal ends it at once: what runs is lost, and told so when it starts again.
void end_at_next(const sigset_t& ending) { pthread_sigmask(SIG_UNBLOCK, &ending, nullptr); }

/// Whoever started it, and a program that waits for it, reads where it is.
void tell(const std::vector<Served>& served, const std::string& folder) {
  const std::string& address = served.front().address;
  std::printf("Kappa %s serves at %s\n  data   %s\n", KAPPA_VERSION, address.c_str(),
              folder.c_str());
  for (const Served& one : served) {
    if (one.module.empty() && one.address.starts_with("http"))
      std::printf("  docs   %s/docs\n  API    %s/openapi.json\n", address.c_str(), address.c_str());
    if (!one.module.empty())
      std::printf("  module %s at %s\n", one.module.c_str(), one.address.c_str());
  }
  std::fflush(stdout);
}

void print_help() {
  std::printf(
      "Serves Kappa until SIGTERM or Ctrl-C.\n\nUsage: kappa serve [--config FILE] [--KEY "
      "VALUE]...\n\n"
      "In an empty folder nothing else is needed. A key's value comes from its flag, else from its "
      "environment\n"
      "variable (runner.timeout_ms: KAPPA_RUNNER_TIMEOUT_MS), else from the file (./kappa.toml "
      "when there is one),\n"
      "else it is the default.\n\n");
  for (const Setting& setting : all_settings()) {
    std::printf("  --%s   (%s)\n      %s\n", setting.key.c_str(), setting.default_value.c_str(),
                explanation_of(setting.key).c_str());
  }
}

}  // namespace

int run_serve(int argc, char** argv) {
  const std::vector<std::string> words(argv + 2, argv + argc);
  for (const std::string& word : words) {
    if (word != "--help" && word != "-h") continue;
    print_help();
    return 0;
  }
  const auto loaded = load_settings(sources_of(words));
  if (!loaded) {
    std::fprintf(stderr, "error: the configuration does not fit\n%s\n",
                 loaded.error().detail.c_str());
    return 2;
  }
  log::set_level(loaded->config.log_level);
  for (const std::string& remark : loaded->remarks) log::warning(remark);
  return serve(loaded->config);
}

int serve(const Config& config) {
  const sigset_t ending = block_signals();
  allow_all_descriptors();
  auto given = net::GivenSockets::from_environment();
  if (!given) return refuse(given.error());
  auto folder = folder::DataFolder::open(config.data);
  if (!folder) return refuse(folder.error());
  auto kappa = compose(config, *folder, "/proc/self/exe");
  if (!kappa) return refuse(kappa.error());
  Sweeping sweeping(**kappa);
  const auto swept = sweeping.wait_for_first([&] { return has_come(ending); });
  if (!swept) {
    end_at_next(ending);
    return 0;
  }
  if (!*swept) return refuse(swept->error());
  if (**swept > 0) log::info("removed what a crash left", {{"functions", **swept}});
  if (const auto started = (*kappa)->start(*given); !started) return refuse(started.error());
  if (const auto all_taken = expect_all_taken(*given); !all_taken) return refuse(all_taken.error());
  tell((*kappa)->served(), folder->path());
  wait_for_end(ending);
  end_at_next(ending);
  (*kappa)->drain();
  log::info("stopped");
  return 0;
}

}  // namespace kappa::app
