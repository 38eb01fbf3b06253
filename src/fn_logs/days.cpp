// Names, listing, opening and closing.
#include "fn_logs/days.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <optional>
#include <system_error>

#include "base/log.hpp"
#include "fn_logs/damaged.hpp"

namespace kappa::fn_logs {

std::span<const store::Migration> migrations();

namespace {

constexpr std::size_t max_open =
    4;  // today's, yesterday's at midnight, two for reading; ~36 handles
constexpr std::chrono::seconds max_wait{2};  // a use takes milliseconds

std::optional<Day> parse_name(const std::string& name) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int end = 0;
  if (std::sscanf(name.c_str(), "fn_logs-%4d-%2u-%2u.db%n", &year, &month, &day, &end) != 3 ||
      end != static_cast<int>(name.size()))
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

}  // namespace

Day day_of(Timestamp ts) {
  const std::chrono::sys_time<std::chrono::microseconds> at{std::chrono::microseconds(ts.us)};
  return std::chrono::floor<std::chrono::days>(at).time_since_epoch().count();
}

Timestamp made_at(const Uuid& exec_id) {
  if (exec_id.bytes[6] >> 4 != 7) return {};
  std::int64_t ms = 0;
  for (std::size_t i = 0; i < 6; ++i) ms = ms << 8 | exec_id.bytes[i];
  return {ms * 1000};
}

Day first_day(const Uuid& exec_id) {
  const Timestamp made = made_at(exec_id);
  return made.us == 0 ? 0 : day_of(made) - 1;
}

DayFile::~DayFile() {
  if (days_ != nullptr) days_->give_back(day_);
}

void DayFile::distrust() const {
  const std::lock_guard lock(days_->mutex_);
  days_->slots_.at(day_).damaged = true;
}

std::filesystem::path Days::path_of(Day day) const {
  const std::chrono::year_month_day date{
      std::chrono::sys_days(std::chrono::days(static_cast<int>(day)))};
  std::array<char, 64> name{};
  std::snprintf(name.data(), name.size(), "fn_logs-%04d-%02u-%02u.db", int(date.year()),
                unsigned(date.month()), unsigned(date.day()));
  return directory_ / name.data();
}

Result<std::vector<Day>> Days::list() const {
  std::vector<Day> days;
  std::error_code failed;
  for (std::filesystem::directory_iterator at(directory_, failed), end; !failed && at != end;
       at.increment(failed)) {
    if (const auto day = parse_name(at->path().filename().string())) days.push_back(*day);
  }
  if (failed) {
    return Error{Code::unavailable, "the folder of the logs cannot be listed: " + failed.message()};
  }
  std::sort(days.rbegin(), days.rend());
  return days;
}

Result<DayFile> Days::open(Day day) {
  std::unique_lock lock(mutex_);
  if (!freed_.wait_for(lock, max_wait, [&] { return can_open(day); }))
    return Error{Code::unavailable, "too many logs are being read; try again later"};
  Slot& slot = slots_[day];
  ++slot.users;
  const bool damaged = std::exchange(slot.damaged, false);
  if (slot.file != nullptr && !damaged) return DayFile(*this, day, slot.file.get());
  DayFile opening(*this, day, nullptr);  // gives the slot back whatever happens
  auto closing = damaged ? std::move(slot.file) : make_room();
  lock.unlock();
  closing.reset();  // before the other is opened, so that there are never more
  if (damaged) TRY(put_aside(day, "it cannot be written"));
  return open_in(slot, std::move(opening));
}

bool Days::remove(Day day) {
  std::unique_lock lock(mutex_);
  Slot& slot = slots_[day];
  if (slot.users > 0) return false;
  ++slot.users;  // whoever wants to open it waits, as if this did
  auto closing = std::move(slot.file);
  DayFile removing(*this, day, nullptr);
  lock.unlock();
  closing.reset();
  const std::string name = path_of(day).filename().string();
  std::error_code failed;
  for (std::filesystem::directory_iterator at(directory_, failed), end; !failed && at != end;
       at.increment(failed)) {
    std::error_code ignored;
    if (at->path().filename().string().starts_with(name))
      std::filesystem::remove(at->path(), ignored);
  }
  return !failed;
}

bool Days::can_open(Day day) {
  const auto slot = slots_.find(day);
  if (slot != slots_.end()) {
    const bool in_use = slot->second.users > 0;
    return slot->second.file != nullptr && !(slot->second.damaged && in_use);
  }
  return slots_.size() < max_open || oldest_idle() != slots_.end();
}

std::map<Day, Days::Slot>::iterator Days::oldest_idle() {
  return std::find_if(slots_.begin(), slots_.end(),
                      [](const auto& entry) { return entry.second.users == 0; });
}

std::unique_ptr<store::File> Days::make_room() {
  if (slots_.size() <= max_open) return nullptr;
  const auto idle = oldest_idle();
  auto file = std::move(idle->second.file);
  slots_.erase(idle);
  return file;
}

Result<std::unique_ptr<store::File>> Days::open_file(Day day) {
  store::FileOptions options;
  options.sync_each_commit = false;
  options.secure_delete = true;
  // All days' copies at once would take as much room again, and keep what users erase.
  options.copied_before_update = false;
  const auto path = path_of(day);
  auto opened = store::File::open(path, migrations(), clock_, options);
  if (opened || opened.error().code != Code::internal) return opened;
  TRY(put_aside(day, opened.error().detail));
  return store::File::open(path, migrations(), clock_, options);
}

/// Whatever else may be, calls go on and what they print is kept.
Result<Nothing> Days::put_aside(Day day, const std::string& reason) const {
  const auto name = TRY(set_aside(path_of(day)));
  log::error("logs of a day are damaged and were set aside",
             {{"reason", reason}, {"kept_as", name.string()}});
  return Nothing{};
}

Result<DayFile> Days::open_in(Slot& slot, DayFile opening) {
  auto opened = TRY(open_file(opening.day_));
  {
    const std::lock_guard lock(mutex_);
    slot.file = std::move(opened);
    opening.file_ = slot.file.get();
  }
  freed_.notify_all();
  return opening;
}

void Days::give_back(Day day) {
  {
    const std::lock_guard lock(mutex_);
    const auto slot = slots_.find(day);
    --slot->second.users;
    if (slot->second.file == nullptr) slots_.erase(slot);  // it could not be opened
  }
  freed_.notify_all();
}

}  // namespace kappa::fn_logs
