// A stack of kept connections, and one exchange on one of them.
#include "net/client.hpp"

#include <poll.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/client_watch.hpp"
#include "net/address.hpp"
#include "net/reply_reader.hpp"

namespace kappa::net {
namespace {

std::string head_of(const rpc::HttpRequest& request, const Url& url) {
  std::string head = request.method + " " + url.base + request.target +
                     " HTTP/1.1\r\nHost: " + url.host_field + "\r\n";
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

/// Waits for a reply to begin; false when whoever this thread works for goes away before.
/// Io::woken: whoever asked went away before a reply came.
Io wait_for_reply(const Socket& socket, Deadline deadline) {
  return socket.wait_readable(deadline, client_of_this_thread(), POLLRDHUP);
}

class Client : public std::enable_shared_from_this<Client> {
 public:
  Client(std::string text, Result<Url> url, const ClientOptions& options)
      : text_(std::move(text)), url_(std::move(url)), options_(options) {
    if (url_ && url_->tls) trust_ = TlsTrust::open(options.authorities);
  }

  Result<rpc::HttpResponse> exchange(const rpc::HttpRequest& request) {
    if (!url_) return url_.error();
    if (trust_ && !*trust_) return trust_->error();
    const Deadline end =
        options_.total_timeout_ms > 0 ? after(options_.total_timeout_ms) : Deadline::max();
    if (auto kept = take_kept()) {
      auto reply = exchange_on(std::move(kept), request, end);
      const bool dead_before_reply = !reply && reply.error().detail == closed_before_reply;
      if (!dead_before_reply || !safe_to_repeat(request.method)) return told(std::move(reply));
    }
    auto fresh = open(std::min(end, after(options_.connect_timeout_ms)));
    if (!fresh) return unreachable(fresh.error());
    return told(exchange_on(std::make_unique<Socket>(*std::move(fresh)), request, end));
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
    if (std::ssize(kept_) < options_.kept_connections) kept_.push_back(std::move(socket));
  }

  Result<Socket> open(Deadline deadline) const {
    Socket socket = TRY(connect_to(url_->address, deadline, resolver_));
    if (!trust_) return socket;
    auto session = (*trust_)->session(url_->address.host);
    if (!session)
      return Error{
          Code::unavailable, "no certificate can be for this name", {}, Contact::untrusted};
    const Io io = socket.secure(std::move(session), deadline);
    if (io == Io::late) return Error{Code::unavailable, "TLS was not agreed on in time"};
    if (io != Io::ok) return Error{Code::unavailable, socket.tls_fault(), {}, Contact::untrusted};
    return socket;
  }

  Result<rpc::HttpResponse> exchange_on(std::unique_ptr<Socket> socket,
                                        const rpc::HttpRequest& request, Deadline end) {
    const Io sent = socket->write_all(head_of(request, *url_) + request.body,
                                      std::min(end, after(options_.reply_timeout_ms)));
    if (sent == Io::late)
      return Error{Code::unavailable, "the request was not taken in time", {}, Contact::late};
    const Deadline late = std::min(end, after(options_.reply_timeout_ms));
    if (options_.leave_with_client) {
      const Io came = wait_for_reply(*socket, late);
      if (came == Io::woken) return Error{Code::unavailable, "whoever asked went away"};
      if (came == Io::late)
        return Error{Code::unavailable, "no reply came in time", {}, Contact::late};
    }
    // Closed while we wrote: the server may have refused it already, and its reply waits to be
    // read.
    const auto weak = weak_from_this();
    return read_reply(std::move(socket), request.method == "HEAD", options_, end,
                      [weak](std::unique_ptr<Socket> whole) {
                        if (const auto client = weak.lock()) client->keep(std::move(whole));
                      });
  }

  Result<rpc::HttpResponse> told(Result<rpc::HttpResponse> reply) const {
    if (reply) return reply;
    Error error = std::move(reply).error();
    error.detail = "Kappa at " + text_ + ": " + error.detail;
    return error;
  }

  Error unreachable(Error error) const {
    if (error.contact == Contact::made) error.contact = Contact::unreachable;
    error.detail = "cannot reach Kappa at " + text_ + ": " + error.detail;
    return error;
  }

  const std::string text_;
  const Result<Url> url_;
  const ClientOptions options_;
  const Resolver resolver_;
  std::optional<Result<TlsTrust>> trust_;  // with https
  std::mutex mutex_;
  std::vector<std::unique_ptr<Socket>> kept_;  // guarded by mutex_
};

}  // namespace

rpc::Transport connect(const std::string& url, const ClientOptions& options) {
  // Shared, because a transport is copied and its copies are one pool.
  const auto client = std::make_shared<Client>(url, parse_url(url), options);
  return [client](const rpc::HttpRequest& request) { return client->exchange(request); };
}

}  // namespace kappa::net
