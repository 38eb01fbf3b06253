// A function's slots: the places that its calls run in, one call at a time each. Its fn-init makes
// them, its zygote gives them out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "runner/file_tree.hpp"

namespace kappa::runner {

/// Both ends of what fn-init and its zygote speak over.
struct SlotSockets {
  Fd fn_init;
  Fd zygote;
};
SlotSockets slot_sockets();

/// The zygote's side.
class Slots {
 public:
  Slots(Fd to_fn_init, std::string scratch, bool own_tree)
      : to_fn_init_(std::move(to_fn_init)), scratch_(std::move(scratch)), own_tree_(own_tree) {}

  /// An empty slot that no call is in; nothing when none can be made.
  std::optional<int> take();
  /// Every process of its call is dead: what it left there goes now.
  void give_back(int slot);
  const std::string& scratch() const { return scratch_; }
  std::string root(int slot) const { return scratch_ + "/" + std::to_string(slot); }

 private:
  bool make(int slot);

  Fd to_fn_init_;
  std::string scratch_;
  bool own_tree_;
  std::vector<int> free_;
  std::vector<SlotMark> marks_;  // by slot
};

/// fn-init's side.
class SlotKeeper {
 public:
  SlotKeeper(Fd to_zygote, std::string scratch, bool own_tree, std::int64_t scratch_mb)
      : to_zygote_(std::move(to_zygote)),
        scratch_(std::move(scratch)),
        own_tree_(own_tree),
        scratch_mb_(scratch_mb) {}

  int fd() const { return to_zygote_.get(); }
  /// Makes the slot that the zygote asks for. False when the zygote is gone.
  bool serve();

 private:
  Fd to_zygote_;
  std::string scratch_;
  bool own_tree_;
  std::int64_t scratch_mb_;
};

}  // namespace kappa::runner
