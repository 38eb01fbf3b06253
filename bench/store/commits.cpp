// How soon outcomes are durable: recorded by the data module as the product does it, beside the
// same rows with a commit each under a mutex, and beside writes of 4 kB with an fdatasync. Prints
// one line of JSON for each round. usage: bench_ledger FOLDER [ROUNDS [MS]]
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/fd.hpp"
#include "data/data.hpp"
#include "data/execution_rows.hpp"
#include "store/file.hpp"

namespace kappa::data {
std::span<const store::Migration> migrations();  // made by cmake/migrations.cmake
}

namespace {

using namespace kappa;
using Moment = std::chrono::steady_clock::time_point;

constexpr std::size_t clients = 64;
constexpr int in_a_row = 50;  // of one kind at one client, before the next kind has its turn

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().detail);
  return *std::move(result);
}

/// What clients do: they call so many functions in equal parts, which are eight users'.
class Executions {
 public:
  explicit Executions(const Clock& clock) : clock_(clock) {
    for (Uuid& id : fn_ids_) id = make_uuid(clock_, random_);
  }

  data::StartExecution start(std::size_t client, std::size_t functions = 1) {
    const std::size_t function = client % functions;
    data::StartExecution start;
    start.exec_id = make_uuid(clock_, random_);
    start.runner = "local";
    start.fn_id = fn_ids_[function];
    start.user_id = 1 + static_cast<std::int64_t>(function % 8);
    start.fn_name = {"function-" + std::to_string(function)};
    start.queued_at = clock_.now();
    return start;
  }

  data::FinishExecution end(const data::StartExecution& start) {
    data::FinishExecution end;
    end.exec_id = start.exec_id;
    end.started_at = start.queued_at;
    end.ended_at = clock_.now();
    end.wall_us = end.cpu_us = 800;
    end.peak_memory_kb = 9000;
    return end;
  }

 private:
  const Clock& clock_;
  SystemRandom random_;
  std::array<Uuid, clients> fn_ids_;
};

/// The peer: whoever has the mutex writes the rows that the module would, and commits them.
class CommitEach {
 public:
  CommitEach(const std::filesystem::path& file, const Clock& clock)
      : database_((must(store::File::open(file, data::migrations(), clock)),
                   must(store::Database::open(file)))) {}

  void record(const data::StartExecution& start, const data::FinishExecution& end) {
    const std::lock_guard lock(mutex_);
    auto transaction = must(store::Transaction::begin(database_));
    must(data::insert_ended(database_, start, end));
    must(transaction.commit());
  }

 private:
  std::mutex mutex_;
  store::Database database_;
};

/// Writes 4 kB and syncs them: behind the file's end, or over what is there.
class Synced {
 public:
  Synced(const std::filesystem::path& file, bool append)
      : fd_(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)), append_(append) {}

  void write() {
    constexpr std::size_t size = 4096;
    constexpr off_t blocks = 1024;  // of a file that is written over and over, as a log is
    static const std::array<char, size> bytes{};
    const off_t block = append_ ? at_ : at_ % blocks;
    if (::pwrite(fd_.get(), bytes.data(), size, block * off_t{size}) != off_t{size} ||
        ::fdatasync(fd_.get()) != 0)
      throw std::runtime_error("the disk takes no writes");
    ++at_;
  }

 private:
  const Fd fd_;
  const bool append_;
  off_t at_ = 0;
};

double per_second(std::chrono::milliseconds time,
                  const std::function<void(std::size_t client)>& act) {
  std::atomic<std::int64_t> done = 0;
  const Moment begin = std::chrono::steady_clock::now();
  std::vector<std::jthread> threads;
  for (std::size_t client = 0; client < clients; ++client) {
    threads.emplace_back([&, client] {
      for (; std::chrono::steady_clock::now() < begin + time; ++done) act(client);
    });
  }
  threads.clear();
  return static_cast<double>(done) /
         std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Median microseconds of each kind, turn by turn.
std::vector<double> medians(std::chrono::milliseconds time,
                            const std::vector<std::function<void()>>& kinds) {
  std::vector<std::vector<double>> took(kinds.size());
  for (const Moment end = std::chrono::steady_clock::now() + time;
       std::chrono::steady_clock::now() < end;) {
    for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
      for (int i = 0; i < in_a_row; ++i) {
        const Moment begin = std::chrono::steady_clock::now();
        kinds[kind]();
        took[kind].push_back(
            std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin)
                .count());
      }
    }
  }
  std::vector<double> middle;
  for (auto& times : took) {
    std::nth_element(times.begin(), times.begin() + std::ssize(times) / 2, times.end());
    middle.push_back(times[times.size() / 2]);
  }
  return middle;
}

void measure(const std::filesystem::path& folder, int rounds, std::chrono::milliseconds time) {
  SystemClock clock;
  SystemRandom random;
  Executions executions(clock);
  const auto ours = data::open_data(folder / "ours.db", clock, random);
  CommitEach peer(folder / "peer.db", clock);
  Synced append(folder / "appended", true), overwrite(folder / "overwritten", false);
  std::size_t functions = 1;
  const auto record = [&](std::size_t client) {
    const auto start = executions.start(client, functions);
    must(ours->start_execution(start));
    must(ours->finish_execution(executions.end(start)));
  };
  const auto record_by_peer = [&](std::size_t client) {
    const auto start = executions.start(client, functions);
    peer.record(start, executions.end(start));
  };
  for (int round = -1; round < rounds; ++round) {  // the first pays for what later ones find ready
    std::string line;
    const auto tell = [&line](const std::string& name, double figure) {
      line += (line.empty() ? "{\"" : ", \"") + name + "\": " + std::to_string(figure);
    };
    for (const std::size_t called : {std::size_t{1}, clients}) {
      functions = called;
      tell("grouped_" + std::to_string(called), per_second(time, record));
      tell("each_" + std::to_string(called), per_second(time, record_by_peer));
    }
    functions = 1;
    const auto us = medians(time, {[&] { record(0); }, [&] { record_by_peer(0); },
                                   [&] { append.write(); }, [&] { overwrite.write(); }});
    const char* names[] = {"commit_us", "peer_us", "append_us", "overwrite_us"};
    for (std::size_t kind = 0; kind < us.size(); ++kind) tell(names[kind], us[kind]);
    if (round < 0) continue;
    std::printf("%s}\n", line.c_str());
    std::fflush(stdout);
  }
}

}  // namespace

int main(int count, char** words) try {
  if (count < 2) throw std::runtime_error("usage: bench_ledger FOLDER [ROUNDS [MS]]");
  measure(words[1], count > 2 ? std::atoi(words[2]) : 5,
          std::chrono::milliseconds(count > 3 ? std::atoi(words[3]) : 1000));
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_ledger: %s\n", error.what());
  return 1;
}
