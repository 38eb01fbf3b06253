// One check after the other; what a broken one makes pointless is left out.
#include "cli/doctor.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "cli/layout.hpp"
#include "cli/private_file.hpp"
#include "cli/terminal.hpp"

namespace kappa::cli {
namespace {

constexpr std::int64_t doctor_timeout_ms = 5'000;  // unless --timeout says less

/// Looks, and keeps what it finds.
class Doctor {
 public:
  explicit Doctor(const Session& session)
      : session_(session),
        gateway_(
            connect_server(session.server(), std::min(session.timeout_ms(), doctor_timeout_ms))) {}

  void look() {
    std::error_code error;
    ok("program", "kappa " KAPPA_VERSION ", " +
                      std::filesystem::read_symlink("/proc/self/exe", error).string());
    look_at_files();
    if (const auto health = look_at_server()) {
      if (!health->ready) broken("ready", Error{Code::unavailable, health->reason.value_or("")});
      look_at_warnings(*health);
      look_at_login();
      if (!health->isolation.empty()) look_at_protections(*health);  // else no runner answers
    }
  }

  const Checks& found() const { return found_; }
  int exit_code() const { return exit_code_; }

 private:
  void look_at_files() {
    const auto file = private_file("credentials.json");
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0)
      return ok("logins", "none are kept in " + file.string());
    if ((status.st_mode & 077) == 0) return ok("logins", "kept in " + file.string());
    add("logins", State::warning, "others may read " + file.string(), "chmod 600 " + file.string());
  }

  std::optional<gateway::Health> look_at_server() {
    using Clock = std::chrono::steady_clock;
    const auto begin = Clock::now();
    auto health = gateway_->get_health({});
    const std::chrono::duration<double, std::milli> took = Clock::now() - begin;
    if (!health) {
      broken("server", health.error());
      return std::nullopt;
    }
    ok("server", session_.server() + " answers in " + duration(took.count()));
    if (health->version == KAPPA_VERSION) {
      ok("version", "both are " KAPPA_VERSION);
    } else {
      add("version", State::warning,
          "the server is " + health->version + ", this program " KAPPA_VERSION,
          "use the kappa of the server's version");
    }
    return *std::move(health);
  }

  void look_at_warnings(const gateway::Health& health) {
    for (const auto& [about, detail, todo] : health.warnings)
      add(about, State::warning, detail, todo);
  }

  void look_at_login() {
    const auto who = session_.caller();
    if (!who && who.error().code != Code::unauthorized) return broken("login", who.error());
    if (!who) return add("login", State::warning, "not logged in", "kappa login");
    const auto me = gateway_->get_me(*who, {});
    if (me) return ok("login", me->username);
    if (me.error().code != Code::unauthorized) return broken("login", me.error());
    add("login", State::warning, "the server does not know this login any more", "kappa login");
  }

  void look_at_protections(const gateway::Health& health) {
    for (const auto& layer : health.layers) {
      if (layer.holds) {
        ok(layer.name, layer.detail.empty() ? "holds" : layer.detail);
      } else {
        add(layer.name, State::warning, layer.detail,
            "isolation is '" + health.isolation + "'; \"require\" would refuse to start so");
      }
    }
    const auto& rewind = health.rewind;
    ok("state rewind", rewind.holds
                           ? "there is"
                           : "calls of functions that ask for it are fresh: " + rewind.detail);
  }

  void ok(std::string name, std::string detail) {
    add(std::move(name), State::ok, std::move(detail), "");
  }
  void broken(std::string name, const Trouble& trouble) {
    exit_code_ = trouble.exit_code;
    add(std::move(name), State::broken, trouble.what + ": " + trouble.why, trouble.todo);
  }
  void add(std::string name, State state, std::string detail, std::string hint) {
    found_.checks.push_back({std::move(name), state, std::move(detail), std::move(hint)});
  }

  const Session& session_;
  const std::unique_ptr<gateway::Gateway> gateway_;
  Checks found_;
  int exit_code_ = exit_ok;
};

std::string text_of(State state) { return std::string(rpc::Codec<State>::name(state)); }

/// "ok       server: ...", and what to do on a line of its own.
std::string sentence_of(const Check& check) {
  constexpr std::size_t wide = 9;
  const std::string state = text_of(check.state);
  std::string text =
      state + std::string(wide - state.size(), ' ') + check.name + ": " + check.detail + "\n";
  if (!check.hint.empty()) text += std::string(wide, ' ') + "try: " + check.hint + "\n";
  return text;
}

}  // namespace

void show_checks(const Output& out, const Checks& found) {
  Table table{{{"CHECK"}, {"STATE"}, {"DETAIL"}, {"HINT"}}, {}};
  for (const Check& check : found.checks)
    table.rows.push_back({check.name, text_of(check.state), check.detail, check.hint});
  if (out.for_people()) {
    for (const Check& check : found.checks) print(sentence_of(check));
  } else {
    out.list(table, found, found.checks);
  }
}

Tried<int> doctor(const Session& session) {
  Doctor doctor(session);
  doctor.look();
  show_checks(session.out(), doctor.found());
  return doctor.exit_code();
}

}  // namespace kappa::cli
