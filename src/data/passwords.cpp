// argon2id through libsodium, behind a turnstile.
#include "data/passwords.hpp"

#include <sodium.h>

#include <array>
#include <chrono>
#include <new>
#include <stdexcept>

namespace kappa::data {
namespace {

// OWASP Password Storage Cheat Sheet, the least it recommends for argon2id: 19 MiB, 2 iterations,
// 1 degree of parallelism.
constexpr unsigned long long iterations = 2;
constexpr std::size_t memory_bytes = 19U << 20;
// Two hashes bound the memory and leave a busy machine most of its cores.
constexpr std::size_t max_running = 2;
// About half a second of waiting at 30 ms a hash.
constexpr std::size_t max_waiting = 32;
constexpr std::chrono::seconds max_wait{10};

Error no_memory() {
  return {Code::unavailable, "there is no memory to work on a password; try again later"};
}

Result<std::string> make_hash(std::string_view password) {
  std::array<char, crypto_pwhash_STRBYTES> text{};
  if (crypto_pwhash_str(text.data(), password.data(), password.size(), iterations, memory_bytes) !=
      0)
    return no_memory();  // its only failure
  return std::string(text.data());
}

}  // namespace

Passwords::Passwords() {
  if (sodium_init() < 0) throw std::runtime_error("libsodium cannot start");
  std::array<char, 32> unknown{};
  randombytes_buf(unknown.data(), unknown.size());
  auto made = make_hash({unknown.data(), unknown.size()});
  if (!made) throw std::bad_alloc();
  nobody_ = *std::move(made);
}

Result<std::string> Passwords::hash(std::string_view password) {
  const Turn turn = TRY(wait_for_turn());
  return make_hash(password);
}

Result<bool> Passwords::match(std::string_view password, const std::string& hash) {
  const Turn turn = TRY(wait_for_turn());
  const std::string& against = hash.empty() ? nobody_ : hash;
  const bool same =
      crypto_pwhash_str_verify(against.c_str(), password.data(), password.size()) == 0;
  return same && !hash.empty();
}

Passwords::Turn::~Turn() {
  if (passwords_ != nullptr) passwords_->end_turn();
}

Result<Passwords::Turn> Passwords::wait_for_turn() {
  const Error refused{Code::limited, "too many passwords are being checked; try again"};
  std::unique_lock lock(mutex_);
  if (waiting_ >= max_waiting) return refused;
  ++waiting_;
  const bool mine = freed_.wait_for(lock, max_wait, [this] { return running_ < max_running; });
  --waiting_;
  if (!mine) return refused;
  ++running_;
  return Turn(*this);
}

void Passwords::end_turn() {
  {
    const std::lock_guard lock(mutex_);
    --running_;
  }
  freed_.notify_one();
}

}  // namespace kappa::data
