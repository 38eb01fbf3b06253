// By hand: Beast's serialiser was the dearest part of a small reply.
#include "net/response_writer.hpp"

#include <array>
#include <boost/beast/http/status.hpp>
#include <cstdio>
#include <ctime>

namespace kappa::net {
namespace {

/// RFC 9110's date: "Tue, 24 Nov 2026 11:00:16 GMT".
std::string http_date() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  std::array<char, 64> text{};
  const std::size_t size =
      std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
  return {text.data(), size};
}

std::string head_of(const rpc::HttpResponse& response, const ReplyManner& manner) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + ' ';
  head += reason_phrase(response.status);
  head += "\r\nDate: " + http_date() + "\r\n";
  for (const auto& [name, value] : response.fields) {
    head += name;
    head += ": ";
    head += value;
    head += "\r\n";
  }
  if (response.status == 204 || response.status == 304) {
    // RFC 9110 6.4.1: these have no body, and no length.
  } else if (!response.stream) {
    head += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
  } else if (manner.chunks) {
    head += "Transfer-Encoding: chunked\r\n";
  }
  if (!manner.keep_alive) {
    head += "Connection: close\r\n";
  } else if (!manner.chunks) {
    head += "Connection: keep-alive\r\n";  // HTTP/1.0 ends a connection that does not say so
  }
  return head + "\r\n";
}

/// A piece as a chunk of its own, or as it is.
std::string framed(const std::string& piece, bool chunks) {
  if (!chunks) return piece;
  std::array<char, 24> size{};
  std::snprintf(size.data(), size.size(), "%zx\r\n", piece.size());
  return size.data() + piece + "\r\n";
}

bool write_stream(const Socket& socket, const Stream& stream, const ReplyManner& manner,
                  std::uint64_t& sent) {
  for (;;) {
    const auto piece = stream.next();
    if (!piece) return false;
    if (!*piece) break;
    if ((*piece)->empty()) {  // as a chunk it would be the end
      if (manner.unwanted && manner.unwanted()) break;
      continue;
    }
    sent += (*piece)->size();
    if (socket.write_all(framed(**piece, manner.chunks), after(manner.write_timeout_ms)) != Io::ok)
      return false;
  }
  return !manner.chunks || socket.write_all("0\r\n\r\n", after(manner.write_timeout_ms)) == Io::ok;
}

}  // namespace

std::string_view reason_phrase(unsigned status) {
  const auto words = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
  return {words.data(), words.size()};
}

bool write_reply(const Socket& socket, rpc::HttpResponse& response, const ReplyManner& manner,
                 std::uint64_t& sent) {
  std::string bytes = head_of(response, manner);
  if (!manner.head_only) bytes += response.body;
  sent = manner.head_only ? 0 : response.body.size();
  if (socket.write_all(bytes, after(manner.write_timeout_ms)) != Io::ok) return false;
  if (!response.stream || manner.head_only) return manner.keep_alive;
  return write_stream(socket, *response.stream, manner, sent) && manner.keep_alive;
}

}  // namespace kappa::net
