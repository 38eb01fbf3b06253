// By the API that everybody has, function by function.
#include "cli/export_commands.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <map>
#include <set>

#include "base/hash.hpp"
#include "base/read_file.hpp"
#include "cli/layout.hpp"
#include "cli/terminal.hpp"
#include "cli/tree.hpp"
#include "folder/new_file.hpp"

namespace kappa::cli {
namespace {

struct ExportedFunction {
  Name name;
  Source code;
  FunctionSettings settings;
};
BOOST_DESCRIBE_STRUCT(ExportedFunction, (), (name, code, settings))

/// The document. Two equal sets of functions have equal ones.
struct Export {
  std::int64_t format = 1;                  ///< of this document; a program refuses a newer one
  std::vector<ExportedFunction> functions;  ///< by name
};
BOOST_DESCRIBE_STRUCT(Export, (), (format, functions))

enum class Outcome { created, replaced, unchanged };
BOOST_DESCRIBE_ENUM(Outcome, created, replaced, unchanged)

struct ImportedFunction {
  std::string name;
  Outcome outcome = Outcome::created;
};
BOOST_DESCRIBE_STRUCT(ImportedFunction, (), (name, outcome))

struct Imported {
  std::vector<ImportedFunction> functions;
};
BOOST_DESCRIBE_STRUCT(Imported, (), (functions))

/// Gathers a document, as long as it can be imported.
class Gathering {
 public:
  explicit Gathering(const Session& session) : session_(session) {}

  /// One that is deleted meanwhile is left out.
  Tried<Nothing> add_all() {
    std::optional<std::string> after;
    do {
      const auto page =
          TRY(session_.ask("Listing functions", [&](auto& gateway, const Caller& who) {
            return gateway.list_functions(who, {after, {}});
          }));
      for (const auto& function : page.functions) {
        auto added = add(function.name);
        if (!added && added.error().code != Code::not_found) return added;
      }
      after = page.next;
    } while (after);
    return Nothing{};
  }

  Tried<Nothing> add_these(const std::vector<std::string>& names) {
    for (const std::string& name : std::set<std::string>(names.begin(), names.end()))
      TRY(add(name));
    return Nothing{};
  }

  /// The document's text.
  Tried<std::string> text() const {
    std::string text = indented(rpc::write_json(all_)) + "\n";
    if (text.size() > most_bytes) return too_large();
    return text;
  }
  std::size_t count() const { return all_.functions.size(); }

 private:
  static constexpr std::size_t most_bytes = most_read_mib << 20;  // what an import reads

  Tried<Nothing> add(const std::string& name) {
    auto code = TRY(session_.ask("Reading function " + name, [&](auto& gateway, const Caller& who) {
      return gateway.get_code(who, {name});
    }));
    bytes_ += code.code.value.size();
    if (bytes_ > most_bytes) return too_large();  // before they take all memory
    all_.functions.push_back({{name}, std::move(code.code), code.settings});
    return Nothing{};
  }
  static Trouble too_large() {
    return Trouble::here("nothing was exported",
                         "together these functions are more than the " +
                             std::to_string(most_read_mib) + " MiB that kappa import takes",
                         "export some at a time: kappa export FILE --fn NAME --fn NAME");
  }

  const Session& session_;
  Export all_;
  std::size_t bytes_ = 0;
};

Tried<Nothing> write_export(const std::string& text, const ExportFlags& flags) {
  const auto written = [&]() -> Result<Nothing> {
    auto file = TRY(folder::NewFile::begin(flags.file, flags.replace));
    TRY(file.write(text));
    return file.finish();
  }();
  if (written) return Nothing{};
  const std::string& why = written.error().detail;
  const std::size_t end = why.rfind("; ");
  return Trouble::here("nothing was exported", why.substr(0, end),
                       end == why.npos ? "" : why.substr(end + 2));
}

Tried<Export> read_export(const std::string& file) {
  const bool piped = file == "-";
  const std::string name = piped ? "standard input" : "file '" + file + "'";
  const auto text = piped ? read_to_end(STDIN_FILENO) : read_file(file);
  const std::string todo = "name a file that kappa export made, or - for standard input";
  if (!text) return Trouble::misuse(name + " cannot be read", text.error().detail, todo);
  Export read;
  std::vector<Fault> faults;
  rpc::Reading reading{faults};
  rpc::read_json(*text, read, reading);
  if (!faults.empty()) {
    return Trouble::misuse(name + " is no export",
                           (faults[0].at.empty() ? "it " : faults[0].at + " ") + faults[0].why,
                           todo);
  }
  if (read.format > Export{}.format)
    return Trouble::misuse(name + " is of a newer kappa", "its format is not known here",
                           "import it with the kappa that made it");
  return read;
}

bool equal(const ExportedFunction& function, const gateway::FunctionCode& code) {
  return sha256_hex(function.code.value) == code.code_id.value &&
         function.settings == code.settings;
}

class Import {
 public:
  Import(const Session& session, const Export& wanted) : session_(session), wanted_(wanted) {}

