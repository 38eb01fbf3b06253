// Checks what was applied, copies what exists, applies the rest.
#include "store/migrate.hpp"

#include <fcntl.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/fd.hpp"
#include "base/hash.hpp"
#include "base/log.hpp"

namespace kappa::store {
namespace {

Error refused(const std::filesystem::path& file, const std::string& why) {
  return {Code::unavailable, file.string() + " " + why};
}

/// Until here the copy may vanish in a power cut; from here on it is whole.
Result<Nothing> keep(const std::filesystem::path& path, int flags) {
  const Fd fd(::open(path.c_str(), flags | O_CLOEXEC));
  if (fd && ::fsync(fd.get()) == 0) return Nothing{};
  return refused(path, std::string("cannot be kept: ") + std::strerror(errno));
}

/// SQLite writes the copy under another name, so that one cut short is never taken for whole.
Result<Nothing> copy(Database& database, const std::filesystem::path& file, std::size_t version) {
  const std::filesystem::path whole = file.string() + ".v" + std::to_string(version);
  const std::filesystem::path part = whole.string() + ".part";
  std::error_code failed;
  std::filesystem::remove(part, failed);
  const Fd made(::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!made)
    return refused(file, "cannot be copied to " + part.string() + ": " + std::strerror(errno));
  TRY(database.run("VACUUM INTO ?", {part.string()}));
  TRY(keep(part, O_RDONLY));
  std::filesystem::rename(part, whole, failed);
  if (failed)
    return refused(file, "cannot be copied to " + whole.string() + ": " + failed.message());
  TRY(keep(file.parent_path().empty() ? "." : file.parent_path(), O_RDONLY | O_DIRECTORY));
  log::info("database copied", {{"copy", whole.string()}});
  return Nothing{};
}

Result<Nothing> apply(Database& database, const Migration& migration, std::size_t version,
                      const Clock& clock) {
  TRY(database.run_script(
      "CREATE TABLE IF NOT EXISTS schema_migration (n INTEGER PRIMARY KEY, name TEXT NOT NULL, "
      "sha256 TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT"));
  TRY(database.run_script(std::string(migration.sql)));
  return database.run(
      "INSERT INTO schema_migration VALUES (?, ?, ?, ?)",
      {static_cast<std::int64_t>(version), migration.name, sha256_hex(migration.sql), clock.now()});
}

}  // namespace

Result<std::size_t> schema_version(Database& database, const std::filesystem::path& file,
                                   std::span<const Migration> migrations) {
  Rows table = database.query("SELECT 1 FROM sqlite_master WHERE name = 'schema_migration'");
  if (!TRY(table.next())) return std::size_t{0};
  Rows applied = database.query("SELECT n, name, sha256 FROM schema_migration ORDER BY n");
  std::size_t version = 0;
  while (TRY(applied.next())) {
    if (version == migrations.size()) {
      return refused(file, "was written by a newer Kappa: this one knows its schema up to " +
                               std::to_string(version) +
                               "; start the newer one, or restore the copy made before it");
    }
    const Migration& known = migrations[version++];
    if (applied.integer(0) != static_cast<std::int64_t>(version) ||
        applied.text(2) != sha256_hex(known.sql)) {
      return refused(file, "was made with another '" + std::string(applied.text(1)) +
                               "' than this Kappa's '" + std::string(known.name) +
                               "'; start the Kappa that made it");
    }
  }
  return version;
}

Result<Nothing> migrate(Database& database, const std::filesystem::path& file,
                        std::span<const Migration> migrations, const Clock& clock,
                        bool copied_first) {
  std::size_t version = TRY(schema_version(database, file, migrations));
  if (copied_first && version > 0 && version < migrations.size())
    TRY(copy(database, file, version));
  if (version == migrations.size()) return Nothing{};
  auto transaction = TRY(Transaction::begin(database));
  // Asked again under the lock: another process may be starting on the same file.
  version = TRY(schema_version(database, file, migrations));
  for (; version < migrations.size(); ++version)
    TRY(apply(database, migrations[version], version + 1, clock));
  return transaction.commit();
}

}  // namespace kappa::store
