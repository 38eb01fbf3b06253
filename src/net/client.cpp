// A stack of kept connections, and one exchange on one of them.
#include "net/client.hpp"

#include <memory>
#include <mutex>
#include <vector>

#include "net/address.hpp"
#include "net/reply_reader.hpp"

namespace kappa::net {
namespace {

constexpr std::size_t kept_at_most = 16;

std::string head_of(const rpc::HttpRequest& request, const std::string& host) {
  std::string head = request.method + " " + request.target + " HTTP/1.1\r\nHost: " + host + "\r\n";
  for (const auto& [name, value] : request.fields) {
    head += name;
    head += ": ";
    head += value;
    head += "\r\n";
  }
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
    head += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  }
  return head + "\r\n";
}

bool safe_to_repeat(const std::string& method) {
  return method == "PUT" || method == "DELETE" || method == "HEAD";
}

class Client : public std::enable_shared_from_this<Client> {
 public:
  Client(std::string url, Result<Address> address, const ClientOptions& options)
      : url_(std::move(url)), address_(std::move(address)), options_(options) {}

  Result<rpc::HttpResponse> exchange(const rpc::HttpRequest& request) {
    if (!address_) return address_.error();
    if (auto kept = take_kept()) {
      auto reply = exchange_on(std::move(kept), request);
      const bool dead_before_reply = !reply && reply.error().detail == closed_before_reply;
      if (!dead_before_reply || !safe_to_repeat(request.method)) return told(std::move(reply));
    }
    auto fresh = connect_to(*address_, after(options_.connect_timeout_ms));
    if (!fresh) return unreachable(fresh.error().detail);
    return told(exchange_on(std::make_unique<Socket>(*std::move(fresh)), request));
  }

 private:
  static constexpr std::string_view closed_before_reply =
      "the connection was closed before a reply came";

  std::unique_ptr<Socket> take_kept() {
    const std::scoped_lock lock(mutex_);
    while (!kept_.empty()) {
      auto socket = std::move(kept_.back());
      kept_.pop_back();
      if (!socket->stale()) return socket;
    }
    return nullptr;
  }

  void keep(std::unique_ptr<Socket> socket) {
    const std::scoped_lock lock(mutex_);
    if (kept_.size() < kept_at_most) kept_.push_back(std::move(socket));
  }

  Result<rpc::HttpResponse> exchange_on(std::unique_ptr<Socket> socket,
                                        const rpc::HttpRequest& request) {
    const std::string host =
        address_->unix_path.empty()
            ? url_.substr(url_.find("//") == url_.npos ? 0 : url_.find("//") + 2)
            : "localhost";
    const Io sent =
        socket->write_all(head_of(request, host) + request.body, after(options_.reply_timeout_ms));
    if (sent == Io::late) return Error{Code::unavailable, "the request was not taken in time"};
    // Closed while we wrote: the server may have refused it already, and its reply waits to be
    // read.
    const auto weak = weak_from_this();
    return read_reply(std::move(socket), request.method == "HEAD", options_,
                      [weak](std::unique_ptr<Socket> whole) {
                        if (const auto client = weak.lock()) client->keep(std::move(whole));
                      });
  }

  Result<rpc::HttpResponse> told(Result<rpc::HttpResponse> reply) const {
    if (reply) return reply;
    return Error{Code::unavailable, "Kappa at " + url_ + ": " + reply.error().detail};
  }

  Error unreachable(const std::string& reason) const {
    return {Code::unavailable, "cannot reach Kappa at " + url_ + ": " + reason +
                                   "; is it running? start it with: kappa serve"};
  }

  const std::string url_;
  const Result<Address> address_;
  const ClientOptions options_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Socket>> kept_;  // guarded by mutex_
};

}  // namespace

rpc::Transport connect(const std::string& url, const ClientOptions& options) {
  // Shared, because a transport is copied and its copies are one pool.
  const auto client = std::make_shared<Client>(url, parse_address(url), options);
  return [client](const rpc::HttpRequest& request) { return client->exchange(request); };
}

}  // namespace kappa::net
