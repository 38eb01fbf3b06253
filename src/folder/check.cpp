// Read-only, and from snapshots.
#include "folder/check.hpp"

#include <set>

#include "base/hash.hpp"
#include "base/random.hpp"
#include "folder/databases.hpp"
#include "folder/leftovers.hpp"
#include "folder/restore.hpp"
#include "store/migrate.hpp"

namespace kappa::folder {
namespace {

using Kind = Finding::Kind;
using Ids = std::set<Uuid>;

constexpr std::size_t most_named = 5;  // of many that have the same fault

Error wrong(const std::string& about, const std::string& what) {
  return {Code::internal, about + " is damaged: " + what};
}

Result<Nothing> check_pages(store::Database& database, const std::string& about) {
  auto rows = database.query("PRAGMA quick_check(1)");
  if (!TRY(rows.next())) return wrong(about, "SQLite cannot check it");
  if (rows.text(0) != "ok") return wrong(about, std::string(rows.text(0)));
  return Nothing{};
}

Result<Nothing> check_sources(store::Database& database, const std::string& about) {
  auto rows = database.query("SELECT code_id, body FROM code");
  while (TRY(rows.next())) {
    if (sha256_hex(rows.text(1)) != rows.text(0))
      return wrong(about, "the source with hash " + std::string(rows.text(0)) + " has another");
  }
  return Nothing{};
}

Result<Nothing> check_references(store::Database& database, const std::string& about) {
  auto rows = database.query("PRAGMA foreign_key_check");
  if (!TRY(rows.next())) return Nothing{};
  return wrong(about, "a row of '" + std::string(rows.text(0)) + "' refers to a '" +
                          std::string(rows.text(2)) + "' that is not there");
}

/// The first column of all rows.
Result<Ids> ids_of(store::Rows rows) {
  Ids ids;
  while (TRY(rows.next())) ids.insert(rows.uuid(0));
  return ids;
}

Ids without(const Ids& all, const Ids& known) {
  Ids left;
  for (const Uuid& id : all) {
    if (!known.contains(id)) left.insert(id);
  }
  return left;
}

/// Those that are there, or on their way in or out.
Result<Ids> functions_in(store::Database& data) {
  return ids_of(data.query("SELECT fn_id FROM function WHERE state <> 'deleted'"));
}

/// Whose logs there are, found by hopping over the index: rows are many, functions few.
Result<Ids> printers_in(store::Database& logs) {
  auto ids = TRY(ids_of(
      logs.query("WITH RECURSIVE each (fn_id) AS (SELECT MIN(fn_id) FROM output UNION ALL "
                 "SELECT (SELECT MIN(fn_id) FROM output WHERE fn_id > each.fn_id) FROM each "
                 "WHERE each.fn_id IS NOT NULL) SELECT fn_id FROM each WHERE fn_id IS NOT NULL")));
  auto kept = logs.query("SELECT 1 FROM sqlite_master WHERE name = 'exchange'");
  if (!TRY(kept.next())) return ids;  // a day of an older Kappa's
  ids.merge(TRY(ids_of(
      logs.query("WITH RECURSIVE each (fn_id) AS (SELECT MIN(fn_id) FROM exchange UNION ALL "
                 "SELECT (SELECT MIN(fn_id) FROM exchange WHERE fn_id > each.fn_id) FROM each "
                 "WHERE each.fn_id IS NOT NULL) SELECT fn_id FROM each WHERE fn_id IS NOT NULL"))));
  return ids;
}

std::string names_of(const Ids& ids) {
  std::string text;
  std::size_t named = 0;
  for (const Uuid& id : ids) {
    if (named++ == most_named) return text + ", …";
    text += (text.empty() ? "" : ", ") + to_text(id);
  }
  return text;
}

class FolderCheck {
 public:
  FolderCheck(const std::filesystem::path& folder, Depth depth) : folder_(folder), depth_(depth) {}

  Result<std::vector<Finding>> look() {
    const auto names = databases_in(folder_);
    if (names.empty()) {
      return Error{Code::unavailable, "data folder '" + folder_.string() +
                                          "' has no database of Kappa; name another with --data"};
    }
    TRY(no_restore_under_way(folder_));
    for (const std::string& name : names) look_at(name);
    look_at_files();
    for (const std::string& name : set_aside_in(folder_)) {
      found_.push_back({name, Kind::broken,
                        "was damaged and set aside; what was printed on that day until then "
                        "cannot be read",
                        "restore a backup, or move that file away to end this warning"});
    }
    // What is damaged cannot be held against the rest.
    if (broken_) return std::move(found_);
    if (const auto looked = look_between(); !looked) add("data folder", looked.error());
    return std::move(found_);
  }

