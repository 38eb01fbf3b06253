// RFC 3339 in and out.
#include "base/clock.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

namespace kappa {
namespace {

/// Takes exactly `digits` decimal digits from the front of `text`.
std::optional<int> take_digits(std::string_view& text, std::size_t digits) {
  int value = 0;
  if (text.size() < digits || text.front() == '-' || text.front() == '+') return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, value);
  if (error != std::errc() || end != text.data() + digits) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == any_of.npos) return false;
  text.remove_prefix(1);
  return true;
}

/// "Z" or "+hh:mm", in minutes.
std::optional<int> take_offset(std::string_view& text) {
  if (take(text, "Zz")) return 0;
  const int sign = !text.empty() && text.front() == '-' ? -1 : 1;
  if (!take(text, "+-")) return std::nullopt;
  const auto hours = take_digits(text, 2);
  if (!hours || !take(text, ":")) return std::nullopt;
  const auto minutes = take_digits(text, 2);
  if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  return sign * (*hours * 60 + *minutes);
}

/// ".123456", in microseconds; 0 when there is none.
std::optional<int> take_fraction(std::string_view& text) {
  if (!take(text, ".")) return 0;
  int us = 0;
  int digits = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9' && digits < 6; ++digits) {
    us = us * 10 + (text.front() - '0');
    text.remove_prefix(1);
  }
  if (digits == 0) return std::nullopt;
  for (; digits < 6; ++digits) us *= 10;
  return us;
}

}  // namespace

Timestamp SystemClock::now() const {
  using std::chrono::duration_cast, std::chrono::microseconds;
  const std::lock_guard lock(mutex_);
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  const std::int64_t machine_us = duration_cast<microseconds>(since).count();
  const auto seen = std::chrono::steady_clock::now();
  const std::int64_t slowed_us =
      last_.us == 0 ? 0 : last_.us + duration_cast<microseconds>(seen - seen_).count() / 2;
  if (machine_us >= slowed_us || slowed_us > last_.us) {
    last_.us = std::max(machine_us, slowed_us);
    seen_ = seen;
  }
  return last_;
}

std::string to_text(Timestamp ts) {
  using namespace std::chrono;
  const sys_time<microseconds> at{microseconds(ts.us)};
  const auto day = floor<days>(at);
  const year_month_day date(day);
  const hh_mm_ss<microseconds> time(at - day);
  std::array<char, 64> text{};
  const int size = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%06d+00:00", int(date.year()),
      unsigned(date.month()), unsigned(date.day()), int(time.hours().count()),
      int(time.minutes().count()), int(time.seconds().count()), int(time.subseconds().count()));
  return {text.data(), static_cast<std::size_t>(size)};
}

std::optional<Timestamp> parse_timestamp(std::string_view text) {
  using namespace std::chrono;
  const auto year_part = take_digits(text, 4);
  if (!year_part || !take(text, "-")) return std::nullopt;
  const auto month_part = take_digits(text, 2);
  if (!month_part || !take(text, "-")) return std::nullopt;
  const auto day_part = take_digits(text, 2);
  if (!day_part || !take(text, "Tt ")) return std::nullopt;
  const auto hour = take_digits(text, 2);
  if (!hour || !take(text, ":")) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || !take(text, ":")) return std::nullopt;
  const auto second = take_digits(text, 2);
  if (!second) return std::nullopt;
  const auto fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  const auto offset = take_offset(text);
  const year_month_day date{year(*year_part), month(unsigned(*month_part)),
                            day(unsigned(*day_part))};
  if (!offset || !text.empty() || !date.ok() || *hour > 23 || *minute > 59 || *second > 60)
    return std::nullopt;
  const auto at = sys_days(date) + hours(*hour) + minutes(*minute - *offset) + seconds(*second);
  return Timestamp{duration_cast<microseconds>(at.time_since_epoch()).count() + *fraction};
}

}  // namespace kappa
