// A token itself is never shown: whoever may see it can read the file.
#include "cli/token_commands.hpp"

#include <CLI/CLI.hpp>

#include "base/random.hpp"
#include "cli/tree.hpp"
#include "folder/token_file.hpp"

namespace kappa::cli {
namespace {

struct TokenReply {
  std::string file;
  std::int64_t retired = 0;
};
BOOST_DESCRIBE_STRUCT(TokenReply, (), (file, retired))

Trouble told(const Error& error) {
  Trouble trouble = Trouble::here("the tokens stay as they were", error.detail, "");
  trouble.code = error.code;
  return trouble;
}

}  // namespace

Tried<int> rotate_token(const Output& out, const std::string& file) {
  SystemRandom random;
  if (const auto added = folder::add_token(file, random); !added) return told(added.error());
  out.one("A new token is the first in " + file +
              ", and the ones before are accepted still\nCopy it first to all that expose the "
              "module, then to those that ask it, then: kappa token retire " +
              file + "\n",
          TokenReply{file});
  return exit_ok;
}

Tried<int> retire_tokens(const Output& out, const std::string& file) {
  const auto retired = folder::retire_tokens(file);
  if (!retired) return told(retired.error());
  out.one("Only the first token in " + file + " is accepted from now on; " +
              std::to_string(*retired) + " retired\n",
          TokenReply{file, *retired});
  return exit_ok;
}

void add_token_commands(CLI::App& app, Line& line) {
  auto* token = app.add_subcommand("token", "Change the token of a module that is served apart");
  token->require_subcommand(1);
  const auto add = [&](const char* name, const char* help,
                       Tried<int> (*run)(const Output&, const std::string&)) {
    auto* command = token->add_subcommand(name, help);
    command->add_option("FILE", line.folder.file, "The token file")->required();
    command->callback([&line, run] {
      line.alone = [&line, run](const CLI::App&, const Output& out) {
        return run(out, line.folder.file);
      };
    });
  };
  add("rotate", "Put a new one before it", rotate_token);
  add("retire", "Take all but the first out", retire_tokens);
}

}  // namespace kappa::cli
