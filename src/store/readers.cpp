// Lending and taking back.
#include "store/readers.hpp"

#include <chrono>

namespace kappa::store {
namespace {

// A read takes microseconds; whoever waits this long waits for a disk that does not answer.
constexpr std::chrono::seconds max_wait{2};

}  // namespace

Borrowed::~Borrowed() {
  if (readers_ != nullptr) readers_->give_back(std::move(database_));
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
    return open_in(Borrowed(*this, nullptr));
  }
  auto database = std::move(idle_.back());
  idle_.pop_back();
  return Borrowed(*this, std::move(database));
}

Result<Borrowed> Readers::open_in(Borrowed place) {
  auto opened = TRY(Database::open(file_, {.read_only = true}));
  place.database_ = std::make_unique<Database>(std::move(opened));
  return place;
}

void Readers::give_back(std::unique_ptr<Database> database) {
  {
    const std::lock_guard lock(mutex_);
    if (database != nullptr) {
      idle_.push_back(std::move(database));
    } else {
      ++left_;
    }
  }
  freed_.notify_one();
}

}  // namespace kappa::store
