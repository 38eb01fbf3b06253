// Read, answer, log; end cleanly when something was refused.
#include "net/connection.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>

#include "base/client_watch.hpp"
#include "base/log.hpp"
#include "base/trace.hpp"
#include "net/manners.hpp"
#include "net/response_writer.hpp"
#include "rpc/errors.hpp"

namespace kappa::net {
namespace {

using Clock = std::chrono::steady_clock;

/// The code that fits a status which is HTTP's, not an operation's.
Code code_of(unsigned status) {
  if (status == 413 || status == 414 || status == 431) return Code::too_large;
  if (status == 503) return Code::unavailable;
  return status == 500 ? Code::internal : Code::invalid;
}

rpc::HttpResponse plain_error(unsigned status, const std::string& detail) {
  rpc::HttpResponse response = rpc::to_response({code_of(status), detail});
  response.status = status;
  return response;
}

/// What a client may name its request, so that it can look for it in our log.
bool sane_id(std::string_view id) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), fits);
}

rpc::HttpResponse answer(const rpc::HttpRequest& request, const Serving& serving) {
  try {
    return serving.handler(request);
  } catch (const std::exception& error) {
    log::error("request failed", {{"request_id", request.request_id}, {"reason", error.what()}});
    return plain_error(500,
                       "Kappa failed; its log says why under request id " + request.request_id);
  }
}

/// A balancer asks several times a second: that all is well with it is not worth a line.
bool is_good_health(const rpc::HttpRequest& request, unsigned status) {
  return request.target == "/health" && status == 200;
}

void log_access(const rpc::HttpRequest& request, const Trace& trace, unsigned status,
                std::uint64_t sent, Clock::time_point begin) {
  const auto us =
      std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin).count();
  // Without the query: arguments of a function may be secrets.
  const std::string_view path =
      std::string_view(request.target).substr(0, request.target.find('?'));
  const auto level = is_good_health(request, status) ? log::Level::debug : log::Level::info;
  log::write(level, "request",
             {{"id", request.request_id},
              {trace.trace_id.empty() ? "" : "trace_id", trace.trace_id},
              {"method", request.method},
              {"path", path},
              {"status", static_cast<std::int64_t>(status)},
              {"bytes", static_cast<std::int64_t>(sent)},
              {"us", static_cast<std::int64_t>(us)}});
}

/// What the client calls its request, or what we do.
Trace trace_of(const rpc::HttpRequest& request, const Serving& serving) {
  Trace trace = parse_traceparent(rpc::field_of(request.fields, "traceparent")).value_or(Trace{});
  const std::string_view given = rpc::field_of(request.fields, "X-Request-Id");
  trace.request_id = sane_id(given) ? std::string(given) : serving.new_request_id();
  return trace;
}

rpc::HttpResponse whole_answer(const rpc::HttpRequest& request, const Serving& serving) {
  auto preflight = answer_preflight(request, serving.options.allow_origins);
  rpc::HttpResponse response = preflight ? *std::move(preflight) : answer(request, serving);
  finish_reply(request, serving.options.allow_origins, response);
  response.fields.push_back({"X-Request-Id", request.request_id});
  return response;
}

/// Answers one request; false when the connection ends with it.
bool serve_request(const Socket& socket, Incoming& incoming, const Serving& serving) {
  const auto begin = Clock::now();
  rpc::HttpRequest& request = incoming.request;
  const Trace trace = trace_of(request, serving);
  const TraceScope scope(trace);
  const ClientScope client(socket.fd());
  request.request_id = trace.request_id;
  rpc::HttpResponse response = whole_answer(request, serving);
  const bool ends_with_stream = response.stream && !incoming.chunks;
  const ReplyManner manner{incoming.keep_alive && !serving.leaving() && !ends_with_stream,
                           incoming.chunks, request.method == "HEAD",
                           serving.options.write_timeout_ms,
                           [&] { return serving.draining() || has_left(socket.fd()); }};
  std::uint64_t sent = 0;
  const bool goes_on = write_reply(socket, response, manner, sent);
  if (serving.options.access_log) log_access(request, trace, response.status, sent, begin);
  if (!goes_on && !manner.keep_alive) socket.linger(serving.waker);
  return goes_on;
}

void refuse(const Socket& socket, const Refusal& refusal, const Serving& serving) {
  rpc::HttpResponse response =
      refusal.answer ? *refusal.answer : plain_error(refusal.status, refusal.detail);
  response.fields.push_back({"X-Content-Type-Options", "nosniff"});
  // Nothing private is in it, and a page would see but a network error.
  if (!serving.options.allow_origins.empty())
    response.fields.push_back({"Access-Control-Allow-Origin", "*"});
  const std::string id = serving.new_request_id();
  response.fields.push_back({"X-Request-Id", id});
  std::uint64_t sent = 0;
  write_reply(socket, response, {false, false, refusal.head_only, serving.options.write_timeout_ms},
              sent);
  if (serving.options.access_log) {
    log::info("request refused", {{"id", id},
                                  {"status", static_cast<std::int64_t>(refusal.status)},
                                  {"reason", refusal.detail}});
  }
  socket.linger(serving.waker);
}

}  // namespace

bool begin_connection(Socket& socket, const Serving& serving) {
  if (serving.identity == nullptr) return true;
  const Deadline deadline = after(serving.options.header_timeout_ms);
  constexpr std::string_view head = "HEAD ";
  std::array<char, head.size()> bytes{};
  std::size_t got = 0;
  if (socket.peek_some(bytes.data(), bytes.size(), got, deadline, serving.waker) != Io::ok)
    return false;
  const std::string_view first(bytes.data(), got);
  if (begins_a_head(first.front())) {
    refuse(socket, {400, "TLS is spoken here; begin the address with https://", first == head},
           serving);
    return false;
  }
  const Io io = socket.secure(serving.identity->session(), deadline, serving.waker);
  if (io == Io::ok) return true;
  if (io == Io::woken) return false;
  if (serving.options.access_log) {
    log::info("TLS not agreed on",
              {{"reason", io == Io::late ? "it took too long" : socket.tls_fault()}});
  }
  socket.linger(serving.waker);  // for the alert that says why
  return false;
}

void turn_away(const Socket& socket, const Serving& serving) {
  rpc::HttpResponse response = plain_error(503, "too many connections; try again");
  std::uint64_t sent = 0;
  write_reply(socket, response, {false, false, false, serving.options.write_timeout_ms}, sent);
  socket.linger(serving.waker);
}

void serve_connection(const Socket& socket, const Serving& serving) {
  RequestReader reader(socket, serving.options, serving.refuses_body);
  for (;;) {
    auto next = reader.next(serving.waker);
    if (std::holds_alternative<Gone>(next)) return;
    if (const auto* refusal = std::get_if<Refusal>(&next)) return refuse(socket, *refusal, serving);
    if (!serve_request(socket, std::get<Incoming>(next), serving)) return;
  }
}

}  // namespace kappa::net
