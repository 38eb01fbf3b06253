// Kappa as six processes of the real program, each started from its file in config/split/.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "rpc/http.hpp"
#include "support.hpp"
#include "system/server_process.hpp"

namespace kappa::test {

/// In a folder of their own, where they find each other by Unix sockets and share token files as
/// their files say. Killed when they go.
class SixProcesses {
 public:
  static constexpr std::array names = {"data", "fn_code", "fn_logs", "logs", "runner", "gateway"};
  /// A process's flags beyond what its file says.
  using Flags = std::map<std::string, std::vector<std::string>>;

  /// Starts them in this order.
  explicit SixProcesses(Flags flags = {},
                        const std::array<const char*, names.size()>& order = names);

  void start(const std::string& name);
  /// kill -9, and waits for it.
  void kill(const std::string& name) { processes_.at(name)->kill(); }

  const ServerProcess& operator[](const std::string& name) const { return *processes_.at(name); }
  /// Where users are served.
  const ServerProcess& gateway() const { return (*this)["gateway"]; }
  /// To a module that is not the gateway, with its token.
  rpc::Transport reach(const std::string& module) const;
  std::filesystem::path token_file(const std::string& module) const;
  /// All that a process has logged.
  std::string log_of(const std::string& name) const;

 private:
  std::string socket_of(const std::string& module) const;
  std::vector<std::string> words_for(const std::string& name) const;

  TempDir dir_;
  const Flags flags_;
  std::string listen_ = "127.0.0.1:0";  // a port that stays what it is once it was had
  std::map<std::string, std::unique_ptr<ServerProcess>> processes_;
};

}  // namespace kappa::test
