// Whole texts or none.
#include "runner/exchange.hpp"

namespace kappa::runner {

std::optional<fn_logs::Exchange> exchange_of(const RawJson& input, const CallResult& call,
                                             std::int64_t keep_bytes) {
  if (keep_bytes == 0) return std::nullopt;
  const auto fits = [&](std::int64_t bytes) { return bytes <= keep_bytes; };
  fn_logs::Exchange exchange;
  exchange.input_bytes = std::ssize(input.text);
  if (fits(exchange.input_bytes)) exchange.input = input.text;
  if (call.verdict != Verdict::ok) return exchange;
  exchange.output_bytes = std::ssize(call.output.text);
  if (fits(exchange.output_bytes)) exchange.output = call.output.text;
  return exchange;
}

}  // namespace kappa::runner
