// A lease is a UUIDv7, so that the newer one is the greater.
#include "data/leases.hpp"

#include <stdexcept>

namespace kappa::data {

Leases::Leases(store::File& file) {
  const auto read = file.read([&](store::Database& db) -> Result<Nothing> {
    auto rows = db.query("SELECT runner, lease FROM runner");
    while (TRY(rows.next())) lives_[std::string(rows.text(0))] = {rows.uuid(1), rows.uuid(1)};
    return Nothing{};
  });
  if (!read) throw std::runtime_error(read.error().detail);
}

bool Leases::holds(const std::string& runner, const Uuid& lease) const {
  const std::scoped_lock lock(mutex_);
  const auto at = lives_.find(runner);
  return at == lives_.end() || at->second.lease == lease;
}

Leases::Claim Leases::claim(const TakeLease& ask) {
  const std::scoped_lock lock(mutex_);
  const auto [at, unknown] = lives_.try_emplace(ask.runner, Life{ask.lease, {}});
  if (unknown) return Claim::taken;
  Life& life = at->second;
  if (life.lease == ask.lease) return Claim::present;
  if (ask.again.value_or(false) && life.lease > ask.lease) return Claim::refused;
  life = {ask.lease, life.lease};
  return Claim::taken;
}

void Leases::give_back(const TakeLease& ask) {
  const std::scoped_lock lock(mutex_);
  const auto at = lives_.find(ask.runner);
  if (at == lives_.end() || at->second.lease != ask.lease) return;
  if (at->second.before == Uuid{}) {
    lives_.erase(at);
  } else {
    at->second.lease = at->second.before;
  }
}

}  // namespace kappa::data
