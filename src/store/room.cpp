// Places taken and given back.
#include "store/room.hpp"

namespace kappa::store {

Place::~Place() {
  if (room_ != nullptr) room_->give_back(bytes_);
}

Result<Place> Room::take(std::size_t bytes, const std::string& file) {
  const std::lock_guard lock(mutex_);
  if (free_.places == 0 || free_.bytes < bytes) {
    return Error{Code::unavailable, file + " has too many writes waiting; try again later"};
  }
  --free_.places;
  free_.bytes -= bytes;
  return Place(*this, bytes);
}

void Room::give_back(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  ++free_.places;
  free_.bytes += bytes;
}

}  // namespace kappa::store
