// One choice of format, kept to.
#include "cli/output.hpp"

#include <unistd.h>

#include <cstdio>

#include "cli/layout.hpp"
#include "cli/terminal.hpp"

namespace kappa::cli {

void Output::say(std::string_view sentence) const {
  if (!json()) print(sentence);
}

Table Output::facts(std::vector<std::vector<std::string>> rows) {
  return {{{""}, {""}}, std::move(rows)};
}

void Output::write_table(const Table& table) const {
  if (format_ == Format::plain) return print(tab_separated(table));
  const bool headless = table.columns.front().head.empty();
  const std::string text = aligned(table, headless ? 0 : terminal_width(STDOUT_FILENO));
  print(headless ? std::string_view(text).substr(text.find('\n') + 1) : std::string_view(text));
}

void Output::write_json_text(const std::string& json) const {
  const bool for_people = format_ == Format::json && is_terminal(STDOUT_FILENO);
  print((for_people ? indented(json) : json) + "\n");
}

void Output::trouble(const Trouble& trouble) const {
  std::fflush(stdout);  // what was said before comes before
  if (!json()) return print_error(trouble.text());
  const std::string text = rpc::write_json(ErrorReply{trouble.reply()}) + "\n";
  std::fwrite(text.data(), 1, text.size(), stderr);
}

Result<Format> format_of(const std::string& asked) {
  if (asked.empty()) return is_terminal(STDOUT_FILENO) ? Format::table : Format::plain;
  Format format{};
  const std::string json = rpc::json_string(asked);
  std::vector<Fault> faults;
  rpc::Reading reading{faults};
  rpc::Codec<Format>::read(rpc::JsonView(json), format, {}, reading);
  if (faults.empty()) return format;
  return Error{Code::invalid, "output format '" + asked + "': " + faults.front().why};
}

}  // namespace kappa::cli
