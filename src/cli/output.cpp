// One choice of format, kept to.
#include "cli/output.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "cli/layout.hpp"
#include "cli/terminal.hpp"

namespace kappa::cli {

void Output::say(std::string_view sentence) const {
  if (!json()) print(sentence);
}

void Output::write_table(const Table& table) const {
  if (format_ == Format::plain) return print(tab_separated(table));
  // A terminal would show the CR that files are to have.
  if (csv()) return print(comma_separated(table, is_terminal(STDOUT_FILENO) ? "\n" : "\r\n"));
  print(aligned(table, terminal_width(STDOUT_FILENO)));
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

Tried<Format> format_of(const std::string& asked) {
  const char* usual = std::getenv("KAPPA_OUTPUT");
  const std::string name = !asked.empty() || usual == nullptr ? asked : usual;
  if (name.empty()) return is_terminal(STDOUT_FILENO) ? Format::table : Format::plain;
  return value_of<Format>(name, asked.empty() ? "KAPPA_OUTPUT" : "the output's format",
                          "kappa -o table, plain, json, ndjson or csv");
}

}  // namespace kappa::cli
