// The zygote says how it went, within a deadline; what it says is looked at.
#include "runner/module_load.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/client_watch.hpp"
#include "base/log.hpp"
#include "runner/child.hpp"
#include "runner/kernel_file.hpp"
#include "runner/module_memory.hpp"
#include "runner/stowaways.hpp"

namespace kappa::runner {
namespace {

constexpr std::int64_t stack_within_ms =
    300;  // after the module's time is up, for its stack to be written
constexpr std::int64_t quick_load_ms = 20;  // far more than most modules take

/// ", on line 3": where the stack that a module left says it is.
std::string line_in(const Fd& stack) {
  std::array<char, 8192> text;
  const ssize_t size = ::read(stack.get(), text.data(), text.size());
  const std::string_view all(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  std::size_t at = all.find("File \"function.py\", line ");
  if (at == all.npos) return "";
  at = all.find("line ", at);
  return ", on " + std::string(all.substr(at, all.find_first_of(" \n", at + 5) - at));
}

Error invalid_code(const std::string& reason) {
  return {Code::unacceptable, "Invalid code. " + reason};
}

/// Puts a function's processes into its group. unavailable: it cannot be done, and must be.
Result<Nothing> enter_group(Home& home, Isolation isolation, const std::string& name) {
  if (home.in_group || !home.group) return Nothing{};
  const std::string fault = put_in(*home.group, home.init(), home.with_rewinder());
  home.in_group = fault.empty();
  if (home.in_group || isolation != Isolation::require) return Nothing{};
  log::warning("a function is refused, for no control group holds it",
               {{"function", name}, {"reason", fault}, {"pid", std::int64_t{home.init()}}});
  return Error{Code::unavailable,
               "no control group can be had for the function, and runner.isolation is \"require\"; "
               "the server's log says why"};
}

/// Waits for what a zygote says of its module. One that takes its time does so in its group.
Result<std::optional<Frame>> await_loaded(Home& home, Isolation isolation, Deadline deadline,
                                          const std::string& name) {
  FrameSocket& control = home.zygote.control;
  if (home.in_group || !home.group) return control.receive(1 << 20, deadline);
  auto answer = control.receive(1 << 20, std::min(deadline, after_ms(quick_load_ms)));
  if (answer) return answer;
  TRY(enter_group(home, isolation, name));
  return control.receive(1 << 20, deadline);
}

Error nothing_was_run(std::string_view who) {
  return {Code::unavailable, std::string(who) + " ended; nothing was run, try again"};
}

/// What it has made of its zygote, which each of its calls would start from.
std::string find_fork_fault(const Fd& memory, const ProgramText& text, const ModuleLoaded& loaded) {
  if (loaded.threads) return "it starts threads, of which a fork copies one";
  const auto fault = find_memory_fault(read_whole_kernel_file(memory), text);
  // Twice: a page that the kernel moves at the moment looks as if it was the process's own.
  return fault.empty() ? "" : find_memory_fault(read_whole_kernel_file(memory), text);
}

/// Has a zygote load it.
Result<LoadedModule> try_load(Home& home, const Module& module, Isolation isolation,
                              const std::string& name) {
  auto& zygote = home.zygote;
  auto [stack, stack_end] = pipe_pair();
  const Deadline deadline = after_ms(module.timeout_ms + stack_within_ms);
  if (!home.open(deadline)) return nothing_was_run("the process that was to load the module");
  zygote.control.send(FrameType::load, rpc::write_json(module), {stack_end.get()}, deadline);
  stack_end.reset();
  const auto answer = TRY(await_loaded(home, isolation, deadline, name));
  const bool late = !answer && std::chrono::steady_clock::now() >= deadline;
  if (!answer && has_ended(zygote.template_pidfd->get()))
    return nothing_was_run("the process that functions are forked from");
  if (late) {
    return invalid_code("The module does not get to its end within " +
                        std::to_string(module.timeout_ms) + " ms" + line_in(stack));
  }
  if (!answer)
    return invalid_code("The module ends its process while it is loaded" + line_in(stack));
  if (answer->type == FrameType::refused) return Error{Code::unacceptable, answer->payload};
  if (has_left(zygote.rewinder.fd()))
    return nothing_was_run("the process that puts back its calls' processes");
  auto loaded = read_message<ModuleLoaded>(answer->payload);
  if (!loaded) return invalid_code("The parameters of main() cannot be told");
  if (Stowaways(home.init(), home.with_rewinder()).any()) {
    return invalid_code(
        "The module leaves processes behind when it is loaded; start them inside main()");
  }
  // Else that is done later, when no call waits for it.
  if (isolation == Isolation::require) TRY(enter_group(home, isolation, name));
  return LoadedModule{std::move(loaded->signature),
                      find_fork_fault(home.memory, *zygote.text, *loaded)};
}

}  // namespace

Result<LoadedModule> load_module(Home& home, const Module& module, Isolation isolation,
                                 const std::string& name) {
  auto loaded = try_load(home, module, isolation, name);
  if (!loaded) kill_process(home.zygote.pidfd.get());
  return loaded;
}

}  // namespace kappa::runner
