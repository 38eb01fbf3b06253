// A queue and a thread each.
#include "fn_logs/lanes.hpp"

#include <chrono>
#include <memory>

namespace kappa::fn_logs {
namespace {

constexpr std::size_t most_bytes = 8 << 20;  // of a lane: some outputs of the default length
constexpr std::size_t row_bytes = 512;       // an output without its texts

std::size_t bytes_of(const Output& output) {
  std::size_t bytes = row_bytes + output.detail.size();
  for (const Piece& piece : output.pieces) bytes += sizeof piece + piece.text.size();
  if (!output.exchange) return bytes;
  return bytes + output.exchange->input.value_or("").size() +
         output.exchange->output.value_or("").size();
}

}  // namespace

Lanes::Lanes(Send send) : send_(std::move(send)) {
  for (Lane& lane : lanes_) lane.thread = std::thread([this, &lane] { work(lane); });
}

Lanes::~Lanes() {
  for (Lane& lane : lanes_) {
    {
      const std::lock_guard lock(lane.mutex);
      lane.ending = true;
    }
    lane.wake.notify_one();
  }
  for (Lane& lane : lanes_) lane.thread.join();
}

Kept Lanes::begin(const Output& output) {
  Lane& lane = lanes_[output.exec_id.bytes.back() % lanes_.size()];  // of its random bits
  const Trace* trace = current_trace();
  Entry entry{output, trace == nullptr ? std::nullopt : std::optional(*trace), bytes_of(output)};
  const auto answer = std::make_shared<std::future<Result<Nothing>>>(entry.answer.get_future());
  {
    const std::lock_guard lock(lane.mutex);
    // One that is larger than all that may wait goes when nothing does.
    if (lane.bytes > 0 && lane.bytes + entry.bytes > most_bytes) {
      return kept_already(Error{Code::unavailable,
                                "what functions print comes faster than fn_logs takes it, or it "
                                "does not answer; look at that process"});
    }
    lane.bytes += entry.bytes;
    lane.waiting.push_back(std::move(entry));
  }
  lane.wake.notify_one();
  return {
      [answer] { return answer->get(); },
      [answer] { return answer->wait_for(std::chrono::seconds(0)) == std::future_status::ready; }};
}

void Lanes::work(Lane& lane) const {
  std::unique_lock lock(lane.mutex);
  for (;;) {
    lane.wake.wait(lock, [&] { return lane.ending || !lane.waiting.empty(); });
    if (lane.waiting.empty()) return;
    Entry entry = std::move(lane.waiting.front());
    lane.waiting.pop_front();
    lock.unlock();
    const auto sent = send(entry);
    lock.lock();
    lane.bytes -= entry.bytes;
    entry.answer.set_value(sent);
    // Each of those behind would wait as long in vain.
    if (sent || sent.error().contact == Contact::made) continue;
    for (Entry& behind : take_all(lane)) behind.answer.set_value(sent);
  }
}

Result<Nothing> Lanes::send(const Entry& entry) const {
  std::optional<TraceScope> scope;
  if (entry.trace) scope.emplace(*entry.trace);
  return send_(entry.output);
}

std::deque<Lanes::Entry> Lanes::take_all(Lane& lane) {
  std::deque<Entry> all;
  all.swap(lane.waiting);
  for (const Entry& entry : all) lane.bytes -= entry.bytes;
  return all;
}

}  // namespace kappa::fn_logs