  /// What is there of those that are wanted.
  Tried<Nothing> look() {
    for (const auto& function : wanted_.functions) {
      auto code = session_.ask("Looking at function " + function.name.value,
                               [&](auto& gateway, const Caller& who) {
                                 return gateway.get_code(who, {function.name.value});
                               });
      if (code) {
        present_.emplace(function.name.value, *std::move(code));
      } else if (code.error().code != Code::not_found) {
        return std::move(code).error();
      }
    }
    return Nothing{};
  }

  Tried<Nothing> refuse_conflicts() const {
    std::string names;
    for (const auto& function : wanted_.functions) {
      const auto there = present_.find(function.name.value);
      if (there == present_.end() || equal(function, there->second)) continue;
      names += (names.empty() ? "" : ", ") + function.name.value;
    }
    if (names.empty()) return Nothing{};
    Trouble trouble = Trouble::here("nothing was imported", "there are others already: " + names,
                                    "--replace puts those of the file in their place; their logs "
                                    "go, the bill stays");
    trouble.code = Code::conflict;
    return trouble;
  }

  Tried<Imported> run() const {
    Imported done;
    for (const auto& function : wanted_.functions) {
      auto outcome = put(function);
      if (!outcome) {
        Trouble trouble = std::move(outcome).error();
        trouble.what = "function '" + function.name.value + "' was not imported, " +
                       std::to_string(done.functions.size()) + " before it were: " + trouble.what;
        return trouble;
      }
      done.functions.push_back({function.name.value, *outcome});
    }
    return done;
  }

 private:
  Tried<Outcome> put(const ExportedFunction& function) const {
    const auto there = present_.find(function.name.value);
    if (there == present_.end()) {
      TRY(create(function));
      return Outcome::created;
    }
    const auto& old = there->second;
    if (equal(function, old)) return Outcome::unchanged;
    if (sha256_hex(function.code.value) == old.code_id.value) {
      TRY(session_.ask(
          "Setting function " + function.name.value, [&](auto& gateway, const Caller& who) {
            return gateway.configure_function(who, {function.name.value, {function.settings}});
          }));
      return Outcome::replaced;
    }
    TRY(session_.ask("Deleting function " + function.name.value,
                     [&](auto& gateway, const Caller& who) {
                       return gateway.delete_function(who, {function.name.value});
                     }));
    auto created = create(function);
    if (created) return Outcome::replaced;
    // What cannot be used must not cost what could.
    if (const auto back = create({function.name, old.code, old.settings}); !back)
      note("remark: function '" + function.name.value +
           "' could not be put back: " + back.error().why);
    return std::move(created).error();
  }

  Tried<Nothing> create(const ExportedFunction& function) const {
    TRY(session_.ask(
        "Creating function " + function.name.value, [&](auto& gateway, const Caller& who) {
          return gateway.create_function(who, {function.name, function.code, function.settings});
        }));
    return Nothing{};
  }

  const Session& session_;
  const Export& wanted_;
  std::map<std::string, gateway::FunctionCode> present_;
};

}  // namespace

Tried<int> export_functions(const Session& session, const ExportFlags& flags) {
  Gathering gathering(session);
  TRY(flags.fn.empty() ? gathering.add_all() : gathering.add_these(flags.fn));
  const std::string text = TRY(gathering.text());
  if (flags.file == "-") {
    print(text);
    return exit_ok;
  }
  TRY(write_export(text, flags));
  const std::size_t count = gathering.count();
  session.out().say(std::to_string(count) + (count == 1 ? " function" : " functions") +
                    " exported to " + flags.file + "\n");
  return exit_ok;
}

Tried<int> import_functions(const Session& session, const ExportFlags& flags) {
  const Export wanted = TRY(read_export(flags.file));
  Import import(session, wanted);
  TRY(import.look());
  if (!flags.replace) TRY(import.refuse_conflicts());
  const Imported done = TRY(import.run());
  Table table{{{"NAME"}, {"OUTCOME"}}, {}};
  for (const auto& [name, outcome] : done.functions)
    table.rows.push_back({name, std::string(rpc::Codec<Outcome>::name(outcome))});
  session.out().list(table, done, done.functions);
  return exit_ok;
}

void add_export_commands(CLI::App& app, Line& line) {
  const auto add = [&](const char* name, const char* help, auto run) {
    auto* command = app.add_subcommand(name, help);
    command->callback([&line, run] {
      line.with_session = [&line, run](const Session& session) {
        return run(session, line.exported);
      };
    });
    return command;
  };
  auto* out = add("export", "Write your functions, with code and settings, as one JSON document",
                  export_functions);
  out->add_option("FILE", line.exported.file, "The file to make; standard output without it");
  out->add_flag("--replace", line.exported.replace, "The file may be there already");
  out->add_option("--fn", line.exported.fn, "Of this function alone; repeat it for more")
      ->type_name("NAME")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  auto* in = add("import", "Make the functions that kappa export wrote", import_functions);
  in->add_option("FILE", line.exported.file, "What kappa export made, or - for standard input")
      ->required();
  in->add_flag("--replace", line.exported.replace,
               "Functions that are there and others go, with their logs");
}

}  // namespace kappa::cli
