// Two histories merged by time.
#include "logs/logs.hpp"

#include <algorithm>

#include "rpc/record.hpp"

namespace kappa::logs {

// A line's content; the members' order is the text's.
struct Created {
  std::string status;
};
BOOST_DESCRIBE_STRUCT(Created, (), (status))

struct Started {
  std::string status;
  Uuid exec_id;
};
BOOST_DESCRIBE_STRUCT(Started, (), (status, exec_id))

struct Printed {
  Uuid exec_id;
  std::string stdout;
  std::string stderr;
};
BOOST_DESCRIBE_STRUCT(Printed, (), (exec_id, stdout, stderr))

struct Failed {
  std::string status;
  Uuid exec_id;
  Verdict verdict = Verdict::error;
  std::string detail;
};
BOOST_DESCRIBE_STRUCT(Failed, (), (status, exec_id, verdict, detail))

namespace {

constexpr std::int64_t most_lines = 1000;  // as include/kappa/logs.hpp promises

/// A line and where it stands: by time, and at one microsecond by what must come before what.
struct Moment {
  Timestamp ts;
  enum Step { created, started, printed, failed } step;
  std::string content;
};

Moment moment_of(const data::Event& event) {
  const Uuid exec_id = event.exec_id.value_or(Uuid{});
  if (event.status == "started")
    return {event.ts, Moment::started, rpc::write_json(Started{event.status, exec_id})};
  if (event.status == "failed") {
    const Failed failed{event.status, exec_id, event.verdict.value_or(Verdict::error),
                        event.detail.value_or("")};
    return {event.ts, Moment::failed, rpc::write_json(failed)};
  }
  return {event.ts, Moment::created, rpc::write_json(Created{event.status})};
}

Moment moment_of(const fn_logs::Output& output) {
  Printed printed{output.exec_id, {}, {}};
  for (const fn_logs::Piece& piece : output.pieces)
    (piece.channel == fn_logs::Channel::out ? printed.stdout : printed.stderr) += piece.text;
  return {output.ts, Moment::printed, rpc::write_json(printed)};
}

Lines merge(const data::Events& events, const fn_logs::Outputs& outputs, std::size_t limit) {
  std::vector<Moment> moments;
  for (const data::Event& event : events.events) moments.push_back(moment_of(event));
  for (const fn_logs::Output& output : outputs.outputs) {
    if (!output.pieces.empty()) moments.push_back(moment_of(output));
  }
  std::stable_sort(moments.begin(), moments.end(), [](const Moment& a, const Moment& b) {
    return a.ts != b.ts ? a.ts < b.ts : a.step < b.step;
  });
  if (outputs.more) {
    // What there was before is not wholly known.
    const Timestamp oldest = outputs.outputs.front().ts;
    std::erase_if(moments, [&](const Moment& moment) { return moment.ts < oldest; });
  }
  const std::size_t left_out = moments.size() > limit ? moments.size() - limit : 0;
  Lines lines;
  for (std::size_t i = left_out; i < moments.size(); ++i)
    lines.logs.push_back({moments[i].ts, std::move(moments[i].content)});
  return lines;
}

class MergedLogs final : public Logs {
 public:
  MergedLogs(data::Data& data, fn_logs::FnLogs& fn_logs) : data_(data), fn_logs_(fn_logs) {}

  Result<Lines> read_function(const ReadFunction& ask) override {
    const auto events = TRY(data_.list_function_events({ask.fn_id, ask.limit}));
    const auto outputs = TRY(fn_logs_.read_function({ask.fn_id, ask.limit}));
    return merge(events, outputs, static_cast<std::size_t>(ask.limit.value_or(most_lines)));
  }

  Result<Lines> read_execution(const ReadExecution& ask) override {
    const auto events = TRY(data_.list_execution_events({ask.exec_id}));
    const auto outputs = TRY(fn_logs_.read_execution({ask.exec_id}));
    const std::size_t all = events.events.size() + outputs.outputs.size();
    return merge(events, outputs, all);
  }

  Result<Exchange> read_exchange(const ReadExchange& ask) override {
    auto kept = TRY(fn_logs_.read_exchange({ask.fn_id, ask.exec_id}));
    return Exchange{std::move(kept.input), kept.input_bytes, std::move(kept.output),
                    kept.output_bytes};
  }
  Result<LinePage> read_lines(const ReadLines& ask) override {
    const LineSelection& wanted = ask;
    auto page = TRY(fn_logs_.read_lines({wanted, ask.fn_id, ask.wait_ms}));
    const bool begins_here = !ask.after && !page.older;
    if (!begins_here || ask.exec_id ||
        ask.stream.value_or(LineStream::platform) != LineStream::platform)
      return page;
    const auto function = TRY(data_.get_function({ask.fn_id}));
    LogEntry created{"0.0.0", function.created_at, LineStream::platform, {}, "created"};
    const bool fits = (!ask.since || *ask.since <= created.ts) &&
                      (!ask.until || created.ts < *ask.until) &&
                      (!ask.grep || created.text.find(*ask.grep) != std::string::npos) &&
                      (!ask.before || *ask.before != created.cursor);
    if (fits) page.lines.insert(page.lines.begin(), std::move(created));
    return page;
  }

  Result<Nothing> erase_function(const EraseFunction& ask) override {
    return fn_logs_.erase_function({ask.fn_id});
  }

  Result<LogsCondition> inspect(const Inspect&) override { return fn_logs_.inspect({}); }

 private:
  data::Data& data_;
  fn_logs::FnLogs& fn_logs_;
};

}  // namespace

std::unique_ptr<Logs> make_logs(data::Data& data, fn_logs::FnLogs& fn_logs) {
  return std::make_unique<MergedLogs>(data, fn_logs);
}

}  // namespace kappa::logs
