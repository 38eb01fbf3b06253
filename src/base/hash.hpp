// SHA-256, as code ids, stored tokens and backups are made with it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace kappa {

std::array<std::uint8_t, 32> sha256(std::string_view bytes);
/// The same as 64 lower-case hex digits.
std::string sha256_hex(std::string_view bytes);

/// The same of what comes in pieces.
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  ~Sha256();
  void add(std::string_view bytes);
  /// Of all that was added, as 64 lower-case hex digits. Call it once, last.
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kappa
