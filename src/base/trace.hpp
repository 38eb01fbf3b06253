// Which request a thread works on, so that what it asks of other processes can be found again
// beside it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kappa {

/// A request's names: its id in our log, and where it stands in a distributed trace.
struct Trace {
  std::string request_id = {};
  std::string trace_id = {};  ///< 32 lower-case hex digits; "" when the client traces nothing
  std::string flags = "00";   ///< two hex digits: whether the client records it
};

/// Reads a traceparent (W3C Trace Context, version 00 and what later ones keep of it): its trace id
/// and flags. Nothing when it is malformed, or all zeros.
std::optional<Trace> parse_traceparent(std::string_view field);
/// The traceparent of a request made on behalf of this one, with a fresh parent id; "" when nothing
/// is traced.
std::string make_traceparent(const Trace& trace);

/// While it lives, the thread that made it works on this request. They nest.
class TraceScope {
 public:
  explicit TraceScope(const Trace& trace);
  TraceScope(const TraceScope&) = delete;
  TraceScope& operator=(const TraceScope&) = delete;
  ~TraceScope();

 private:
  const Trace* before_;
};

/// The request that this thread works on, or nothing.
const Trace* current_trace();

}  // namespace kappa
