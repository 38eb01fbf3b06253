// The client side: a method's call becomes a request, its reply the method's result.
#pragma once

#include "rpc/errors.hpp"
#include "rpc/request.hpp"

namespace kappa::rpc {

/// Base of each module's remote twin, whose methods are one line each:
/// `Result<User> identify(const Identify& ask) override { return call<&Data::identify>(ask); }`
/// Thread-safe as its transport is. A peer that does not answer, or not as described, is
/// `unavailable`.
class Remote {
 public:
  explicit Remote(Transport send) : send_(std::move(send)) {}

 protected:
  template <auto Method>
  using SignatureOf = kappa::detail::Signature<decltype(Method)>;
  template <auto Method>
  using ReplyOf = Result<typename SignatureOf<Method>::Reply>;

  template <auto Method>
  ReplyOf<Method> call(const typename SignatureOf<Method>::Ask& ask) const {
    return exchange<Method>(ask, "");
  }
  template <auto Method>
  ReplyOf<Method> call(const Caller& caller, const typename SignatureOf<Method>::Ask& ask) const {
    return exchange<Method>(ask, caller.token);
  }

 private:
  template <auto Method>
  struct IsRoute {
    template <class R>
    using fn = std::is_same<typename R::Method, kappa::detail::MethodTag<Method>>;
  };

  template <auto Method>
  ReplyOf<Method> exchange(const typename SignatureOf<Method>::Ask& ask,
                           const std::string& token) const;

  Transport send_;
};

namespace detail {

/// A value as it stands in a path or query.
template <class M>
std::string parameter_text(const M& value) {
  const std::string json = write_json(value);
  const JsonView view(json);
  return view.kind() == JsonKind::string ? view.string() : json;
}

template <class R>
std::string path_of(const typename R::Ask& ask) {
  std::string path(R::path);
  boost::mp11::mp_for_each<Members<typename R::Ask>>([&](auto member) {
    if constexpr (R::in_path(decltype(member)::name)) {
      const std::string hole = "{" + std::string(member.name) + "}";
      path.replace(path.find(hole), hole.size(), url_encode(parameter_text(ask.*member.pointer)));
    }
  });
  return path;
}

void append_parameter(std::string& query, std::string_view name, std::string_view text);

template <class R>
std::string query_of(const typename R::Ask& ask) {
  std::string query;
  boost::mp11::mp_for_each<Members<typename R::Ask>>([&](auto member) {
    using M = MemberOf<typename R::Ask, decltype(member)>;
    const M& value = ask.*member.pointer;
    if constexpr (is_payload<M>) {
      for (const auto& [name, text] : value.value) append_parameter(query, name, text);
    } else if constexpr (is_optional<M>) {
      if (value) append_parameter(query, member.name, parameter_text(*value));
    } else if constexpr (!R::in_path(decltype(member)::name)) {
      append_parameter(query, member.name, parameter_text(value));
    }
  });
  return query;
}

template <class R>
std::string body_of(const typename R::Ask& ask) {
  std::string members;
  std::string payload;
  boost::mp11::mp_for_each<Members<typename R::Ask>>([&](auto member) {
    using M = MemberOf<typename R::Ask, decltype(member)>;
    const M& value = ask.*member.pointer;
    if constexpr (is_payload<M>) {
      payload = write_json(value.value);
    } else if constexpr (!R::in_path(decltype(member)::name)) {
      if constexpr (is_optional<M>) {
        if (!value) return;
      }
      members += (members.empty() ? "" : ",") + json_string(member.name) + ":" + write_json(value);
    }
  });
  return payload.empty() ? "{" + members + "}" : payload;
}

/// A stream's reply: its pieces, or the whole body as one.
Stream to_stream(HttpResponse response);
/// Names the request that this thread works on, if it does, so that the peer's log shows it too.
void add_trace(HttpRequest& request);
Error unreadable(const std::vector<Fault>& faults);

/// Whether a reply of 400 or more is the operation's own, as reply_head() makes it, and not an
/// error.
bool is_refusal(const HttpResponse& response);

}  // namespace detail

template <auto Method>
Remote::ReplyOf<Method> Remote::exchange(const typename SignatureOf<Method>::Ask& ask,
                                         const std::string& token) const {
  using Signature = SignatureOf<Method>;
  using Api = typename Signature::Interface::Api;
  using R = boost::mp11::mp_at<Api, boost::mp11::mp_find_if_q<Api, IsRoute<Method>>>;
  using Reply = typename Signature::Reply;
  HttpRequest request{std::string(R::verb), detail::path_of<R>(ask)};
  if constexpr (R::bodyless) {
    request.target += detail::query_of<R>(ask);
  } else {
    request.body = detail::body_of<R>(ask);
    request.fields.push_back({"Content-Type", "application/json"});
  }
  request.fields.push_back({"Accept", "*/*"});
  if (!token.empty()) request.fields.push_back({"Authorization", "Bearer " + token});
  detail::add_trace(request);
  HttpResponse response = TRY(send_(request));
  if (detail::is_refusal(response)) return to_error(response);
  if constexpr (std::is_same_v<Reply, Stream>) {
    return detail::to_stream(std::move(response));
  } else {
    Reply reply{};
    std::vector<Fault> faults;
    Reading reading{faults, false, true};
    read_json(response.body, reply, reading, max_reply_depth);
    if (!faults.empty()) return detail::unreadable(faults);
    return reply;
  }
}

}  // namespace kappa::rpc
