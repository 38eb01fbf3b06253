// Pages backwards until there are enough, then events from there on.
#include "cli/line_commands.hpp"

#include <algorithm>
#include <thread>

#include "cli/terminal.hpp"

namespace kappa::cli {
namespace {

constexpr std::int64_t page_lines = 1000;            // the most that a server gives at once
constexpr std::int64_t lines_unasked = 1000;         // a screen or two more than anybody reads
constexpr std::int64_t lines_before_following = 10;  // as tail has it
constexpr std::int64_t silence_ms = 30'000;  // of a server that says something every 10 seconds
constexpr std::chrono::milliseconds first_pause{100};
constexpr std::chrono::milliseconds longest_pause{2'000};

std::optional<std::string> if_given(const std::string& text) {
  return text.empty() ? std::optional<std::string>() : text;
}

Tried<gateway::ReadLogLines> ask_of(const std::string& name, const LineFlags& flags) {
  gateway::ReadLogLines ask;
  ask.fn_name = name;
  ask.since = if_given(flags.since);
  ask.until = if_given(flags.until);
  ask.grep = if_given(flags.grep);
  if (!flags.stream.empty())
    ask.stream = TRY(value_of<LineStream>(flags.stream, "--stream", "kappa logs fn --help"));
  return ask;
}

/// For people a short time; for pipes time, stream, execution and text, parted by tabs.
void print_line(const Output& out, const LogEntry& line) {
  if (out.json()) return print(rpc::write_json(line) + "\n");
  const std::string time = to_text(line.ts);
  const std::string stream(rpc::Codec<LineStream>::name(line.stream));
  const std::string text = line.text + (line.continues ? " [continues]" : "") + "\n";
  if (out.for_people())
    return print(time.substr(0, 10) + " " + time.substr(11, 12) + " " + stream +
                 std::string(9 - stream.size(), ' ') + text);
  print(time + "\t" + stream + "\t" + (line.exec_id ? to_text(*line.exec_id) : "") + "\t" + text);
}

/// The newest `count`, page by page; what is newest there comes first while they gather.
Tried<LinePage> newest_lines(const Session& session, gateway::ReadLogLines ask,
                             std::int64_t count) {
  LinePage all;
  bool first = true;
  do {
    ask.limit = std::min(page_lines, count - std::ssize(all.lines));
    auto page = TRY(session.ask(
        "Reading logs",
        [&](auto& gateway, const Caller& who) { return gateway.read_lines(who, ask); },
        ask.fn_name));
    all.lines.insert(all.lines.end(), std::make_move_iterator(page.lines.rbegin()),
                     std::make_move_iterator(page.lines.rend()));
    if (first) all.newer = page.newer;
    first = false;
    all.older = ask.before = page.older;
  } while (all.older && std::ssize(all.lines) < count);
  std::reverse(all.lines.begin(), all.lines.end());
  return all;
}

/// Server-sent events, taken apart (WHATWG HTML 9.2.6, as far as Kappa writes them).
class Events {
 public:
  explicit Events(std::string last_id) : last_id_(std::move(last_id)) {}
  const std::string& last_id() const { return last_id_; }
  /// The server has said that no more comes, so that it need not be tried again.
  bool ended() const { return ended_; }
  /// What came before a connection broke was no whole event.
  void begin() {
    bytes_.clear();
    ended_ = false;
  }

  template <class Use>
  void take(const std::string& piece, const Use& use) {
    bytes_ += piece;
    std::size_t at = 0;
    for (std::size_t end; (end = bytes_.find("\n\n", at)) != bytes_.npos; at = end + 2)
      take_event(std::string_view(bytes_).substr(at, end - at), use);
    bytes_.erase(0, at);
  }

 private:
  template <class Use>
  void take_event(std::string_view event, const Use& use) {
    std::string_view id;
    while (!event.empty()) {
      const std::size_t end = std::min(event.find('\n'), event.size());
      const std::string_view field = event.substr(0, end);
      if (field == "event: end") ended_ = true;  // it comes first
      if (field.starts_with("data: ") && !ended_) use(field.substr(6));
      if (field.starts_with("id: ")) id = field.substr(4);
      event.remove_prefix(std::min(end + 1, event.size()));
    }
    if (!id.empty()) last_id_ = id;
  }

  std::string bytes_;
  std::string last_id_;
  bool ended_ = false;
};

class Following {
 public:
  Following(const Session& session, const gateway::ReadLogLines& ask, std::string from)
      : session_(session),
        ask_{ask.fn_name, ask.exec_id, ask.stream, ask.grep, {}},
        events_(std::move(from)),
        gateway_(connect_server(session.server(), std::max(session.timeout_ms(), silence_ms))) {}

  Tried<int> run() {
    for (auto pause = first_pause;; pause = std::min(2 * pause, longest_pause)) {
      auto stream = open();
      if (!stream && !passes(stream.error())) return stream.error();
      if (stream && read(*stream)) pause = first_pause;
      if (stream && TRY(ended())) return exit_ok;
      if (stream && events_.ended()) continue;  // the next answer is the reason
      if (session_.out().for_people()) note("the connection was lost; trying again");
      std::this_thread::sleep_for(pause);
    }
  }

 private:
  static bool passes(const Trouble& trouble) {
    return trouble.code == Code::unavailable || trouble.code == Code::limited ||
           trouble.code == Code::internal;
  }

  Tried<Stream> open() {
    ask_.last_event_id = events_.last_id();
    events_.begin();
    return session_.ask(
        "Following logs",
        [&](auto&, const Caller& who) { return gateway_->follow_lines(who, ask_); }, ask_.fn_name);
  }

  /// Until the connection ends; whether anything came.
  bool read(const Stream& stream) {
    bool any = false;
    for (;;) {
      const auto piece = stream.next();
      if (!piece || !*piece) return any;
      any = true;
      events_.take(**piece, [this](std::string_view json) {
        LogEntry line;
        std::vector<Fault> faults;
        rpc::Reading reading{faults, false, true};
        rpc::read_json(json, line, reading);
        if (faults.empty()) print_line(session_.out(), line);
      });
      std::fflush(stdout);
    }
  }

  /// An execution's lines end with it; a function's do not.
  Tried<bool> ended() {
    if (!ask_.exec_id) return false;
    const auto execution = session_.ask("Following logs", [&](auto& gateway, const Caller& who) {
      return gateway.get_execution(who, {*ask_.exec_id});
    });
    if (!execution && passes(execution.error())) return false;
    return TRY(execution).verdict.has_value();
  }

  const Session& session_;
  gateway::FollowLogLines ask_;
  Events events_;
  const std::unique_ptr<gateway::Gateway> gateway_;
};

Tried<int> show_lines(const Session& session, const gateway::ReadLogLines& ask,
                      const LineFlags& flags) {
  const bool tail = flags.follow && flags.since.empty();
  const std::int64_t count = flags.count > 0 ? flags.count
                             : tail          ? lines_before_following
                                             : lines_unasked;
  const auto page = TRY(newest_lines(session, ask, count));
  if (session.out().json() && !flags.follow) {
    session.out().list({}, page, page.lines);
  } else {
    for (const LogEntry& line : page.lines) print_line(session.out(), line);
  }
  std::fflush(stdout);
  if (flags.follow) return Following(session, ask, page.newer).run();
  if (page.older && flags.count == 0 && session.out().for_people())
    note("the newest " + std::to_string(count) + " lines; there may be older ones: -n COUNT");
  return exit_ok;
}

}  // namespace

Tried<int> function_lines(const Session& session, const std::string& name, const LineFlags& flags) {
  return show_lines(session, TRY(ask_of(name, flags)), flags);
}

Tried<int> execution_lines(const Session& session, const std::string& exec_id,
                           const LineFlags& flags) {
  const auto execution = TRY(session.ask("Reading logs", [&](auto& gateway, const Caller& who) {
    return gateway.get_execution(who, {exec_id});
  }));
  auto ask = TRY(ask_of(execution.fn, flags));
  ask.exec_id = exec_id;
  return show_lines(session, ask, flags);
}

}  // namespace kappa::cli
