// Starting, asking and ending the program.
#include "system/server_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include "net/client.hpp"
#include "rpc/json.hpp"
#include "support.hpp"

extern char** environ;

namespace kappa::test {
namespace {

constexpr int start_within_ms = 20'000;  // ten times what a loaded machine was seen to need

/// The next line the program prints; "" when it ends or takes too long.
std::string read_line(int fd) {
  std::string line;
  for (char c = 0; c != '\n';) {
    pollfd ready{fd, POLLIN, 0};
    if (::poll(&ready, 1, start_within_ms) <= 0 || ::read(fd, &c, 1) != 1) return "";
    line += c;
  }
  return line;
}

std::string word_after(const std::string& line, const std::string& what) {
  const std::size_t start = line.find(what);
  if (start == line.npos) return "";
  return line.substr(start + what.size(),
                     line.find_first_of(" \n", start + what.size()) - start - what.size());
}

}  // namespace

ServerProcess::ServerProcess(const std::filesystem::path& data, std::vector<std::string> flags)
    : ServerProcess(
          [&] {
            std::vector<std::string> words = {"--listen",    "127.0.0.1:0",       "--data",
                                              data.string(), "--related.enabled", "false"};
            words.insert(words.end(), flags.begin(), flags.end());
            return words;
          }(),
          ".", data.string() + ".log") {}

ServerProcess::ServerProcess(const std::vector<std::string>& words,
                             const std::filesystem::path& folder,
                             const std::filesystem::path& log) {
  std::vector<std::string> all = {KAPPA_PROGRAM, "serve"};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> argv;
  for (std::string& word : all) argv.push_back(word.data());
  argv.push_back(nullptr);
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  output_.reset(ends[0]);
  const Fd write_end(ends[1]);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, write_end.get(), 1);
  posix_spawn_file_actions_addopen(&actions, 2, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  REQUIRE(::posix_spawn(&pid_, KAPPA_PROGRAM, &actions, nullptr, argv.data(), environ) == 0);
  posix_spawn_file_actions_destroy(&actions);
  address_ = word_after(read_line(output_.get()), "serves at ");
  REQUIRE_MESSAGE(!address_.empty(), "the server did not start; see ", log);
  transport_ = net::connect(address_, {});
}

ServerProcess::~ServerProcess() { kill(); }

void ServerProcess::kill() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(std::exchange(pid_, -1), nullptr, 0);
}

int ServerProcess::stop() {
  ::kill(pid_, SIGTERM);
  int status = 0;
  const bool ended = eventually([&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; },
                                std::chrono::seconds(20));
  if (!ended) return -1;
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

rpc::HttpResponse ServerProcess::send(const std::string& method, const std::string& target,
                                      const std::string& body, const std::string& token) const {
  rpc::HttpRequest request{method, target, {}, body};
  if (!body.empty()) request.fields.push_back({"Content-Type", "application/json"});
  if (!token.empty()) request.fields.push_back({"Authorization", "Bearer " + token});
  auto response = transport_(request);
  REQUIRE(response);
  return *std::move(response);
}

std::string ServerProcess::new_user(const std::string& username) const {
  const std::string body =
      "{\"username\":" + rpc::json_string(username) + R"(,"password":"correct horse"})";
  REQUIRE(send("POST", "/signup/", body).status == 200);
  const auto reply = send("POST", "/login/", body);
  REQUIRE(reply.status == 200);
  rpc::JsonCursor member{rpc::JsonView(reply.body)};
  REQUIRE(member.next());
  return member.value().string();
}

void ServerProcess::create(const std::string& token, const std::string& name,
                           const std::string& code) const {
  const auto reply = send(
      "POST", "/functions/",
      "{\"name\":" + rpc::json_string(name) + ",\"code\":" + rpc::json_string(code) + "}", token);
  CAPTURE(reply.body);
  REQUIRE(reply.status == 200);
}

}  // namespace kappa::test
