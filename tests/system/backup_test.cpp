// A backup under load, and what it is worth once the server is gone.

#include <atomic>
#include <mutex>
#include <thread>

#include "folder/check.hpp"
#include "folder/restore.hpp"
#include "rpc/json.hpp"
#include "support.hpp"
#include "system/server_process.hpp"

namespace kappa::test {
namespace {

constexpr int callers = 8;

/// Calls functions and makes and deletes others, until it goes.
class Load {
 public:
  Load(const ServerProcess& server, const std::string& token) {
    for (int i = 0; i < callers; ++i)
      threads_.emplace_back([&, i] { work(server, token, "f" + std::to_string(i)); });
    threads_.emplace_back([&] { come_and_go(server, token); });
  }
  ~Load() {
    ending_ = true;
    for (auto& thread : threads_) thread.join();
  }
  std::vector<std::string> acknowledged() {
    const std::lock_guard lock(mutex_);
    return acknowledged_;
  }

 private:
  void work(const ServerProcess& server, const std::string& token, const std::string& name) {
    while (!ending_) {
      const auto reply = server.transport()(
          {"POST",
           "/functions/" + name + "/invoke",
           {{"Content-Type", "application/json"}, {"Authorization", "Bearer " + token}},
           "{}"});
      if (!reply || reply->status != 200) continue;
      const std::size_t at = reply->body.find("\"exec_id\":\"") + 11;
      const std::lock_guard lock(mutex_);
      acknowledged_.push_back(reply->body.substr(at, 36));
    }
  }
  void come_and_go(const ServerProcess& server, const std::string& token) {
    const std::vector<rpc::HttpField> fields = {{"Content-Type", "application/json"},
                                                {"Authorization", "Bearer " + token}};
    for (int i = 0; !ending_; ++i) {
      const std::string code = "def main(): return " + std::to_string(i);
      static_cast<void>(
          server.transport()({"POST", "/functions", fields,
                              R"({"name":"passing","code":)" + rpc::json_string(code) + "}"}));
      static_cast<void>(server.transport()({"DELETE", "/functions/passing", fields, ""}));
    }
  }

  std::atomic<bool> ending_ = false;
  std::mutex mutex_;
  std::vector<std::string> acknowledged_;  ///< guarded by mutex_
  std::vector<std::thread> threads_;
};

void check_all_fine(const std::filesystem::path& folder) {
  for (const auto& found : must(folder::check_folder(folder))) {
    CAPTURE(found.about + ": " + found.detail);
    CHECK(found.kind == folder::Finding::Kind::fine);
  }
}

TEST_CASE("a backup under load has all that was acknowledged before it, and outlives the server") {
  TempDir dir;
  const auto backup = dir.path() / "b.tar";
  const auto elsewhere = dir.path() / "elsewhere";
  std::vector<std::string> before;
  std::string token;
  {
    ServerProcess server(dir.path() / "data");
    token = server.new_user("ada");
    for (int i = 0; i < callers; ++i)
      server.create(token, "f" + std::to_string(i), "def main(): print('said'); return 1");
    Load load(server, token);
    REQUIRE(eventually([&] { return load.acknowledged().size() > 200; }));
    const SystemClock clock;
    // More than one: what happens between two files' snapshots happens seldom.
    for (int i = 0; i < 10; ++i) {
      before = load.acknowledged();
      const auto made = must(folder::make_backup(dir.path() / "data", backup, true, clock));
      CHECK(made.codeless.empty());
      std::filesystem::remove_all(elsewhere);
      must(folder::restore_backup(backup, elsewhere, false));
      check_all_fine(elsewhere);
    }
    CHECK(load.acknowledged().size() > before.size());
    server.kill();
  }
  const ServerProcess server(elsewhere);
  for (const std::string& id : before) {
    CAPTURE(id);
    REQUIRE(server.send("GET", "/executions/" + id, "", token).body.find(R"("verdict":"ok")") !=
            std::string::npos);
    REQUIRE(server.send("GET", "/functions/exec/" + id + "/logs/", "", token).body.find("said") !=
            std::string::npos);
  }
  CHECK(server.send("POST", "/functions/f0/invoke", "{}", token).status == 200);
}

TEST_CASE("a folder whose server was killed can be backed up, and looked at, as it is") {
  TempDir dir;
  const auto data = dir.path() / "data";
  ServerProcess server(data);
  const std::string token = server.new_user("ada");
  server.create(token, "f", "def main(): return 1");
  server.kill();
  check_all_fine(data);
  const SystemClock clock;
  must(folder::make_backup(data, dir.path() / "b.tar", false, clock));
  must(folder::restore_backup(dir.path() / "b.tar", dir.path() / "elsewhere", false));
  const ServerProcess restored(dir.path() / "elsewhere");
  CHECK(restored.send("POST", "/functions/f/invoke", "{}", token).status == 200);
}

}  // namespace
}  // namespace kappa::test