 private:
  void look_at(const std::string& name) {
    const auto checked = check(name);
    if (!checked && !std::filesystem::exists(folder_ / name)) return;  // a day dropped meanwhile
    if (!checked) return add(name, checked.error());
    if (!*checked) return;
    std::string detail = "whole";
    if (depth_ == Depth::indexes) detail += ", with its indexes";
    if (name == fn_code_name) detail += "; every source has its hash";
    found_.push_back({name, Kind::fine, detail});
  }

  /// False: something is wrong that has been told.
  Result<bool> check(const std::string& name) {
    auto snapshot = TRY(store::Snapshot::take(folder_ / name));
    TRY(check_database(snapshot.database(), name));
    TRY(check_references(snapshot.database(), name));
    return depth_ == Depth::pages || TRY(check_indexes(snapshot.database(), name));
  }

  /// The rows are whole, as was seen before; what is wrong can be made anew from them.
  Result<bool> check_indexes(store::Database& database, const std::string& name) {
    auto rows = database.query("PRAGMA integrity_check(1)");
    if (TRY(rows.next()) && rows.text(0) == "ok") return true;
    broken_ = true;
    found_.push_back(
        {name, Kind::broken,
         "an index of " + name + " does not fit its table: " + std::string(rows.text(0)),
         "stop Kappa, keep a copy of the folder, and run: sqlite3 " + (folder_ / name).string() +
             " REINDEX"});
    return false;
  }

  void look_at_files() {
    for (const auto& [name, kind, size_bytes] : leftovers_in(folder_)) {
      const std::string size = std::to_string(size_bytes >> 20) + " MiB";
      if (kind == Leftover::Kind::half_backup) {
        found_.push_back({name, Kind::leftover, size + " of a backup that was cut short",
                          "nothing needs to be done: kappa serve removes it when it starts"});
      } else {
        found_.push_back({name, Kind::leftover, "a copy of " + size + " from before an update",
                          "kappa serve removes it after " + std::to_string(copy_kept_days) +
                              " days; remove it now if you will not go back"});
      }
    }
  }

  Result<Nothing> look_between() {
    // First the logs: whoever is in them then has a function after.
    const Ids printing = TRY(printers());
    auto moment = TRY(take_moment(folder_));
    for (const auto& [fn_id, name, username] : moment.codeless) {
      found_.push_back({"function " + name, Kind::broken,
                        "user " + username + "'s function '" + name + "' has no code",
                        "its owner deletes and creates it again, or restore a backup"});
    }
    if (!moment.data) return Nothing{};
    const Ids functions = TRY(functions_in(moment.data->database()));
    if (moment.fn_code) {
      auto& fn_code = moment.fn_code->database();
      const Ids holders = TRY(ids_of(fn_code.query("SELECT fn_id FROM holder")));
      leftover("fn_code.db", "code", without(holders, functions));
    }
    auto strays = without(printing, functions);
    // One that was deleted meanwhile has no logs any more.
    if (!strays.empty()) strays = without(strays, without(strays, TRY(printers())));
    leftover("fn_logs", "logs", strays);
    return Nothing{};
  }

  Result<Ids> printers() const {
    Ids all;
    for (const std::string& name : databases_in(folder_)) {
      if (!name.starts_with(fn_logs_name)) continue;
      auto snapshot = TRY(store::Snapshot::take(folder_ / name));
      all.merge(TRY(printers_in(snapshot.database())));
    }
    return all;
  }

  void leftover(const std::string& about, const std::string& what, const Ids& of) {
    if (of.empty()) return;
    found_.push_back(
        {about, Kind::leftover,
         what + " of " + std::to_string(of.size()) + " functions that are gone: " + names_of(of),
         "nothing needs to be done: kappa serve erases it, unless others share that module"});
  }

  void add(const std::string& name, const Error& error) {
    broken_ = true;
    found_.push_back({name, Kind::broken, error.detail,
                      "stop Kappa, keep a copy of the folder, and restore a backup"});
  }

  const std::filesystem::path folder_;
  const Depth depth_;
  std::vector<Finding> found_;
  bool broken_ = false;
};

}  // namespace

Result<Nothing> check_database(store::Database& database, const std::string& about) {
  TRY(check_pages(database, about));
  if (TRY(store::schema_version(database, about, migrations_of(about))) == 0)
    return wrong(about, "it is no database of Kappa");
  if (about == fn_code_name) return check_sources(database, about);
  return Nothing{};
}

Result<std::vector<Finding>> check_folder(const std::filesystem::path& folder, Depth depth) {
  return FolderCheck(folder, depth).look();
}

}  // namespace kappa::folder
