// What a file says of places is put on sockets; everything else is as it says.
#include "system/six_processes.hpp"

#include <fstream>

#include "net/client.hpp"
#include "rpc/service_token.hpp"

namespace kappa::test {
namespace {

std::string first_line(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  REQUIRE(std::getline(file, line));
  return line;
}

}  // namespace

SixProcesses::SixProcesses(Flags flags, const std::array<const char*, names.size()>& order)
    : flags_(std::move(flags)) {
  for (const char* name : order) start(name);
}

void SixProcesses::start(const std::string& name) {
  auto& process = processes_[name];
  process.reset();
  process =
      std::make_unique<ServerProcess>(words_for(name), dir_.path(), dir_.path() / (name + ".log"));
  if (name == "gateway") listen_ = process->address().substr(std::string("http://").size());
}

rpc::Transport SixProcesses::reach(const std::string& module) const {
  const std::string socket = socket_of(module);
  return rpc::with_token(
      net::connect(socket, {}),
      [token = first_line(token_file(module))](rpc::Look) { return token; }, socket);
}

std::filesystem::path SixProcesses::token_file(const std::string& module) const {
  return dir_.path() / "kappa-split" / "tokens" / module;
}

std::string SixProcesses::log_of(const std::string& name) const {
  std::ifstream file(dir_.path() / (name + ".log"));
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string SixProcesses::socket_of(const std::string& module) const {
  return "unix:" + (dir_.path() / (module + ".sock")).string();
}

std::vector<std::string> SixProcesses::words_for(const std::string& name) const {
  const std::string config =
      std::string(KAPPA_SPLIT) + "/" + (name == "gateway" ? "kappa" : name) + ".toml";
  std::vector<std::string> words = {"--config", config};
  if (name == "gateway")
    words.insert(words.end(), {"--listen", listen_, "--related.enabled", "false"});
  std::ifstream file(config);
  std::string module;
  for (std::string line; std::getline(file, line);) {
    constexpr std::string_view section = "[modules.";
    if (line.starts_with(section))
      module = line.substr(section.size(), line.find(']') - section.size());
    for (const std::string key : {"url", "expose"}) {
      if (line.starts_with(key + " ="))
        words.insert(words.end(), {"--modules." + module + "." + key, socket_of(module)});
    }
  }
  if (const auto more = flags_.find(name); more != flags_.end())
    words.insert(words.end(), more->second.begin(), more->second.end());
  return words;
}

}  // namespace kappa::test
