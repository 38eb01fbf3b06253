// The real program, serving in a process of its own.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "rpc/http.hpp"

namespace kappa::test {

/// `kappa serve` on a free port of 127.0.0.1, its log in the file `data`.log. Killed, with
/// all its processes, when it goes.
class ServerProcess {
 public:
  /// Certificates in the file `authorities` are trusted beside the machine's.
  explicit ServerProcess(const std::filesystem::path& data, std::vector<std::string> flags = {},
                         const std::string& authorities = "");
  /// With these words alone after `kappa serve`, in this folder, its log in `log`.
  ServerProcess(const std::vector<std::string>& words, const std::filesystem::path& folder,
                const std::filesystem::path& log, const std::string& authorities = "");
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  ~ServerProcess();

  /// "http://127.0.0.1:PORT", or what else it was told to listen at first.
  const std::string& address() const { return address_; }
  /// Where it exposes a module, as it prints that; fails the test when it does not.
  std::string module_address(const std::string& module);
  pid_t pid() const { return pid_; }
  const rpc::Transport& transport() const { return transport_; }

  /// kill -9, and waits for it.
  void kill();
  /// SIGTERM, and waits for it; gives its exit code, or -1 when it does not end within 20 s.
  int stop();

  /// One request; fails the test when no reply comes.
  rpc::HttpResponse send(const std::string& method, const std::string& target,
                         const std::string& body = "", const std::string& token = "") const;
  /// Signs a new user up and gives a token.
  std::string new_user(const std::string& username) const;
  /// Creates a function; fails the test unless it is created.
  void create(const std::string& token, const std::string& name, const std::string& code) const;

 private:
  pid_t pid_ = -1;
  Fd output_;
  std::string address_;
  std::string printed_;  // what was read beyond the first line
  rpc::Transport transport_;
};

}  // namespace kappa::test
