// By the calendar of <chrono>.
#include "data/months.hpp"

#include <charconv>
#include <chrono>

#include "base/clock.hpp"

namespace kappa::data {
namespace {

constexpr std::int64_t day_us = 24LL * 3600 * 1'000'000;

}  // namespace

std::int64_t day_of(Timestamp ts) { return ts.us / day_us; }

std::int64_t month_of_day(std::int64_t day) {
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day))};
  return int{date.year()} * 12LL + unsigned{date.month()} - 1;
}

std::int64_t first_day_of(std::int64_t month) {
  const std::chrono::year year(static_cast<int>(month / 12));
  const std::chrono::month of_year(static_cast<unsigned>(month % 12) + 1);
  return std::chrono::sys_days(year / of_year / 1).time_since_epoch().count();
}

std::string day_name(std::int64_t day) { return to_text(Timestamp{day * day_us}).substr(0, 10); }

Month month_name(std::int64_t month) { return {day_name(first_day_of(month)).substr(0, 7)}; }

std::int64_t month_number(const Month& month) {
  const char* text = month.value.data();
  std::int64_t year = 0, of_year = 0;
  std::from_chars(text, text + 4, year);
  std::from_chars(text + 5, text + 7, of_year);
  return year * 12 + of_year - 1;
}

}  // namespace kappa::data
