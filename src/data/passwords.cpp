// argon2id through libsodium, behind a turnstile.
#include "data/passwords.hpp"

#include <sodium.h>

#include <array>
#include <charconv>
#include <chrono>
#include <new>
#include <optional>
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

/// What libsodium's text form says: "$argon2id$v=19$m=19456,t=2,p=1$salt$hash".
struct Made {
  std::size_t memory_kib = 0;
  unsigned long long iterations = 0;
  std::array<unsigned char, crypto_pwhash_SALTBYTES> salt{};
  std::array<unsigned char, 32> key{};
};

template <class Number>
bool take_number(std::string_view& text, std::string_view before, Number& number) {
  if (!text.starts_with(before)) return false;
  text.remove_prefix(before.size());
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return error == std::errc();
}

template <std::size_t size>
bool take_bytes(std::string_view& text, std::array<unsigned char, size>& bytes) {
  if (!text.starts_with('$')) return false;
  const char* end = nullptr;
  std::size_t got = 0;
  const bool whole =
      sodium_base642bin(bytes.data(), size, text.data() + 1, text.size() - 1, nullptr, &got, &end,
                        sodium_base64_VARIANT_ORIGINAL_NO_PADDING) == 0;
  if (!whole || got != size) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

std::optional<Made> parse(std::string_view text) {
  Made made;
  const bool fits = take_number(text, "$argon2id$v=19$m=", made.memory_kib) &&
                    take_number(text, ",t=", made.iterations) && text.starts_with(",p=1$");
  if (!fits) return std::nullopt;
  text.remove_prefix(std::string_view(",p=1").size());
  if (!take_bytes(text, made.salt) || !take_bytes(text, made.key) || !text.empty())
    return std::nullopt;
  return made;
}

/// crypto_pwhash_str_verify() answers for a password that it had no memory to look at as for a
/// wrong one, so this is done by hand.
Result<bool> made_from(const std::string& hash, std::string_view password) {
  const auto made = parse(hash);
  if (!made) return Error{Code::internal, "a password's hash is stored damaged"};
  std::array<unsigned char, 32> key{};
  if (crypto_pwhash(key.data(), key.size(), password.data(), password.size(), made->salt.data(),
                    made->iterations, made->memory_kib << 10, crypto_pwhash_ALG_ARGON2ID13) != 0)
    return no_memory();  // the limits are those that it was made with
  return sodium_memcmp(key.data(), made->key.data(), key.size()) == 0;
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
  const bool same = TRY(made_from(hash.empty() ? nobody_ : hash, password));
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
