// RAII over SQLite's C interface.
#include "store/database.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/fd.hpp"

namespace kappa::store {
namespace {

// How long a call waits for another process to let go of the file: short, because a caller waits.
constexpr int busy_timeout_ms = 1000;

/// Makes the file before SQLite would, so that nobody else can ever read it. An existing file is
/// not opened here: closing it would drop the locks of this process's other connections.
Result<Nothing> create(const std::filesystem::path& file) {
  const Fd made(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (made || errno == EEXIST) return Nothing{};
  return Error{Code::unavailable, file.string() + " cannot be made: " + std::strerror(errno) +
                                      "; check that its folder exists and belongs to this user"};
}

std::string pragmas(const OpenOptions& options) {
  std::string script = "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;";
  script += options.secure_delete ? "PRAGMA secure_delete = ON;" : "PRAGMA secure_delete = OFF;";
  if (options.read_only) return script;
  script += "PRAGMA journal_mode = WAL;";
  if (options.sync_each_commit) return script + "PRAGMA synchronous = FULL;";
  // What has not been synced goes to the disk in one burst, when the log is emptied; the usual 4 MB
  // take 20 ms, for which other files' commits wait as well (measured on a virtual disk).
  script += "PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 256;";
  return script;
}

int bind(sqlite3_stmt* statement, int index, const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value.held()))
    return sqlite3_bind_int64(statement, index, *number);
  if (const auto* text = std::get_if<std::string_view>(&value.held()))
    return sqlite3_bind_text64(statement, index, text->empty() ? "" : text->data(), text->size(),
                               SQLITE_STATIC, SQLITE_UTF8);
  if (const auto* bytes = std::get_if<Bytes>(&value.held()))
    return sqlite3_bind_blob64(statement, index,
                               bytes->empty() ? "" : static_cast<const void*>(bytes->data()),
                               bytes->size(), SQLITE_STATIC);
  return sqlite3_bind_null(statement, index);
}

}  // namespace

Rows::~Rows() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Result<bool> Rows::next() {
  if (failed_) return *failed_;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  sqlite3* connection = sqlite3_db_handle(statement_);
  return failure(file_, sqlite3_extended_errcode(connection), sqlite3_errmsg(connection));
}

bool Rows::null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
std::int64_t Rows::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string_view Rows::text(int column) const {
  const Bytes held = bytes(column);
  return {reinterpret_cast<const char*>(held.data()), held.size()};
}

Bytes Rows::bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  return {static_cast<const std::uint8_t*>(data),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

Uuid Rows::uuid(int column) const {
  Uuid id;
  const Bytes held = bytes(column);
  if (held.size() == id.bytes.size()) std::copy(held.begin(), held.end(), id.bytes.begin());
  return id;
}

void Database::Close::operator()(sqlite3* connection) const { sqlite3_close(connection); }
void Database::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Database::Database(sqlite3* connection, std::string name)
    : name_(std::make_unique<std::string>(std::move(name))), connection_(connection) {}
Database::~Database() = default;

Result<Database> Database::open(const std::filesystem::path& file, const OpenOptions& options) {
  if (!options.read_only && !options.must_exist) TRY(create(file));
  const int flags = (options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) |
                    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  sqlite3* connection = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &connection, flags, nullptr);
  Database database(connection, file.string());
  if (connection == nullptr) throw std::bad_alloc();
  if (code != SQLITE_OK) return database.failed(code);
  sqlite3_busy_timeout(connection, busy_timeout_ms);
  TRY(database.run_script(pragmas(options)));
  *database.name_ = file.filename().string();
  return database;
}

Error Database::failed(int code) const {
  return failure(*name_, code, sqlite3_errmsg(connection_.get()));
}

Result<sqlite3_stmt*> Database::prepare(Sql sql) {
  auto& statement = statements_[sql.text];
  if (statement == nullptr) {
    sqlite3_stmt* prepared = nullptr;
    const int code = sqlite3_prepare_v3(connection_.get(), sql.text, -1, SQLITE_PREPARE_PERSISTENT,
                                        &prepared, nullptr);
    if (code != SQLITE_OK) return failed(code);
    statement.reset(prepared);
  }
  return statement.get();
}

Rows Database::query(Sql sql, std::initializer_list<Value> values) {
  auto statement = prepare(sql);
  if (!statement) return {std::move(statement).error(), *name_};
  if (sqlite3_bind_parameter_count(*statement) != static_cast<int>(values.size()))
    throw std::logic_error(std::string("wrong number of values for: ") + sql.text);
  int index = 0;
  for (const Value& value : values) {
    const int code = bind(*statement, ++index, value);
    if (code != SQLITE_OK) return {failed(code), *name_};
  }
  return {*statement, *name_};
}

Result<Nothing> Database::run(Sql sql, std::initializer_list<Value> values) {
  Rows rows = query(sql, values);
  while (TRY(rows.next())) continue;
  return Nothing{};
}

Result<Nothing> Database::run_script(const std::string& script) {
  const int code = sqlite3_exec(connection_.get(), script.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return failed(code);
  return Nothing{};
}

void Database::wait_for_locks(bool wait) {
  sqlite3_busy_timeout(connection_.get(), wait ? busy_timeout_ms : 0);
}

std::int64_t Database::log_bytes() const {
  struct stat file {};
  const char* path = sqlite3_filename_wal(sqlite3_db_filename(connection_.get(), "main"));
  return ::stat(path, &file) == 0 ? file.st_size : 0;
}

bool Database::limit_log(std::int64_t bytes) {
  const std::string pragma = "PRAGMA journal_size_limit = " + std::to_string(bytes);
  return sqlite3_exec(connection_.get(), pragma.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
}

bool Database::in_transaction() const noexcept {
  return sqlite3_get_autocommit(connection_.get()) == 0;
}

void Database::roll_back() noexcept {
  // A failed statement may have rolled back already. If this fails, the next BEGIN says so.
  if (in_transaction()) sqlite3_exec(connection_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

std::int64_t Database::changes() const { return sqlite3_changes64(connection_.get()); }
Result<Transaction> Transaction::begin(Database& database) {
  TRY(database.run("BEGIN IMMEDIATE"));
  return Transaction(database);
}

Transaction::~Transaction() {
  if (database_ != nullptr) database_->roll_back();
}

Result<Nothing> Transaction::commit() {
  TRY(database_->run("COMMIT"));
  database_ = nullptr;
  return Nothing{};
}

}  // namespace kappa::store
