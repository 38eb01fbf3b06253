// What frames say, as described structs: one reader for requests and for these.
#pragma once

#include <string>
#include <vector>

#include "kappa/runner.hpp"
#include "rpc/record.hpp"
#include "runner/runner.hpp"

namespace kappa::runner {

/// What the template and all below it need to know.
struct Settings {
  RunnerOptions options;
  std::string hidden;
};
BOOST_DESCRIBE_STRUCT(Settings, (), (options, hidden))

struct Layers {
  std::vector<Layer> layers;
};
BOOST_DESCRIBE_STRUCT(Layers, (), (layers))

struct Module {
  std::string file;  ///< as tracebacks name it
  std::string source;
};
BOOST_DESCRIBE_STRUCT(Module, (), (file, source))

struct Signature {
  std::vector<Parameter> parameters;
  bool takes_any = false;
};
BOOST_DESCRIBE_STRUCT(Signature, (), (parameters, takes_any))

/// A call that did not give a result, in the child's words.
struct Failure {
  Verdict verdict = Verdict::error;
  std::string detail;
  std::string traceback;
};
BOOST_DESCRIBE_STRUCT(Failure, (), (verdict, detail, traceback))

/// How a child ended, as its zygote was told by the kernel.
struct Ended {
  std::int64_t status = 0;  ///< as waitpid gives it
  std::int64_t cpu_us = 0;
  std::int64_t peak_memory_kb = 0;
};
BOOST_DESCRIBE_STRUCT(Ended, (), (status, cpu_us, peak_memory_kb))

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
