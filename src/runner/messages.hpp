// What frames say, as described structs: one reader for requests and for these.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kappa/runner.hpp"
#include "rpc/record.hpp"
#include "runner/runner.hpp"

namespace kappa::runner {

/// What the template needs to know.
struct TemplateSettings {
  RunnerOptions options;
  std::string hidden;
};
BOOST_DESCRIBE_STRUCT(TemplateSettings, (), (options, hidden))

/// What a function's processes are held by.
struct Walls {
  Limits limits;
  Network network = Network::none;
  bool rewind = false;     ///< its calls' processes may be made ones that can be put back
  std::int64_t calls = 1;  ///< that a process serves at most, unless it is put back after each
  bool operator==(const Walls&) const = default;
};
BOOST_DESCRIBE_STRUCT(Walls, (), (limits, network, rewind, calls))

struct Layers {
  std::vector<Layer> layers;
  Layer rewind;  ///< whether processes can be put back; no protection, but found out with them
  std::int64_t text_kb = 0;  ///< of memory that all processes share, Python's text
};
BOOST_DESCRIBE_STRUCT(Layers, (), (layers, rewind, text_kb))

struct Module {
  std::string file;  ///< as tracebacks name it
  std::string source;
  std::int64_t timeout_ms = 0;     ///< of its top level
  bool load_in_each_call = false;  ///< for a module that calls cannot be forked from
};
BOOST_DESCRIBE_STRUCT(Module, (), (file, source, timeout_ms, load_in_each_call))

struct Signature {
  std::vector<Parameter> parameters;
  bool takes_any = false;
};
BOOST_DESCRIBE_STRUCT(Signature, (), (parameters, takes_any))

/// What a zygote has to tell of a module that it has loaded.
struct ModuleLoaded {
  Signature signature;
  bool threads = false;  ///< it runs threads now: this zygote cannot fork
};
BOOST_DESCRIBE_STRUCT(ModuleLoaded, (), (signature, threads))

/// A call that did not give a result, in the child's words.
struct Failure {
  Verdict verdict = Verdict::error;
  std::string detail;
  std::string traceback;
  std::string setting;  ///< the function's setting that stood in its way, as far as that is clear
};
BOOST_DESCRIBE_STRUCT(Failure, (), (verdict, detail, traceback, setting))

/// How a child ended, as its zygote was told by the kernel.
struct Ended {
  std::int64_t status = 0;  ///< as waitpid gives it
  std::int64_t cpu_us = 0;
  std::int64_t peak_memory_kb = 0;
};
BOOST_DESCRIBE_STRUCT(Ended, (), (status, cpu_us, peak_memory_kb))

/// The real-time signal at which a call's process writes its Python stack to stderr.
constexpr int show_stack = 64;

/// What a rewinder says when an audit finds that it has failed.
constexpr std::string_view not_as_it_was = "a process that was put back is not as it was";

/// Reads a frame's payload; nothing when it does not fit: whoever runs a function's code may send
/// anything.
template <class T>
std::optional<T> read_message(std::string_view payload) {
  T message{};
  std::vector<Fault> faults;
  rpc::Reading reading{faults};
  rpc::read_json(payload, message, reading);
  if (!faults.empty()) return std::nullopt;
  return message;
}

}  // namespace kappa::runner
