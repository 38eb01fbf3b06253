// A request is the slot's number; so is the answer, or -1.
#include "runner/slots.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include "runner/must.hpp"
#include "runner/scratch.hpp"

namespace kappa::runner {
namespace {

constexpr int most_slots = 1024;  // a zygote is not trusted with more mounts

bool send_slot(const Fd& to, int slot) {
  return ::write(to.get(), &slot, sizeof slot) == sizeof slot;
}

std::optional<int> receive_slot(const Fd& from) {
  int slot = -1;
  if (::read(from.get(), &slot, sizeof slot) != sizeof slot) return std::nullopt;
  return slot;
}

}  // namespace

SlotSockets slot_sockets() {
  int ends[2];
  must(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0, "slots' socket");
  return {Fd(ends[0]), Fd(ends[1])};
}

bool Slots::make(int slot) {
  if (!send_slot(to_fn_init_, slot) || receive_slot(to_fn_init_) != slot) return false;
  marks_[static_cast<std::size_t>(slot)] = mark_slot(root(slot));
  return true;
}

std::optional<int> Slots::take() {
  if (!free_.empty()) {
    const int slot = free_.back();
    free_.pop_back();
    return slot;
  }
  const int slot = static_cast<int>(marks_.size());
  marks_.emplace_back();
  if (make(slot)) return slot;
  marks_.pop_back();
  return std::nullopt;
}

void Slots::give_back(int slot) {
  const bool empty = own_tree_ && untouched(root(slot), marks_[static_cast<std::size_t>(slot)]);
  if (empty || make(slot)) free_.push_back(slot);
}

bool SlotKeeper::serve() {
  const auto slot = receive_slot(to_zygote_);
  if (!slot) return false;
  const std::string root = scratch_ + "/" + std::to_string(*slot);
  const bool made = *slot >= 0 && *slot < most_slots &&
                    (own_tree_ ? make_slot(root, scratch_mb_) : empty_scratch(root));
  return send_slot(to_zygote_, made ? *slot : -1);
}

}  // namespace kappa::runner
