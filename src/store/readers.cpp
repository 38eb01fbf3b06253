// Lending and taking back.
#include "store/readers.hpp"

#include <chrono>

namespace kappa::store {
namespace {

// A read takes microseconds; whoever waits this long waits for a disk that does not answer.
constexpr std::chrono::seconds max_wait{2};

}  // namespace

Borrowed::~Borrowed() {
  if (database_ != nullptr) readers_->give_back(std::move(database_));
}

Result<Borrowed> Readers::borrow() {
  std::unique_lock lock(mutex_);
  if (!freed_.wait_for(lock, max_wait, [this] { return left_ > 0 || !idle_.empty(); })) {
    return Error{Code::unavailable,
                 file_.filename().string() + " is too busy to be read; try again later"};
  }
  if (idle_.empty()) {
    --left_;
    lock.unlock();
    return open_one();
  }
  auto database = std::move(idle_.back());
  idle_.pop_back();
  return Borrowed(*this, std::move(database));
}

Result<Borrowed> Readers::open_one() {
  auto opened = Database::open(file_, {.read_only = true});
  if (opened) return Borrowed(*this, std::make_unique<Database>(*std::move(opened)));
  {
    const std::lock_guard lock(mutex_);
    ++left_;
  }
  freed_.notify_one();
  return std::move(opened).error();
}

void Readers::give_back(std::unique_ptr<Database> database) {
  {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(database));
  }
  freed_.notify_one();
}

}  // namespace kappa::store
