// Pages, one behind the other; between them nothing is held but a connection.
#include "gateway/line_feed.hpp"

#include <charconv>
#include <chrono>

#include "base/random.hpp"
#include "rpc/record.hpp"

namespace kappa::gateway {
namespace {

using std::chrono::steady_clock;

constexpr std::int64_t wait_ms = 250;          // then a client that went is noticed
constexpr std::chrono::seconds say_every{10};  // below what proxies wait for, and clients of ours
constexpr std::chrono::seconds look_every{1};  // whether its client may still follow
constexpr std::int64_t retry_ms = 1'000;       // what a browser waits before it comes again
constexpr int most_followers = 512;            // half of the connections there are by default
constexpr int most_followers_of_a_user = 64;

Error fault(const char* at, const std::string& why) { return {Code::invalid, "", {{at, why}}}; }

/// "90s", "10m", "2h", "3d" as microseconds.
std::optional<std::int64_t> age_us(std::string_view text) {
  std::int64_t count = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc() || stop + 1 != end || count < 0 || count > 1'000'000)
    return std::nullopt;
  const std::int64_t second = 1'000'000;
  switch (*stop) {
    case 's':
      return count * second;
    case 'm':
      return count * 60 * second;
    case 'h':
      return count * 3'600 * second;
    case 'd':
      return count * 86'400 * second;
    default:
      return std::nullopt;
  }
}

Result<std::optional<Timestamp>> moment(const std::optional<std::string>& text, const char* at,
                                        const Clock& clock) {
  if (!text) return std::optional<Timestamp>();
  if (const auto ts = parse_timestamp(*text)) return ts;
  if (const auto age = age_us(*text)) return std::optional(Timestamp{clock.now().us - *age});
  return fault(at,
               "expected an age like 90s, 10m, 2h or 3d, or a time like "
               "2026-11-24T11:00:16Z");
}

/// The last event, and why it is.
struct End {
  std::string reason;
};
BOOST_DESCRIBE_STRUCT(End, (), (reason))

class Follower {
 public:
  Follower(logs::Logs& logs, logs::ReadLines ask, GoesOn goes_on,
           std::shared_ptr<Followers::Seat> seat)
      : logs_(logs), ask_(std::move(ask)), goes_on_(std::move(goes_on)), seat_(std::move(seat)) {}

  Result<std::optional<std::string>> next() {
    if (ended_) return std::optional<std::string>();
    if (!begun_) return begin();
    // Before the page: whoever may not follow any more is given nothing more, however much comes.
    if (steady_clock::now() >= look_at_) TRY(look());
    if (over_ && over_->at_once) return end();
    const auto page = TRY(logs_.read_lines(ask_));
    ask_.after = page.newer;
    std::string events;
    for (const LogEntry& line : page.lines)
      events += "id: " + line.cursor + "\ndata: " + rpc::write_json(line) + "\n\n";
    if (!events.empty()) {
      said_ = steady_clock::now();
      return std::optional(std::move(events));
    }
    if (over_) return end();
    // An execution ends; what it printed last may have come since the page.
    if (ask_.exec_id) TRY(look());
    if (steady_clock::now() - said_ <= say_every) return std::optional(std::string());
    said_ = steady_clock::now();
    return std::optional(mark());
  }

 private:
  Result<Nothing> look() {
    look_at_ = steady_clock::now() + look_every;
    over_ = TRY(goes_on_());
    return Nothing{};
  }

  std::optional<std::string> end() {
    ended_ = true;
    return "event: end\ndata: " + rpc::write_json(End{over_->reason}) + "\n\n";
  }

  /// What comes between two events, so that everybody knows that the other is there. The id counts
  /// for a client that comes again, though there is no event.
  std::string mark() const { return ": goes on\nid: " + *ask_.after + "\n\n"; }

  Result<std::optional<std::string>> begin() {
    begun_ = true;
    said_ = steady_clock::now();
    look_at_ = said_ + look_every;
    if (!ask_.after) {
      logs::ReadLines end;
      end.fn_id = ask_.fn_id;
      end.limit = 1;
      ask_.after = TRY(logs_.read_lines(end)).newer;
    }
    ask_.wait_ms = wait_ms;
    return std::optional("retry: " + std::to_string(retry_ms) + "\n" + mark());
  }

  logs::Logs& logs_;
  logs::ReadLines ask_;
  const GoesOn goes_on_;
  const std::shared_ptr<Followers::Seat> seat_;
  bool begun_ = false;
  bool ended_ = false;
  std::optional<Over> over_;
  steady_clock::time_point said_;
  steady_clock::time_point look_at_;
};

}  // namespace

Result<logs::ReadLines> selection_of(const ReadLogLines& ask, const Uuid& fn_id,
                                     const Clock& clock) {
  logs::ReadLines out;
  out.fn_id = fn_id;
  if (ask.exec_id) {
    out.exec_id = parse_uuid(*ask.exec_id);
    if (!out.exec_id) return fault("/exec_id", "expected an execution's id");
  }
  out.since = TRY(moment(ask.since, "/since", clock));
  out.until = TRY(moment(ask.until, "/until", clock));
  out.stream = ask.stream;
  out.grep = ask.grep;
  out.before = ask.before;
  out.after = ask.after;
  out.limit = ask.limit;
  return out;
}

Result<std::shared_ptr<Followers::Seat>> Followers::take(std::int64_t user_id) {
  {
    const std::lock_guard lock(mutex_);
    if (count_ >= most_followers || by_user_[user_id] >= most_followers_of_a_user)
      return Error{Code::limited, "as many follow logs as may at a time; end one, or try again"};
    ++count_;
    ++by_user_[user_id];
  }
  return std::make_shared<Seat>(*this, user_id);
}

Followers::Seat::~Seat() {
  const std::lock_guard lock(in_.mutex_);
  --in_.count_;
  if (--in_.by_user_[user_id_] == 0) in_.by_user_.erase(user_id_);
}

Stream follow(logs::Logs& logs, logs::ReadLines ask, GoesOn goes_on,
              std::shared_ptr<Followers::Seat> seat) {
  // Shared, because a Stream is copied.
  const auto follower =
      std::make_shared<Follower>(logs, std::move(ask), std::move(goes_on), std::move(seat));
  return {"text/event-stream", [follower] { return follower->next(); }};
}

}  // namespace kappa::gateway
