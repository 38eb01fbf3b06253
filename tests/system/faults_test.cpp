// A full disk and a locked database: refused with 503, nothing by half, and all is well again
// afterwards.
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "rpc/json.hpp"
#include "support.hpp"
#include "system/server_process.hpp"

namespace kappa::test {
namespace {

constexpr auto good = R"({"name":"f","code":"def main(): return 1"})";

/// A small disk of its own; unmounted when it goes.
class SmallDisk {
 public:
  explicit SmallDisk(const std::filesystem::path& at) : at_(at) {
    std::filesystem::create_directories(at_);
    REQUIRE(::mount("tmpfs", at_.c_str(), "tmpfs", 0, "size=48m") == 0);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() { ::umount2(at_.c_str(), MNT_DETACH); }

  void fill() const {
    std::ofstream out(ballast(), std::ios::binary);
    const std::string page(4096, 'x');
    while (out.write(page.data(), static_cast<std::streamsize>(page.size())).flush()) continue;
  }
  void free() const { std::filesystem::remove(ballast()); }

 private:
  std::filesystem::path ballast() const { return at_ / "ballast"; }
  std::filesystem::path at_;
};

TEST_CASE("with a full disk writes answer 503, reads go on, and space brings everything back") {
  if (::geteuid() != 0) {
    MESSAGE("skipped: mounting a small disk needs root");
    return;
  }
  TempDir dir;
  const SmallDisk disk(dir.path() / "disk");
  const ServerProcess server(dir.path() / "disk" / "data");
  const std::string token = server.new_user("ada");
  server.create(token, "before", "def main(): return 'here'");
  disk.fill();
  int refused = 0;
  const std::string code(200'000, '#');
  for (int i = 0; i < 50 && refused < 5; ++i) {
    const std::string name = "f" + std::to_string(i);
    const auto reply = server.send(
        "POST", "/functions",
        R"({"name":")" + name + R"(","code":"def main(): pass\n)" + code + "\"}", token);
    CAPTURE(reply.body);
    REQUIRE((reply.status == 200 || reply.status == 503));
    if (reply.status != 503) continue;
    ++refused;
    CHECK(rpc::field_of(reply.fields, "Retry-After") != "");
    CHECK(server.send("GET", "/functions/" + name, "", token).status == 404);
  }
  CHECK(refused == 5);
  CHECK(server.send("GET", "/user/me", "", token).status == 200);
  CHECK(server.send("GET", "/functions/before/logs/", "", token).status == 200);
  disk.free();
  CHECK(eventually(
      [&] { return server.send("POST", "/functions/before/invoke", "{}", token).status == 200; }));
  CHECK(server.send("POST", "/functions", good, token).status == 200);
}

TEST_CASE(
    "while another process locks the database writes answer 503 in time, and work again "
    "afterwards") {
  TempDir dir;
  const ServerProcess server(dir.path() / "data");
  const std::string token = server.new_user("ada");
  sqlite3* other = nullptr;
  REQUIRE(::sqlite3_open((dir.path() / "data" / "data.db").c_str(), &other) == SQLITE_OK);
  REQUIRE(::sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
  const auto begin = std::chrono::steady_clock::now();
  const auto refused = server.send("POST", "/functions", good, token);
  CAPTURE(refused.body);
  CHECK(refused.status == 503);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
  CHECK(server.send("GET", "/user/me", "", token).status == 200);
  REQUIRE(::sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr) == SQLITE_OK);
  ::sqlite3_close(other);
  CHECK(server.send("POST", "/functions", good, token).status == 200);
}

TEST_CASE("a second Kappa on the same data folder is refused") {
  TempDir dir;
  const ServerProcess server(dir.path() / "data");
  const std::string command = std::string(KAPPA_PROGRAM) + " serve --listen 127.0.0.1:0 --data '" +
                              (dir.path() / "data").string() + "' 2>&1";
  FILE* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  char text[1024] = {};
  const std::size_t size = ::fread(text, 1, sizeof text - 1, pipe);
  CHECK(::pclose(pipe) != 0);
  CHECK(std::string(text, size).find("is in use by another Kappa") != std::string::npos);
}

TEST_CASE("what Kappa keeps is closed to other users, and no secret of a user is in it") {
  TempDir dir;
  ServerProcess server(dir.path() / "data");
  const std::string token = server.new_user("ada");
  CHECK(server.send("GET", "/functions/f?password=canary-in-query", "", token).status == 404);
  CHECK(server.stop() == 0);
  const auto folder = dir.path() / "data";
  CHECK(std::filesystem::status(folder).permissions() == std::filesystem::perms::owner_all);
  std::vector<std::filesystem::path> files = {folder.string() + ".log"};
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    CAPTURE(entry.path().string());
    const auto others = std::filesystem::perms::group_all | std::filesystem::perms::others_all;
    CHECK((entry.status().permissions() & others) == std::filesystem::perms::none);
    files.push_back(entry.path());
  }
  CHECK(files.size() >= 4);
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    CAPTURE(file.string());
    CHECK(bytes.find(token) == bytes.npos);
    CHECK(bytes.find("correct horse") == bytes.npos);
    CHECK(bytes.find("canary-in-query") == bytes.npos);
  }
}

TEST_CASE("logs that fail in an unforeseen way do not leave an execution open") {
  TempDir dir;
  const ServerProcess server(dir.path() / "data");
  const std::string token = server.new_user("ada");
  server.create(token, "f", "def main(): print('hi')");
  CHECK(server.send("POST", "/functions/f/invoke", "{}", token).status == 200);
  for (const auto& entry : std::filesystem::directory_iterator(dir.path() / "data" / "fn_logs")) {
    if (entry.path().extension() != ".db") continue;
    sqlite3* database = nullptr;
    REQUIRE(sqlite3_open(entry.path().c_str(), &database) == SQLITE_OK);
    CHECK(sqlite3_exec(database, "DROP TABLE output", nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(database);
  }
  const auto reply = server.send("POST", "/functions/f/invoke", "{}", token);
  CHECK(reply.status == 200);
  CHECK(reply.body.find(R"("output_cut":true)") != std::string::npos);
  CHECK(server.send("GET", "/executions?running=true", "", token).body == R"({"executions":[]})");
}

TEST_CASE("a call that the server has no memory for is lost, not left open") {
  TempDir dir;
  const ServerProcess server(dir.path() / "data");
  const std::string token = server.new_user("ada");
  CHECK(server
            .send("POST", "/functions",
                  R"({"name":"f","settings":{"output_bytes":16777216},"code":)"
                  R"("import time\ndef main():\n  print('on', flush=True)\n  time.sleep(0.5)\n)"
                  R"(  for i in range(16): print('x' * 1000000)\n"})",
                  token)
            .status == 200);
  // With so little memory there need not be a reply.
  std::jthread call([&] {
    (void)server.transport()(
        {"POST",
         "/functions/f/invoke",
         {{"Authorization", "Bearer " + token}, {"Content-Type", "application/json"}},
         "{}"});
  });
  REQUIRE(eventually([&] {
    return server.send("GET", "/executions?running=true", "", token).body.find("exec_id") !=
           std::string::npos;
  }));
  std::ifstream status("/proc/" + std::to_string(server.pid()) + "/status");
  std::string word;
  std::size_t kb = 0;
  while (status >> word && word != "VmData:") continue;
  status >> kb;
  rlimit before{};
  REQUIRE(::prlimit(server.pid(), RLIMIT_DATA, nullptr, &before) == 0);
  const rlimit tight{(kb << 10) + (4U << 20), before.rlim_max};
  REQUIRE(::prlimit(server.pid(), RLIMIT_DATA, &tight, nullptr) == 0);
  call.join();
  REQUIRE(::prlimit(server.pid(), RLIMIT_DATA, &before, nullptr) == 0);
  const auto all = server.send("GET", "/executions", "", token).body;
  CHECK(all.find(R"("verdict":"runner_lost")") != std::string::npos);
  CHECK(server.send("GET", "/bill", "", token).body == R"({"total":0,"fn":{}})");
}

}  // namespace
}  // namespace kappa::test
