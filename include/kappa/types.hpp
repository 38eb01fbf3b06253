// The vocabulary of the module headers: names, ids, times, JSON, verdicts.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kappa/core.hpp"

namespace kappa {

/// Text that satisfies `Rule`, checked once where it enters; past the edge nobody checks again.
/// A rule has: `bool holds(std::string_view)`, `expected` (completes "expected ..."), `pattern`
/// (for OpenAPI, or ""), `min_length` and `max_length`.
template <class Rule>
struct Refined {
  std::string value;
  auto operator<=>(const Refined&) const = default;
};

/// Users and functions: they appear in paths, terminals and bills, so nothing there needs escaping.
struct NameRule {
  static constexpr std::string_view expected = "1 to 64 letters, digits, '_' or '-'";
  static constexpr std::string_view pattern = "^[A-Za-z0-9_-]{1,64}$";
  static constexpr std::size_t min_length = 1;
  static constexpr std::size_t max_length = 64;
  static constexpr bool holds(std::string_view text) {
    for (const char c : text) {
      const bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || c == '_' || c == '-';
      if (!fits) return false;
    }
    return text.size() >= min_length && text.size() <= max_length;
  }
};
using Name = Refined<NameRule>;

/// A new password, in bytes. The upper limit bounds the hash's work; argon2id compares the whole of
/// it.
struct PasswordRule {
  static constexpr std::string_view expected = "8 to 1024 bytes";
  static constexpr std::string_view pattern = "";
  static constexpr std::size_t min_length = 8;
  static constexpr std::size_t max_length = 1024;
  static constexpr bool holds(std::string_view text) {
    return text.size() >= min_length && text.size() <= max_length;
  }
};
using Password = Refined<PasswordRule>;

/// A function's source, in bytes of UTF-8.
struct SourceRule {
  static constexpr std::string_view expected = "1 to 1048576 bytes of Python source";
  static constexpr std::string_view pattern = "";
  static constexpr std::size_t min_length = 1;
  static constexpr std::size_t max_length =
      1 << 20;  // large enough for hand-written code, small enough to keep in a row
  static constexpr bool holds(std::string_view text) {
    return text.size() >= min_length && text.size() <= max_length;
  }
};
using Source = Refined<SourceRule>;

/// SHA-256 of a function's source, lower-case hex.
struct CodeIdRule {
  static constexpr std::string_view expected = "64 lower-case hex digits";
  static constexpr std::string_view pattern = "^[0-9a-f]{64}$";
  static constexpr std::size_t min_length = 64;
  static constexpr std::size_t max_length = 64;
  static constexpr bool holds(std::string_view text) {
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == text.npos;
  }
};
using CodeId = Refined<CodeIdRule>;

/// A UUID (RFC 9562), made as version 7 so that ids sort by time. Its text form is the usual 36
/// characters.
struct Uuid {
  std::array<std::uint8_t, 16> bytes{};
  auto operator<=>(const Uuid&) const = default;
};

/// Microseconds since 1970-01-01 UTC. In JSON: RFC 3339 with microseconds and offset,
/// "2026-11-24T11:00:16.123456+00:00".
struct Timestamp {
  std::int64_t us = 0;
  auto operator<=>(const Timestamp&) const = default;
};

/// A JSON value as text, carried as it was written: numbers keep their digits, members their order.
/// Whoever makes one vouches that it is valid; the reader at each edge does.
struct RawJson {
  std::string text = "null";
};

/// A number of 0 or more with at most `digits` decimals, exact: `scaled` is it times 10^digits. In
/// JSON a number.
template <int digits>
struct Decimal {
  std::int64_t scaled = 0;
  auto operator<=>(const Decimal&) const = default;
};

/// How an execution ended; every execution has exactly one.
enum class Verdict {
  ok,             ///< main() returned a value that is JSON
  error,          ///< main() raised
  bad_result,     ///< main() returned what is not JSON, or too much of it
  timeout,        ///< longer than the limit, in wall-clock time or in CPU time
  out_of_memory,  ///< more memory than the limit
  crashed,        ///< killed by a signal
  exited,         ///< ended its process before it returned
  cancelled,      ///< stopped by its owner, or because its function was deleted
  runner_lost,    ///< the runner, or a process of its own, died while it ran; never billed
};
BOOST_DESCRIBE_ENUM(Verdict, ok, error, bad_result, timeout, out_of_memory, crashed, exited,
                    cancelled, runner_lost)

/// What one execution may use. Sizes in MiB where the name ends in _mb.
struct Limits {
  std::int64_t timeout_ms = 30'000;     ///< wall-clock time
  std::int64_t cpu_ms = 30'000;         ///< CPU time of all its processes together
  std::int64_t memory_mb = 256;         ///< address space of each process; memory of all together
  std::int64_t processes = 64;          ///< at a time, threads included
  std::int64_t open_files = 256;        ///< of each of its processes
  std::int64_t file_mb = 64;            ///< of a file it writes
  std::int64_t scratch_mb = 64;         ///< of its /tmp
  std::int64_t output_bytes = 1 << 20;  ///< kept of what it prints, both channels together
  std::int64_t result_bytes = 6 << 20;  ///< of its result as JSON; Lambda's limit of a reply
  bool operator==(const Limits&) const = default;
};
BOOST_DESCRIBE_STRUCT(Limits, (),
                      (timeout_ms, cpu_ms, memory_mb, processes, open_files, file_mb, scratch_mb,
                       output_bytes, result_bytes))

/// What a function may reach beyond its own processes.
enum class Network {
  none,  ///< nothing
  host,  ///< what the server's machine reaches, the machine itself included
};
BOOST_DESCRIBE_ENUM(Network, none, host)

/// What a call finds of the calls before it.
enum class State {
  fresh,   ///< nothing: every call has a new process
  rewind,  ///< nothing: a process is put back to how it was before its first call, after each
  warm,  ///< what they left in memory and in /tmp: a process serves many calls, one after the other
};
BOOST_DESCRIBE_ENUM(State, fresh, rewind, warm)

/// How a function runs. What is absent is the server's default at the time of the call.
struct FunctionSettings {
  std::optional<Network> network;
  std::optional<State> state;
  std::optional<std::int64_t> concurrency;  ///< calls at a time; more wait
  std::optional<std::int64_t> timeout_ms;   ///< this and the rest: as Limits has them
  std::optional<std::int64_t> cpu_ms;
  std::optional<std::int64_t> memory_mb;
  std::optional<std::int64_t> processes;
  std::optional<std::int64_t> open_files;
  std::optional<std::int64_t> file_mb;
  std::optional<std::int64_t> scratch_mb;
  std::optional<std::int64_t> output_bytes;
  std::optional<std::int64_t> result_bytes;
  std::optional<std::int64_t> keep_bytes;  ///< kept of its input and of its result; 0: neither is
  bool operator==(const FunctionSettings&) const = default;
};
BOOST_DESCRIBE_STRUCT(FunctionSettings, (),
                      (network, state, concurrency, timeout_ms, cpu_ms, memory_mb, processes,
                       open_files, file_mb, scratch_mb, output_bytes, result_bytes, keep_bytes))

}  // namespace kappa
