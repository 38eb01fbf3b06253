// The program's entry: a function's process, the server, or the command line.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string_view>
#include <vector>

#include "app/config.hpp"
#include "app/encryption.hpp"
#include "app/module_tokens.hpp"
#include "app/reference.hpp"
#include "app/serve.hpp"
#include "cli/cli.hpp"
#include "runner/runner.hpp"

namespace {

/// A descriptor that the caller closed would be given to a socket, and then written to.
void open_standard_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) < 0) static_cast<void>(::open("/dev/null", O_RDWR));
  }
}

std::vector<kappa::cli::ServerFlag> server_flags() {
  std::vector<kappa::cli::ServerFlag> flags = {{"--config", "the file to read"}, {"--help", ""}};
  for (const auto& setting : kappa::app::all_settings())
    flags.push_back({"--" + setting.key, "default " + setting.default_value});
  return flags;
}

kappa::Result<kappa::cli::Settings> load_server_settings(const std::vector<std::string>& words) {
  const auto sources = kappa::app::sources_of(words);
  auto loaded = TRY(kappa::app::load_settings(sources));
  kappa::cli::Settings out{sources.file, {}, std::move(loaded.remarks)};
  const auto values = kappa::app::values_of(loaded.config);
  for (const auto& setting : kappa::app::all_settings()) {
    const auto origin = loaded.origins.find(setting.key);
    out.settings.push_back({setting.key,
                            {values.at(setting.key)},
                            origin == loaded.origins.end() ? "default" : origin->second});
  }
  return out;
}

kappa::Result<kappa::Nothing> check_server_files(const std::vector<std::string>& words) {
  const auto loaded = TRY(kappa::app::load_settings(kappa::app::sources_of(words)));
  TRY(kappa::app::open_identity(loaded.config));
  return kappa::app::check_token_files(loaded.config, loaded.config.data);
}

int run(int argc, char** argv) {
  const std::string_view command = argc > 1 ? argv[1] : "";
  if (command == "serve") return kappa::app::run_serve(argc, argv);
  if (command == "__reference" && argc == 3 && std::string_view(argv[2]) != "commands")
    return kappa::app::run_reference(argv[2]);
  return kappa::run_cli(argc, argv, {server_flags, load_server_settings, check_server_files});
}

/// What was printed must have arrived: a script would take the lack of it for an answer.
int ended(int code) {
  const bool lost = std::ferror(stdout) != 0 || std::fflush(stdout) != 0;
  if (!lost || code != 0) return code;
  std::fprintf(stderr, "error: standard output cannot be written: %s\n", std::strerror(errno));
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "__zygote") return kappa::runner::run_template();
  open_standard_streams();
  try {
    return ended(run(argc, argv));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
}
