// Queueing jobs while the writer is held up.
#pragma once

#include <future>
#include <latch>

#include "world.hpp"

namespace kappa::test {

using Answer = std::future<Result<Nothing>>;

/// Keeps the writer busy until it goes, so that a test can queue what will be one batch.
class Hold {
 public:
  explicit Hold(store::Writer& writer) {
    auto place = writer.reserve(0);
    REQUIRE(place);
    held_ = writer.submit(
        [this](store::Database&) -> Result<Nothing> {
          begun_.count_down();
          over_.wait();
          return Nothing{};
        },
        *std::move(place));
    begun_.wait();
  }
  ~Hold() {
    if (held_.valid()) release();
  }
  void release() {
    over_.count_down();
    (void)held_.get();
  }

 private:
  std::latch begun_{1};
  std::latch over_{1};
  Answer held_;
};

inline Answer submit(store::File& file, store::Job job, store::Haste haste = store::Haste::now) {
  auto place = file.writer().reserve(1);
  REQUIRE(place);
  return file.writer().submit(std::move(job), *std::move(place), store::Afterwards::nothing, haste);
}

}  // namespace kappa::test
