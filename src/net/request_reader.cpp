// Head first, looked at whole; then the body, by Beast.
#include "net/request_reader.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <utility>

namespace kappa::net {
namespace {

namespace http = boost::beast::http;
using Parser = http::request_parser<http::string_body>;

constexpr std::size_t read_size = 16384;
constexpr std::int64_t drain_ms = 1000;  // for what has begun to arrive when the server drains

std::string text_of(boost::beast::string_view view) { return {view.data(), view.size()}; }

/// "http://host/path" -> "/path": what a client that takes us for a proxy sends.
std::string origin_form(std::string target, bool of_options) {
  const std::size_t scheme = target.find("://");
  if (target.starts_with('/') || scheme == target.npos) return target;
  const std::size_t path = target.find_first_of("/?", scheme + 3);
  if (path == target.npos) return of_options ? "*" : "/";  // RFC 9112 3.2.4
  return target[path] == '?' ? "/" + target.substr(path) : target.substr(path);
}

/// What the head says. Taken before the body is read, for Beast adds the trailers to the fields,
/// and a trailer must not pass for one (RFC 9110 6.5.1).
Incoming incoming_with(const Parser::value_type& message) {
  Incoming incoming;
  incoming.chunks = message.version() >= 11;
  incoming.request.method = text_of(message.method_string());
  incoming.request.target =
      origin_form(text_of(message.target()), incoming.request.method == "OPTIONS");
  for (const auto& field : message)
    incoming.request.fields.push_back({text_of(field.name_string()), text_of(field.value())});
  return incoming;
}

Refusal refusal_of(const boost::system::error_code& ec) {
  if (ec == http::error::body_limit)
    return {413, "the request's body is larger than this server takes"};
  return {400, "the request is malformed: " + ec.message()};
}

}  // namespace

std::variant<Incoming, Refusal, Gone> RequestReader::next(int waker) {
  head_only_ = false;
  auto request = read(waker);
  if (auto* refusal = std::get_if<Refusal>(&request))
    refusal->head_only = head_only_ || buffer_.starts_with("HEAD ");
  asked_ = true;
  return request;
}

std::variant<Incoming, Refusal, Gone> RequestReader::read(int waker) {
  auto size = read_head(waker);
  if (auto* refusal = std::get_if<Refusal>(&size)) return std::move(*refusal);
  if (std::holds_alternative<Gone>(size)) return Gone{};
  const std::size_t head_size = std::get<std::size_t>(size);
  head_only_ = buffer_.starts_with("HEAD ");
  auto head = check_head(std::string_view(buffer_).substr(0, head_size));
  if (auto* refusal = std::get_if<Refusal>(&head)) return std::move(*refusal);
  return read_rest(head_size, std::get<Head>(head), waker);
}

Io RequestReader::read_more(Deadline& deadline, int& waker) {
  Io io = std::exchange(readable_, false) ? Io::ok : socket_.wait_readable(deadline, waker);
  if (io == Io::woken) {
    waker = -1;  // once
    deadline = std::min(deadline, after(drain_ms));
    io = socket_.wait_readable(deadline);
  }
  if (io != Io::ok) return io;
  std::array<char, read_size> piece;
  std::size_t got = 0;
  io = socket_.read_some(piece.data(), piece.size(), got, deadline);
  if (io == Io::ok) buffer_.append(piece.data(), got);
  return io;
}

std::variant<std::size_t, Refusal, Gone> RequestReader::read_head(int waker) {
  const auto limit = static_cast<std::size_t>(options_.header_bytes);
  if (buffer_.empty()) {
    Io io = socket_.wait_readable(after(options_.idle_timeout_ms), waker);
    if (io == Io::woken && !asked_) io = socket_.wait_readable(after(options_.leave_ms));
    if (io != Io::ok) return Gone{};
    readable_ = true;
  }
  Deadline deadline = after(options_.header_timeout_ms);
  for (std::size_t looked = 0;;) {
    while (buffer_.starts_with("\r\n"))
      buffer_.erase(0, 2);  // RFC 9112 2.2: an empty line before a request is passed over
    // Who does not speak HTTP would wait for the head's end, and so would we.
    if (!buffer_.empty() && buffer_ != "\r" && !begins_a_head(buffer_.front()))
      return Refusal{400, "this is not HTTP; TLS is spoken where Kappa listens at https://"};
    const std::size_t end = buffer_.find("\r\n\r\n", looked);
    const std::size_t line = buffer_.find('\n', looked);
    if (line < end && line > 0 && buffer_[line - 1] != '\r')
      return Refusal{400, "a line of the head does not end with CR LF"};
    if (end != buffer_.npos && end + 4 <= limit) return end + 4;
    if (buffer_.size() > limit || end != buffer_.npos) {
      const bool long_target = buffer_.find("\r\n") >= limit;
      return Refusal{long_target ? 414u : 431u,
                     "the request's head is larger than " + std::to_string(limit) + " bytes"};
    }
    looked = buffer_.size() < 3 ? 0 : buffer_.size() - 3;
    const Io io = read_more(deadline, waker);
    if (io == Io::late && !buffer_.empty()) return Refusal{408, "the request's head took too long"};
    if (io != Io::ok) return Gone{};
  }
}

std::variant<Incoming, Refusal, Gone> RequestReader::read_rest(std::size_t head_size,
                                                               const Head& head, int waker) {
  Parser parser;
  parser.header_limit(static_cast<std::uint32_t>(options_.header_bytes));
  parser.body_limit(static_cast<std::uint64_t>(options_.body_bytes));
  auto look_at_chunk = [](std::uint64_t, boost::beast::string_view extensions,
                          boost::system::error_code& ec) {
    if (std::any_of(extensions.begin(), extensions.end(), is_control))
      ec = http::error::bad_chunk_extension;  // Beast takes anything between quotes
  };
  parser.on_chunk_header(look_at_chunk);
  boost::system::error_code ec;
  parser.put(boost::asio::buffer(buffer_.data(), head_size), ec);
  if (ec && ec != http::error::need_more) return refusal_of(ec);
  buffer_.erase(0, head_size);
  parser.eager(true);
  Incoming incoming = incoming_with(parser.get());
  incoming.keep_alive = head.keep_alive;
  if (!parser.is_done() && refuses_body_) {
    if (auto answer = refuses_body_(incoming.request))
      return Refusal{answer->status, "its body is not read", false, std::move(answer)};
  }
  // RFC 9110 10.1.1: a client of HTTP/1.0 does not know what 100 is.
  const bool expects = incoming.chunks && !parser.get()[http::field::expect].empty();
  if (!parser.is_done() && buffer_.empty() && expects) {
    if (socket_.write_all("HTTP/1.1 100 Continue\r\n\r\n", after(options_.write_timeout_ms)) !=
        Io::ok)
      return Gone{};
  }
  Deadline deadline = after(options_.body_timeout_ms);
  while (!parser.is_done()) {
    if (!buffer_.empty()) {
      const std::size_t used = parser.put(boost::asio::buffer(buffer_), ec);
      buffer_.erase(0, used);
      if (ec && ec != http::error::need_more) return refusal_of(ec);
      if (parser.is_done()) break;
      // A chunk's line, with its extensions, or the trailers, which only come in whole.
      if (buffer_.size() > static_cast<std::size_t>(options_.header_bytes))
        return Refusal{431, "a chunk's line or the trailers are too large"};
    }
    const Io io = read_more(deadline, waker);
    if (io == Io::late) return Refusal{408, "the request's body took too long"};
    if (io != Io::ok) return Gone{};
  }
  incoming.request.body = std::move(parser.get().body());
  return incoming;
}

}  // namespace kappa::net
