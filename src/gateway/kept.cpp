// One exchange, and a reason for each way in which there is none.
#include "gateway/kept.hpp"

#include "base/random.hpp"

namespace kappa::gateway {
namespace {

std::string named(const data::Execution& execution, const std::string& what) {
  return "the " + what + " of execution '" + to_text(execution.exec_id) + "' ";
}

/// `what` is the part that is wanted: "input" or "result".
Result<logs::Exchange> exchange_of(data::Data& data, logs::Logs& logs,
                                   const data::Execution& execution, const std::string& what) {
  if (!execution.verdict) {
    return Error{Code::conflict,
                 named(execution, what) + "is kept when it has ended; it runs still"};
  }
  const auto function = TRY(data.get_function({execution.fn_id}));
  if (function.state != data::FunctionState::live) {
    return Error{Code::not_found, named(execution, what) + "is not kept: its function '" +
                                      execution.fn_name.value + "' was deleted"};
  }
  auto exchange = logs.read_exchange({execution.fn_id, execution.exec_id});
  if (!exchange && exchange.error().code == Code::not_found) {
    return Error{Code::not_found, named(execution, what) +
                                      "is not kept: keep_bytes was 0, or the logs of its day are "
                                      "gone"};
  }
  return exchange;
}

Error too_long(const data::Execution& execution, const std::string& what, std::int64_t bytes) {
  return {Code::not_found, named(execution, what) + "is not kept: it had " + std::to_string(bytes) +
                               " bytes, more than its function's keep_bytes"};
}

}  // namespace

Result<RawJson> kept_input(data::Data& data, logs::Logs& logs, const data::Execution& execution) {
  auto exchange = TRY(exchange_of(data, logs, execution, "input"));
  if (!exchange.input) return too_long(execution, "input", exchange.input_bytes);
  return RawJson{*std::move(exchange.input)};
}

Result<RawJson> kept_output(data::Data& data, logs::Logs& logs, const data::Execution& execution) {
  if (execution.verdict && execution.verdict != Verdict::ok) {
    return Error{Code::not_found,
                 "execution '" + to_text(execution.exec_id) + "' has no result: it failed"};
  }
  auto exchange = TRY(exchange_of(data, logs, execution, "result"));
  if (!exchange.output) return too_long(execution, "result", exchange.output_bytes);
  return RawJson{*std::move(exchange.output)};
}

Result<std::optional<bool>> same_end(data::Data& data, logs::Logs& logs,
                                     const data::Execution& original,
                                     const runner::Execution& replay) {
  using Answer = std::optional<bool>;
  if (original.verdict != replay.verdict) return Answer(false);
  if (replay.verdict != Verdict::ok) return Answer(original.detail == replay.detail);
  const auto output = kept_output(data, logs, original);
  if (output) return Answer(output->text == replay.output.text);
  if (output.error().code == Code::not_found) return Answer();
  return output.error();
}

}  // namespace kappa::gateway
