// One check after the other; what a broken one makes pointless is left out.
#include "cli/doctor.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>

#include "cli/exit_codes.hpp"
#include "cli/layout.hpp"
#include "cli/private_file.hpp"
#include "cli/terminal.hpp"

namespace kappa::cli {
namespace {

constexpr std::int64_t doctor_timeout_ms = 5'000;

class Doctor {
 public:
  explicit Doctor(const Session& session)
      : session_(session), gateway_(connect_server(session.server(), doctor_timeout_ms)) {}

  void look() {
    std::error_code error;
    ok("program", "kappa " KAPPA_VERSION ", " +
                      std::filesystem::read_symlink("/proc/self/exe", error).string());
    look_at_files();
    if (const auto health = look_at_server()) {
      look_at_login();
      look_at_protections(*health);
    }
  }

  const Checks& found() const { return found_; }

 private:
  void look_at_files() {
    const auto file = private_file("credentials.json");
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0)
      return ok("logins", "none are kept in " + file.string());
    if ((status.st_mode & 077) == 0) return ok("logins", "kept in " + file.string());
    add("logins", "warning", "others may read " + file.string(), "chmod 600 " + file.string());
  }

  std::optional<gateway::Health> look_at_server() {
    using Clock = std::chrono::steady_clock;
    const auto begin = Clock::now();
    auto health = gateway_->get_health({});
    const std::chrono::duration<double, std::milli> took = Clock::now() - begin;
    if (!health) {
      const Trouble trouble = trouble_of(health.error());
      add("server", "broken", trouble.what + ": " + trouble.why, trouble.todo);
      unreachable_ = is_unreachable(health.error());
      return std::nullopt;
    }
    ok("server", session_.server() + " answers in " + duration(took.count()));
    if (health->version == KAPPA_VERSION) {
      ok("version", "both are " KAPPA_VERSION);
    } else {
      add("version", "warning",
          "the server is " + health->version + ", this program " KAPPA_VERSION,
          "use the kappa of the server's version");
    }
    return *std::move(health);
  }

  void look_at_login() {
    const auto who = session_.caller();
    if (!who) return add("login", "warning", "not logged in", "kappa login");
    const auto me = gateway_->get_me(*who, {});
    if (me) return ok("login", me->username);
    add("login", "warning", "the server does not know this login any more", "kappa login");
  }

  void look_at_protections(const gateway::Health& health) {
    for (const auto& layer : health.layers) {
      if (layer.holds) {
        ok(layer.name, layer.detail.empty() ? "holds" : layer.detail);
      } else {
        add(layer.name, "warning", layer.detail,
            "isolation is '" + health.isolation + "'; \"require\" would refuse to start so");
      }
    }
  }

  void ok(std::string name, std::string detail) {
    add(std::move(name), "ok", std::move(detail), "");
  }
  void add(std::string name, std::string state, std::string detail, std::string hint) {
    found_.checks.push_back(
        {std::move(name), std::move(state), std::move(detail), std::move(hint)});
  }

 public:
  int exit_code() const {
    if (unreachable_) return exit_unreachable;
    for (const Check& check : found_.checks) {
      if (check.state == "broken") return exit_failed;
    }
    return exit_ok;
  }

 private:
  const Session& session_;
  const std::unique_ptr<gateway::Gateway> gateway_;
  Checks found_;
  bool unreachable_ = false;
};

/// "ok       server: ...", and what to do on a line of its own.
std::string sentence_of(const Check& check) {
  constexpr std::size_t wide = 9;
  std::string text = check.state + std::string(wide - check.state.size(), ' ') + check.name + ": " +
                     check.detail + "\n";
  if (!check.hint.empty()) text += std::string(wide, ' ') + "try: " + check.hint + "\n";
  return text;
}

}  // namespace

int doctor(const Session& session) {
  Doctor doctor(session);
  doctor.look();
  const auto& checks = doctor.found().checks;
  Table table{{{"CHECK"}, {"STATE"}, {"DETAIL"}, {"HINT"}}, {}};
  for (const Check& check : checks)
    table.rows.push_back({check.name, check.state, check.detail, check.hint});
  if (session.out().for_people()) {
    for (const Check& check : checks) print(sentence_of(check));
  } else {
    session.out().list(table, doctor.found(), checks);
  }
  return doctor.exit_code();
}

}  // namespace kappa::cli
