// One SQLite connection and what runs on it, each owned by one object.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "store/failure.hpp"
#include "store/value.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace kappa::store {

/// How a connection treats its file.
struct OpenOptions {
  bool read_only = false;
  bool must_exist = false;       ///< unavailable where it is missing, instead of making it
  bool sync_each_commit = true;  ///< a commit survives a power cut, not only the process's end
  bool secure_delete = false;    ///< deleted rows are overwritten with zeros
};

/// SQL known when Kappa is built. A connection prepares it once, found again by its address.
struct Sql {
  const char* text;
  consteval Sql(const char* literal) : text(literal) {}
};

/// A running statement; reset when it goes. It must not outlive its connection, and the same Sql
/// must not run twice at a time on one connection. Columns count from 0; text and bytes are
/// borrowed until next() or the end.
class Rows {
 public:
  Rows(sqlite3_stmt* statement, const std::string& file) : statement_(statement), file_(file) {}
  Rows(Error failed, const std::string& file) : failed_(std::move(failed)), file_(file) {}
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;
  ~Rows();

  /// Goes to the next row; false: there is none. Errors as failure() has them.
  Result<bool> next();
  bool null(int column) const;
  std::int64_t integer(int column) const;
  std::string_view text(int column) const;
  Bytes bytes(int column) const;
  /// All zeros when what is stored is not 16 bytes.
  Uuid uuid(int column) const;
  Timestamp timestamp(int column) const { return {integer(column)}; }

 private:
  sqlite3_stmt* statement_ = nullptr;
  std::optional<Error> failed_;
  const std::string& file_;
};

/// One connection. Used by one thread at a time.
class Database {
 public:
  /// Opens the file, or makes it with mode 0600 (unless it must exist, or is only read). Errors
  /// name the whole path.
  static Result<Database> open(const std::filesystem::path& file, const OpenOptions& options = {});
  Database(Database&&) = default;
  Database& operator=(Database&&) = delete;
  ~Database();

  Rows query(Sql sql, std::initializer_list<Value> values = {});
  /// Runs a statement to its end.
  Result<Nothing> run(Sql sql, std::initializer_list<Value> values = {});
  /// Runs any number of statements that are prepared for this once.
  Result<Nothing> run_script(const std::string& script);
  /// Rows the last INSERT, UPDATE or DELETE wrote.
  std::int64_t changes() const;
  /// Whether what another process or connection locks is waited for, up to a second, as it is at
  /// first.
  void wait_for_locks(bool wait);
  /// The size of the write-ahead log's file.
  std::int64_t log_bytes() const;
  /// To what that is cut by the first commit of this connection after all of it has gone into the
  /// database. Without this it is not cut. False: it stays as it was.
  bool limit_log(std::int64_t bytes);
  /// Ends a transaction without its writes; nothing happens when there is none.
  void roll_back() noexcept;
  /// False also when SQLite has ended it by itself, as it does when it runs out of memory.
  bool in_transaction() const noexcept;
  const std::string& name() const { return *name_; }  ///< the file's, for errors

 private:
  friend class Snapshot;
  struct Close {
    void operator()(sqlite3* connection) const;
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  Database(sqlite3* connection, std::string name);
  Result<sqlite3_stmt*> prepare(Sql sql);
  Error failed(int code) const;

  std::unique_ptr<std::string> name_;  ///< on the heap: Rows refer to it while the Database moves
  std::unique_ptr<sqlite3, Close> connection_;
  std::unordered_map<const char*, std::unique_ptr<sqlite3_stmt, Finalize>> statements_;
};

/// A write transaction as a scope: rolled back unless committed.
class Transaction {
 public:
  /// unavailable: another process writes the file.
  static Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Result<Nothing> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace kappa::store
