// Users, passwords and tokens.
#include <sodium.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <set>

#include "data/passwords.hpp"
#include "data/tokens.hpp"
#include "store/database.hpp"
#include "world.hpp"

namespace kappa::test {
namespace {

using namespace std::chrono_literals;

bool on_disk(const World& world, const std::string& text) {
  for (const char* end : {"", "-wal"}) {
    std::ifstream in(world.path.string() + end, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    if (bytes.find(text) != std::string::npos) return true;
  }
  return false;
}

TEST_CASE("a username belongs to one user") {
  World world;
  must(world.data->signup({{"ada"}, {"correct horse"}}));
  const auto refused = world.data->signup({{"ada"}, {"another horse"}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::conflict);
  CHECK(refused.error().detail == "user 'ada' exists already");
  CHECK(world.token("ada") != "");
  CHECK(world.user("Ada") != must(world.data->identify({world.token("ada")})).user_id);
}

TEST_CASE("two who sign up with one name at once become one user") {
  World world;
  std::atomic<int> made{0};
  std::atomic<int> refused{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        const auto result = world.data->signup({{"ada"}, {"correct horse"}});
        if (result) ++made;
        if (!result && result.error().code == Code::conflict) ++refused;
      });
    }
  }
  CHECK(made == 1);
  CHECK(refused == 3);
}

TEST_CASE("users of one letter and of 64 can log in") {
  World world;
  for (const std::string& name : {std::string("a"), std::string(64, 'z')}) {
    world.user(name);
    CHECK(must(world.data->identify({world.token(name)})).username == name);
  }
}

TEST_CASE("passwords that differ in the last of 1024 bytes differ") {
  World world;
  std::string password(1024, 'p');
  must(world.data->signup({{"ada"}, {password}}));
  CHECK(world.data->login({"ada", password}));
  password.back() = 'q';
  CHECK(world.data->login({"ada", password}).error().code == Code::unauthorized);
  CHECK(world.data->login({"ada", password + "p"}).error().code == Code::unauthorized);
}

TEST_CASE("a password is compared byte for byte, NUL and letters beyond ASCII included") {
  World world;
  const std::string password("caf\xc3\xa9\0tail", 10);
  must(world.data->signup({{"ada"}, {password}}));
  CHECK(world.data->login({"ada", password}));
  CHECK_FALSE(world.data->login({"ada", std::string("caf\xc3\xa9\0tale", 10)}));
}

TEST_CASE("a stranger and a wrong password get the same answer, whatever was sent") {
  World world;
  world.user("ada");
  const auto wrong = world.data->login({"ada", "wrong horse"});
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().code == Code::unauthorized);
  for (const std::string& password : {std::string("correct horse"), std::string(),
                                      std::string("short"), std::string(100'000, 'x')}) {
    const auto stranger = world.data->login({"nobody", password});
    REQUIRE_FALSE(stranger);
    CHECK(stranger.error().code == wrong.error().code);
    CHECK(stranger.error().detail == wrong.error().detail);
  }
}

TEST_CASE("nobody's hash costs a hash and matches nothing") {
  data::Passwords passwords;
  const std::string hash = must(passwords.hash("correct horse"));
  CHECK(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
  CHECK(hash != must(passwords.hash("correct horse")));
  CHECK(must(passwords.match("correct horse", hash)));
  CHECK_FALSE(must(passwords.match("wrong horse", hash)));
  const auto begun = std::chrono::steady_clock::now();
  CHECK_FALSE(must(passwords.match("", "")));
  CHECK(std::chrono::steady_clock::now() - begun > 1ms);  // looking up alone takes microseconds
}

/// While it lives this process gets no memory in pieces of some megabytes.
class NoMemory {
 public:
  NoMemory() {
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    ::getrlimit(RLIMIT_AS, &before_);
    const rlimit tight{pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) + (4U << 20),
                       before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_AS, &tight) == 0);
  }
  NoMemory(const NoMemory&) = delete;
  NoMemory& operator=(const NoMemory&) = delete;
  ~NoMemory() { ::setrlimit(RLIMIT_AS, &before_); }

 private:
  rlimit before_{};
};

TEST_CASE("a password that there is no memory to look at is not called wrong") {
  World world;
  const auto user_id = world.user("ada");
  const auto refused = [&](const std::string& password) {
    const NoMemory scarce;
    return world.data->login({"ada", password}).error().code;
  };
  CHECK(refused("correct horse") == Code::unavailable);
  CHECK(refused("wrong horse") == Code::unavailable);
  {
    const NoMemory scarce;
    const auto changed =
        world.data->change_password({user_id, "correct horse", {"battery staple"}});
    CHECK(changed.error().code == Code::unavailable);
  }
  CHECK(world.data->login({"ada", "correct horse"}));
}

TEST_CASE("a hash that libsodium made is read as libsodium reads it, a damaged one is nobody's") {
  data::Passwords passwords;
  std::string hash(crypto_pwhash_STRBYTES, 0);
  REQUIRE(crypto_pwhash_str(hash.data(), "secret", 6, 3, 8U << 20) == 0);
  hash.resize(hash.find('\0'));
  CHECK(must(passwords.match("secret", hash)));
  CHECK_FALSE(must(passwords.match("secrets", hash)));
  for (const std::string& damaged : {hash.substr(0, 40), hash.substr(0, hash.size() - 1),
                                     hash + "A", "$argon2i" + hash.substr(9), std::string("x")})
    CHECK(passwords.match("secret", damaged).error().code == Code::internal);
}

TEST_CASE("more logins than may wait are refused as too many, and later ones pass") {
  World world;
  world.user("ada");
  std::atomic<int> in{0};
  std::atomic<int> limited{0};
  std::atomic<int> other{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 120; ++i) {
      threads.emplace_back([&] {
        const auto session = world.data->login({"ada", "correct horse"});
        if (session) {
          ++in;
        } else if (session.error().code == Code::limited) {
          ++limited;
        } else {
          ++other;
        }
      });
    }
  }
  CHECK(in >= 32);
  CHECK(limited > 0);
  CHECK(other == 0);
  CHECK(world.data->login({"ada", "correct horse"}));
}

