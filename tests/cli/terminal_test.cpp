// The real program at a real terminal: what it asks, shows and hides, and how it ends.
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "base/fd.hpp"
#include "support.hpp"
#include "system/server_process.hpp"

namespace kappa::test {
namespace {

/// A command at a terminal of 80 columns.
class Session {
 public:
  Session(const std::string& server, const std::filesystem::path& config,
          std::vector<std::string> words) {
    winsize size{24, 80, 0, 0};
    int terminal = -1;
    words.insert(words.begin(), KAPPA_PROGRAM);
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    pid_ = ::forkpty(&terminal, nullptr, nullptr, &size);
    if (pid_ == 0) {
      ::setenv("KAPPA_SERVER", server.c_str(), 1);
      ::setenv("XDG_CONFIG_HOME", config.c_str(), 1);
      ::setenv("TERM", "xterm", 1);
      ::execv(KAPPA_PROGRAM, argv.data());
      ::_exit(127);
    }
    REQUIRE(pid_ > 0);
    terminal_.reset(terminal);
  }
  ~Session() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  /// Waits until the text has been shown.
  bool shows(const std::string& text) {
    return eventually([&] {
      read_some();
      return shown_.find(text) != shown_.npos;
    });
  }
  void type(const std::string& text) {
    CHECK(::write(terminal_.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  bool echoes() const {
    termios settings{};
    REQUIRE(::tcgetattr(terminal_.get(), &settings) == 0);
    return (settings.c_lflag & ECHO) != 0;
  }
  int exit_code() {
    int status = 0;
    REQUIRE(eventually([&] {
      read_some();
      return ::waitpid(pid_, &status, WNOHANG) == pid_;
    }));
    while (read_some()) continue;
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  const std::string& shown() const { return shown_; }

 private:
  bool read_some() {
    pollfd watched{terminal_.get(), POLLIN, 0};
    char bytes[4096];
    if (::poll(&watched, 1, 0) <= 0) return false;
    const ssize_t got = ::read(terminal_.get(), bytes, sizeof bytes);
    if (got > 0) shown_.append(bytes, static_cast<std::size_t>(got));
    return got > 0;
  }

  pid_t pid_ = -1;
  Fd terminal_;
  std::string shown_;
};

/// What a command prints, standard error included, and how it ends; without any terminal.
struct Piped {
  int code = 0;
  std::string out;
};
Piped piped(const std::string& server, const std::filesystem::path& config,
            const std::string& rest) {
  const std::string command = "KAPPA_SERVER='" + server + "' XDG_CONFIG_HOME='" + config.string() +
                              "' " KAPPA_PROGRAM " " + rest + " 2>&1";
  FILE* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  Piped result;
  char bytes[4096];
  for (std::size_t got = 0; (got = std::fread(bytes, 1, sizeof bytes, pipe)) > 0;)
    result.out.append(bytes, got);
  const int status = ::pclose(pipe);
  result.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  return result;
}

TEST_CASE("at a terminal it asks, and does not show a password") {
  TempDir dir;
  const ServerProcess server(dir.path() / "data");
  const auto config = dir.path() / "config";
  {
    Session signup(server.address(), config, {"signup"});
    CHECK(signup.shows("Username: "));
    CHECK(signup.echoes());
    signup.type("ada\n");
    CHECK(signup.shows("Password: "));
    CHECK_FALSE(signup.echoes());
    signup.type("correct horse\n");
    CHECK(signup.shows("Password again: "));
    signup.type("correct horse\n");
    CHECK(signup.exit_code() == 0);
    CHECK(signup.shown().find("User ada signed up") != std::string::npos);
    CHECK(signup.shown().find("correct horse") == std::string::npos);
  }
  Session differ(server.address(), config, {"signup", "--username", "bob"});
  CHECK(differ.shows("Password: "));
  differ.type("correct horse\n");
  CHECK(differ.shows("Password again: "));
  differ.type("correct house\n");
  CHECK(differ.exit_code() == 2);
  CHECK(differ.shown().find("the two passwords differ") != std::string::npos);

  Session wrong(server.address(), config, {"login", "--username", "ada"});
  CHECK(wrong.shows("Password: "));
  wrong.type("wrong horse\n");
  CHECK(wrong.exit_code() == 4);
  CHECK(wrong.shown().find("\x1b[31merror: Incorrect username or password\x1b[0m") !=
        std::string::npos);
}

TEST_CASE("Ctrl-C at a password leaves the terminal as it was") {
  TempDir dir;
  Session login("http://127.0.0.1:1", dir.path(), {"login", "--username", "ada"});
  CHECK(login.shows("Password: "));
  CHECK_FALSE(login.echoes());
  login.type("\x03");
  CHECK(login.exit_code() == 130);
  CHECK(login.echoes());
}

TEST_CASE("a slow server shows a sign of life at a terminal, and what it printed cannot steer it") {
  TempDir dir;
  const ServerProcess server(dir.path() / "data");
  const auto config = dir.path() / "config";
  std::ofstream(dir.path() / "f.py")
      << "import time\ndef main():\n    print('\\x1b]0;owned\\x07')\n    time.sleep(0.5)\n    "
         "raise ValueError('\\x1b[2J')\n";
  REQUIRE(piped(server.address(), config,
                "signup --username ada --password-stdin < " + (dir.path() / "f.py").string())
              .code == 0);
  REQUIRE(piped(server.address(), config,
                "login --username ada --password-stdin < " + (dir.path() / "f.py").string())
              .code == 0);
  REQUIRE(piped(server.address(), config, "fn create f " + (dir.path() / "f.py").string()).code ==
          0);
  Session execute(server.address(), config, {"fn", "execute", "f"});
  CHECK(execute.exit_code() == 1);
  CHECK(execute.shown().find("Executing function f") != std::string::npos);
  CHECK(execute.shown().find("\\x1b[2J") != std::string::npos);
  CHECK(execute.shown().find("\x1b[2J") == std::string::npos);
  const auto in_pipe = piped(server.address(), config, "fn execute f");
  CHECK(in_pipe.code == 1);
  CHECK(in_pipe.out.find("Executing") == std::string::npos);
  CHECK(in_pipe.out.find("\x1b[31m") == std::string::npos);
  Session quick(server.address(), config, {"bill"});
  CHECK(quick.exit_code() == 0);
  CHECK(quick.shown().find('|') == std::string::npos);
}

TEST_CASE("every way a command can end has its exit code, and says what to do") {
  TempDir dir;
  const ServerProcess server(dir.path() / "data");
  const auto config = dir.path() / "config";
  std::ofstream(dir.path() / "password") << "correct horse\n";
  std::ofstream(dir.path() / "f.py") << "def main(*, n): return 1 / int(n)\n";
  const std::string with_password = " --password-stdin < " + (dir.path() / "password").string();
  const std::string file = (dir.path() / "f.py").string();
  const std::tuple<std::string, int, const char*> steps[] = {
      {"signup < /dev/null", 2, "--password-stdin"},
      {"signup --username 'two words'" + with_password, 2, "expected 1 to 64 letters"},
      {"signup --username ada" + with_password, 0, "User ada signed up"},
      {"signup --username ada" + with_password, 1, "error: "},
      {"bill", 4, "kappa login"},
      {"login --username ada" + with_password, 0, "Logged in as ada"},
      {"fn create f " + file, 0, "Function f created"},
      {"fn create f " + file, 1, "error: "},
      {"fn create g /nowhere.py", 2, "'/nowhere.py' cannot be read"},
      {"fn create g - < /dev/null", 2, "1 to 1048576 bytes"},
      {"fn execute f --n 1", 0, "Function 'f' executed with output:\n1.0\n"},
      {"fn execute f --n 0", 1, "function 'f' failed: ZeroDivisionError"},
      {"fn execute f", 1, "n: is required by main()"},
      {"fn execute f --nn 1", 1, "did you mean 'n'?"},
      {"fn execute f stray", 2, "'stray' is no argument"},
      {"fn execute g", 3, "function 'g' not found"},
      {"fn delete g", 3, "function 'g' not found"},
      {"logs exec nonsense", 3, "execution 'nonsense' not found"},
      {"logs fn f", 0, " | {\"status\":\"created\"}"},
      {"bill", 0, "total              2"},
      {"bil", 2, "Did you mean 'bill'?"},
      {"fn exceute f", 2, "Did you mean 'execute'?"},
      {"bill --sever x", 2, "Did you mean '--server'?"},
      {"", 2, "kappa --help"},
      {"--version", 0, "kappa 0.1.0"},
      {"--help", 0, "serve"},
      {"fn delete f", 0, "Function f deleted"},
      {"--server http://127.0.0.1:1 signup --username ada" + with_password, 6, "kappa serve"},
      {"--server nonsense signup --username ada" + with_password, 2, "expected HOST:PORT"},
      {"logout", 0, "Logged out"},
      {"bill", 4, "kappa login"},
  };
  for (const auto& [rest, code, text] : steps) {
    CAPTURE(rest);
    const Piped result = piped(server.address(), config, rest);
    CAPTURE(result.out);
    CHECK(result.code == code);
    CHECK(result.out.find(text) != std::string::npos);
  }
  const auto revoked = "KAPPA_TOKEN=kappa_revoked KAPPA_SERVER='" + server.address() +
                       "' " KAPPA_PROGRAM " bill 2>/dev/null";
  CHECK(WEXITSTATUS(std::system(revoked.c_str())) == 4);
}

}  // namespace
}  // namespace kappa::test
