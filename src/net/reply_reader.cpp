// Replies by Beast's parser; a stream's pieces are taken out of it as they come.
#include "net/reply_reader.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>

namespace kappa::net {
namespace {

namespace http = boost::beast::http;

Error failed(std::string why, Contact contact) {
  return {Code::unavailable, std::move(why), {}, contact};
}

constexpr std::size_t read_size = 16384;
constexpr std::uint32_t head_bytes = 64 << 10;

/// A connection in the middle of a reply.
class Reply {
 public:
  Reply(std::unique_ptr<Socket> socket, const ClientOptions& options, Deadline end, Keep keep)
      : socket_(std::move(socket)),
        options_(options),
        keep_(std::move(keep)),
        deadline_(std::min(end, after(options.reply_timeout_ms))) {
    start_parser();
  }

  Result<Nothing> read_head(bool head_only) {
    for (;;) {
      parser_->skip(head_only);
      while (!parser_->is_header_done()) TRY(feed());
      const unsigned status = parser_->get().result_int();
      if (status >= 200 || status == 101) break;
      start_parser();  // RFC 9110 15.2: what comes before the reply is passed over
    }
    parser_->eager(true);
    return Nothing{};
  }

  Result<Nothing> read_body() {
    while (!parser_->is_done()) {
      TRY(feed());
      if (parser_->get().body().size() > static_cast<std::size_t>(options_.reply_bytes)) {
        return failed("the reply is larger than " + std::to_string(options_.reply_bytes) + " bytes",
                      Contact::strange);
      }
    }
    return Nothing{};
  }

  bool is_stream() {
    const auto type = parser_->get()[http::field::content_type];
    return parser_->chunked() && !type.starts_with("application/json");
  }

  rpc::HttpResponse take() {
    rpc::HttpResponse response;
    auto& message = parser_->get();
    response.status = message.result_int();
    for (const auto& field : message) {
      response.fields.push_back({{field.name_string().data(), field.name_string().size()},
                                 {field.value().data(), field.value().size()}});
    }
    response.body = std::move(message.body());
    return response;
  }

  /// The next piece of a stream.
  Result<std::optional<std::string>> piece() {
    deadline_ = after(options_.reply_timeout_ms);
    std::string& body = parser_->get().body();
    while (body.empty() && !parser_->is_done()) TRY(feed());
    if (body.empty()) {
      finish();
      return std::optional<std::string>();
    }
    return std::optional<std::string>(std::exchange(body, {}));
  }

  void finish() {
    if (socket_ && parser_->is_done() && parser_->keep_alive() && buffer_.empty())
      keep_(std::move(socket_));
  }

 private:
  void start_parser() {
    parser_.emplace();
    parser_->header_limit(head_bytes);
    parser_->body_limit(boost::none);
  }

  /// Gives the parser more; reads when it has had all there is.
  Result<Nothing> feed() {
    boost::system::error_code ec;
    if (!buffer_.empty()) {
      const std::size_t used = parser_->put(boost::asio::buffer(buffer_), ec);
      buffer_.erase(0, used);
      if (ec && ec != http::error::need_more)
        return failed("the reply is malformed: " + ec.message(), Contact::strange);
      if (used > 0 || parser_->is_done()) return Nothing{};
    }
    std::array<char, read_size> chunk;
    std::size_t got = 0;
    const Io io = socket_->read_some(chunk.data(), chunk.size(), got, deadline_);
    if (io == Io::late) return failed("no reply came in time", Contact::late);
    if (io != Io::ok) return closed();
    buffer_.append(chunk.data(), got);
    return Nothing{};
  }

  /// The server has closed: the end of a reply without a length, or too early.
  Result<Nothing> closed() {
    boost::system::error_code ec;
    if (!parser_->got_some())
      return failed("the connection was closed before a reply came", Contact::cut);
    parser_->put_eof(ec);
    if (ec || !parser_->is_done() || !socket_->ended_properly())
      return failed("the connection was closed in the middle of the reply", Contact::cut);
    return Nothing{};
  }

  std::unique_ptr<Socket> socket_;
  const ClientOptions options_;
  const Keep keep_;
  Deadline deadline_;
  std::optional<http::response_parser<http::string_body>> parser_;
  std::string buffer_;
};

}  // namespace

Result<rpc::HttpResponse> read_reply(std::unique_ptr<Socket> socket, bool head_only,
                                     const ClientOptions& options, Deadline end, Keep keep) {
  auto reply = std::make_shared<Reply>(std::move(socket), options, end, std::move(keep));
  TRY(reply->read_head(head_only));
  if (!reply->is_stream()) {
    TRY(reply->read_body());
    rpc::HttpResponse response = reply->take();
    reply->finish();
    return response;
  }
  rpc::HttpResponse response = reply->take();
  response.stream = Stream{std::string(rpc::field_of(response.fields, "Content-Type")),
                           [reply] { return reply->piece(); }};
  return response;
}

}  // namespace kappa::net
