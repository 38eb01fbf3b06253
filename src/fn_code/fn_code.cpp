// Source by its hash, and who needs it.
#include "fn_code/fn_code.hpp"

#include <stdexcept>

#include "base/hash.hpp"
#include "base/random.hpp"
#include "store/file.hpp"
#include "store/newest.hpp"

namespace kappa::fn_code {

std::span<const store::Migration> migrations();

namespace {

constexpr std::size_t piece_bytes = 64U << 10;  // what a socket takes at one go
constexpr std::size_t row_bytes = 512;          // a row of holder

Stream stream_of(std::string source) {
  auto next = [source = std::move(source),
               sent = std::size_t{0}]() mutable -> Result<std::optional<std::string>> {
    if (sent == source.size()) return std::optional<std::string>();
    std::string piece = source.substr(sent, piece_bytes);
    sent += piece.size();
    return std::optional(std::move(piece));
  };
  return {"text/x-python; charset=utf-8", std::move(next)};
}

Result<std::optional<std::string>> held_by(store::Database& db, const Uuid& fn_id) {
  auto rows = db.query("SELECT code_id FROM holder WHERE fn_id = ?", {fn_id});
  if (!TRY(rows.next())) return std::optional<std::string>();
  return std::optional<std::string>(rows.text(0));
}

Result<std::string> body_of(store::Database& db, const std::string& code_id) {
  auto rows = db.query("SELECT body FROM code WHERE code_id = ?", {code_id});
  if (!TRY(rows.next())) return Error{Code::not_found, "code " + code_id + " not found"};
  return std::string(rows.text(0));
}

class SqliteFnCode final : public FnCode {
 public:
  explicit SqliteFnCode(std::unique_ptr<store::File> file) : file_(std::move(file)) {}

  Result<StoredCode> store(const StoreCode& ask) override {
    const std::string& source = ask.code.value;
    const std::string id = sha256_hex(source);
    const auto size = static_cast<std::int64_t>(source.size());
    const auto insert = [&](store::Database& db) -> Result<Nothing> {
      const auto held = TRY(held_by(db, ask.fn_id));
      if (held && *held != id)
        return Error{Code::conflict, "function " + to_text(ask.fn_id) + " holds other code"};
      TRY(db.run("INSERT INTO code VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                 {id, store::as_bytes(source), size}));
      return db.run("INSERT INTO holder VALUES (?, ?) ON CONFLICT DO NOTHING", {ask.fn_id, id});
    };
    TRY(file_->write(insert, source.size() + row_bytes));
    return StoredCode{{id}, size};
  }

  Result<Stream> read(const ReadCode& ask) override {
    const std::string& id = ask.code_id.value;
    auto source = TRY(file_->read([&](store::Database& db) { return body_of(db, id); }));
    if (sha256_hex(source) != id)
      return Error{Code::internal, "code " + id + " is corrupt: its hash is another"};
    return stream_of(std::move(source));
  }

  Result<Nothing> release(const ReleaseCode& ask) override {
    const auto erase = [&](store::Database& db) -> Result<Nothing> {
      const auto held = TRY(held_by(db, ask.fn_id));
      if (!held) return Nothing{};
      TRY(db.run("DELETE FROM holder WHERE fn_id = ?", {ask.fn_id}));
      return db.run(
          "DELETE FROM code WHERE code_id = ?1 "
          "AND NOT EXISTS (SELECT 1 FROM holder WHERE code_id = ?1)",
          {*held});
    };
    return file_->write(erase, row_bytes, store::Afterwards::scrub);
  }

  Result<CodeList> list(const ListCode&) override {
    return file_->read([](store::Database& db) -> Result<CodeList> {
      CodeList found;
      auto rows = db.query("SELECT code_id, size_bytes FROM code ORDER BY code_id");
      while (TRY(rows.next())) found.code.push_back({{std::string(rows.text(0))}, rows.integer(1)});
      return found;
    });
  }

  Result<HolderPage> list_holders(const ListHolders& ask) override {
    const std::int64_t limit = TRY(store::newest(ask.limit));
    const Uuid after = ask.after.value_or(Uuid{});
    return file_->read([&](store::Database& db) -> Result<HolderPage> {
      HolderPage page;
      // One more than asked: it says whether there is a next page.
      auto rows = db.query("SELECT fn_id FROM holder WHERE fn_id > ? ORDER BY fn_id LIMIT ?",
                           {after, limit + 1});
      while (TRY(rows.next())) {
        if (std::ssize(page.functions) == limit) {
          page.next = page.functions.back();
          break;
        }
        page.functions.push_back(rows.uuid(0));
      }
      return page;
    });
  }

 private:
  std::unique_ptr<store::File> file_;
};

}  // namespace

std::unique_ptr<FnCode> open_fn_code(const std::filesystem::path& file, const Clock& clock) {
  store::FileOptions options;
  options.secure_delete = true;
  auto opened = store::File::open(file, migrations(), clock, options);
  if (!opened) throw std::runtime_error(store::why_no_start(file, opened.error()));
  return std::make_unique<SqliteFnCode>(*std::move(opened));
}

}  // namespace kappa::fn_code
