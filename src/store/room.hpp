// How much a queue still takes, counted in places and bytes.
#pragma once

#include <cstddef>
#include <mutex>
#include <utility>

#include "kappa/core.hpp"

namespace kappa::store {

struct RoomSize {
  std::size_t places = 4096;      ///< 16 full batches: a second's work at least
  std::size_t bytes = 64U << 20;  ///< 64 of the largest sources
};

class Room;

/// One place in a queue, with the bytes that will stand there. Given back when it goes; it must not
/// outlive its Room.
class Place {
 public:
  Place(Place&& other) noexcept
      : room_(std::exchange(other.room_, nullptr)), bytes_(other.bytes_) {}
  Place& operator=(Place&&) = delete;
  ~Place();

 private:
  friend class Room;
  Place(Room& room, std::size_t bytes) : room_(&room), bytes_(bytes) {}
  Room* room_;
  std::size_t bytes_;
};

/// Thread-safe.
class Room {
 public:
  explicit Room(RoomSize size) : free_(size) {}
  /// Takes a place now, for use now or later. unavailable: there is none left.
  Result<Place> take(std::size_t bytes, const std::string& file);

 private:
  friend class Place;
  void give_back(std::size_t bytes);

  std::mutex mutex_;
  RoomSize free_;  ///< guarded by mutex_
};

}  // namespace kappa::store
