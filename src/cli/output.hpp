// Where results go: for people at a terminal, for pipes, or as JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/table.hpp"
#include "cli/trouble.hpp"
#include "rpc/record.hpp"

namespace kappa::cli {

enum class Format {
  table,   ///< for people: columns under each other, cut to the terminal
  plain,   ///< for pipes: a line a row, columns parted by tabs, nothing cut
  json,    ///< one JSON value
  ndjson,  ///< a line of JSON a row
  csv,     ///< for spreadsheets: as plain, in the form of RFC 4180
};
BOOST_DESCRIBE_ENUM(Format, table, plain, json, ndjson, csv)

/// What commands write with. With a JSON format nothing but JSON reaches standard output, and
/// errors are JSON too.
class Output {
 public:
  explicit Output(Format format) : format_(format) {}

  bool json() const { return format_ == Format::json || format_ == Format::ndjson; }

  bool csv() const { return format_ == Format::csv; }

  bool for_people() const { return format_ == Format::table; }

  /// A sentence for people; nothing with a JSON format.
  void say(std::string_view sentence) const;
  /// A list: `rows` for people and pipes, the reply or its items for JSON.
  template <class Reply, class Item>
  void list(const Table& rows, const Reply& reply, const std::vector<Item>& items) const {
    if (format_ == Format::ndjson) {
      for (const Item& item : items) write_json_text(rpc::write_json(item));
    } else if (format_ == Format::json) {
      write_json_text(rpc::write_json(reply));
    } else {
      write_table(rows);
    }
  }
  /// One thing: `text` for people and pipes, the reply for JSON.
  template <class Reply>
  void one(std::string_view text, const Reply& reply) const {
    if (json()) return write_json_text(rpc::write_json(reply));
    say(text);
  }
  /// One thing: a name and a value a line, or the reply for JSON.
  template <class Reply>
  void facts(std::vector<std::vector<std::string>> rows, const Reply& reply) const {
    if (json()) return write_json_text(rpc::write_json(reply));
    write_table({{{""}, {""}}, std::move(rows), false});
  }
  /// Columns, tabs, or commas.
  void write_table(const Table& table) const;
  /// Indented at a terminal, else as it is, on a line of its own.
  void write_json_text(const std::string& json) const;

  /// Says what went wrong, on standard error.
  void trouble(const Trouble& trouble) const;

 private:
  const Format format_;
};

/// A text as the value of a kind that JSON writes as a text. Misuse: it is none; names `what`, says
/// what was expected, and where to look.
template <class T>
Tried<T> value_of(const std::string& text, const std::string& what, const std::string& todo) {
  T value{};
  const std::string json = rpc::json_string(text);
  std::vector<Fault> faults;
  rpc::Reading reading{faults};
  rpc::Codec<T>::read(rpc::JsonView(json), value, {}, reading);
  if (faults.empty()) return value;
  return Trouble::misuse(what + " cannot be '" + text + "'", faults.front().why, todo);
}

/// The format that is asked for, else KAPPA_OUTPUT's, else a table at a terminal and plain in a
/// pipe. Misuse: it is none of them; says which there are.
Tried<Format> format_of(const std::string& asked);

}  // namespace kappa::cli
