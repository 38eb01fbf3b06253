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

/// A command at a terminal.
class Session {
 public:
  Session(const std::string& server, const std::filesystem::path& config,
          std::vector<std::string> words, int columns = 80) {
    winsize size{24, static_cast<unsigned short>(columns), 0, 0};
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
  pid_t pid() const { return pid_; }

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

TEST_CASE("Ctrl-C at a password leaves the terminal as it was, however early it comes") {
  TempDir dir;
  for (int i = 0; i < 20; ++i) {
    Session early("http://127.0.0.1:1", dir.path(), {"login", "--username", "ada"});
    CHECK(early.shows("P"));
    early.type("\x03");
    CHECK(early.exit_code() == 130);
    CHECK(early.echoes());
  }
  Session login("http://127.0.0.1:1", dir.path(), {"login", "--username", "ada"});
  CHECK(login.shows("Password: "));
  CHECK_FALSE(login.echoes());
  login.type("\x03");
  CHECK(login.exit_code() == 130);
  CHECK(login.echoes());
}

TEST_CASE("what ends or stops the program at a password leaves a terminal that echoes") {
  TempDir dir;
  for (const int signal : {SIGTERM, SIGHUP, SIGQUIT}) {
    Session login("http://127.0.0.1:1", dir.path(), {"login", "--username", "ada"});
    CHECK(login.shows("Password: "));
    ::kill(login.pid(), signal);
    CHECK(login.exit_code() == 128 + signal);
    CHECK(login.echoes());
  }
  Session login("http://127.0.0.1:1", dir.path(), {"login", "--username", "ada"});
  CHECK(login.shows("Password: "));
  ::kill(login.pid(),
         SIGTSTP);  // without a shell nothing stops here, but it asks again as after it
  CHECK(login.shows("Password: \r\nPassword: "));
  CHECK_FALSE(login.echoes());
  login.type("correct horse\n");
  CHECK(login.exit_code() == 6);
  CHECK(login.shown().find("correct") == std::string::npos);
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

TEST_CASE("Ctrl-C while the server works leaves an empty line and a terminal that echoes") {
  TempDir dir;
  const ServerProcess server(dir.path() / "data");
  const auto config = dir.path() / "config";
  std::ofstream(dir.path() / "f.py") << "import time\ndef main(): time.sleep(20)\n";
  const std::string file = (dir.path() / "f.py").string();
  const std::string password = " --username ada --password-stdin < " + file;
  REQUIRE(piped(server.address(), config, "signup" + password).code == 0);
  REQUIRE(piped(server.address(), config, "login" + password).code == 0);
  REQUIRE(piped(server.address(), config, "fn create f " + file).code == 0);
  Session execute(server.address(), config, {"fn", "execute", "f"});
  CHECK(execute.shows("Executing function f"));
  execute.type("\x03");
  CHECK(execute.exit_code() == 130);
  CHECK(execute.echoes());
  CHECK(execute.shown().ends_with("\r\x1b[K"));
}

TEST_CASE("a table fits the terminal: cut at 80 columns, whole at 200") {
  TempDir dir;
  const ServerProcess server(dir.path() / "data");
  const auto config = dir.path() / "config";
  std::ofstream(dir.path() / "f.py") << "def main(): raise ValueError('x' * 60)\n";
  const std::string file = (dir.path() / "f.py").string();
  const std::string password = " --username ada --password-stdin < " + file;
  REQUIRE(piped(server.address(), config, "signup" + password).code == 0);
  REQUIRE(piped(server.address(), config, "login" + password).code == 0);
  REQUIRE(piped(server.address(), config, "fn create f " + file).code == 0);
  REQUIRE(piped(server.address(), config, "fn execute f").code == 1);
  const std::string error = "ValueError: " + std::string(60, 'x');
  for (const auto& [columns, whole] : {std::pair{80, false}, std::pair{200, true}}) {
    Session list(server.address(), config, {"exec", "list"}, columns);
    CHECK(list.exit_code() == 0);
    CAPTURE(list.shown());
    CHECK((list.shown().find(error) != std::string::npos) == whole);
    CHECK((list.shown().find("…") != std::string::npos) == !whole);
  }
  CHECK(piped(server.address(), config, "exec list").out.find("\t" + error) != std::string::npos);
}

}  // namespace
}  // namespace kappa::test