TEST_CASE("a token is 256 random bits, and only its hash is stored") {
  World world;
  world.user("ada");
  std::set<std::string> tokens;
  for (int i = 0; i < 3; ++i) {
    const std::string token = world.token("ada");
    CHECK(token.size() == 49);
    CHECK(token.starts_with("kappa_"));
    CHECK(token.find_first_not_of(
              "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 6) ==
          std::string::npos);
    CHECK(tokens.insert(token).second);
    CHECK_FALSE(on_disk(world, token));
    CHECK_FALSE(on_disk(world, token.substr(6)));
  }
  CHECK(on_disk(world, "ada"));
  CHECK_FALSE(on_disk(world, "correct horse"));
}

TEST_CASE("a token works until it is revoked, and its siblings longer") {
  World world;
  const auto user_id = world.user("ada");
  const std::string first = world.token("ada");
  const std::string second = world.token("ada");
  CHECK(must(world.data->identify({first})).user_id == user_id);
  must(world.data->logout({first}));
  CHECK(world.data->identify({first}).error().code == Code::unauthorized);
  CHECK(must(world.data->identify({second})).username == "ada");
  CHECK(world.data->logout({first}));
  CHECK(world.data->logout({"nonsense"}));
  world.reopen();
  CHECK_FALSE(world.data->identify({first}));
  CHECK(world.data->identify({second}));
}

TEST_CASE("a token lives 24 hours by the clock") {
  World world;
  world.user("ada");
  const auto session = must(world.data->login({"ada", "correct horse"}));
  CHECK(session.expires_at.us == world.clock.now().us + 24LL * 3600 * 1'000'000);
  world.clock.advance(24h - 1us);
  CHECK(world.data->identify({session.token}));
  world.clock.advance(1us);
  CHECK(world.data->identify({session.token}).error().code == Code::unauthorized);
}

TEST_CASE("expired sessions are gone from the file after the next login") {
  World world;
  world.user("ada");
  world.token("ada");
  world.clock.advance(25h);
  world.token("ada");
  auto db = must(store::Database::open(world.path, {.read_only = true}));
  auto rows = db.query("SELECT COUNT(*) FROM session");
  REQUIRE(must(rows.next()));
  CHECK(rows.integer(0) == 1);
}

TEST_CASE("what cannot be a token is refused as an unknown one is") {
  World world;
  world.user("ada");
  const std::string token = world.token("ada");
  std::string changed = token;
  changed.back() = changed.back() == 'A' ? 'B' : 'A';
  for (const std::string& wrong :
       {std::string(), std::string("kappa_"), token + "x", token.substr(0, 48), " " + token,
        "Kappa_" + token.substr(6), changed, std::string(100'000, 'x')}) {
    const auto refused = world.data->identify({wrong});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Code::unauthorized);
    CHECK(refused.error().detail.find(token.substr(6)) == std::string::npos);
  }
}

}  // namespace
}  // namespace kappa::test
