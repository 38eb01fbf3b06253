// The server side: an interface's operations become a router's.
#pragma once

#include <functional>
#include <memory>

#include "rpc/errors.hpp"
#include "rpc/media.hpp"
#include "rpc/request.hpp"

namespace kappa::rpc {

/// Whose bearer token this is; unauthorized when nobody's.
using Authenticate = std::function<Result<Caller>(const std::string& token)>;

/// The token of "Authorization: Bearer TOKEN". unauthorized: none, or malformed.
Result<std::string> bearer_token(const HttpRequest& request);

/// A stream's reply, or its pieces' error.
HttpResponse to_response(Stream stream);
/// A 200 with a JSON body, private to its asker.
HttpResponse json_response(std::string body);

namespace detail {

template <class Reply>
HttpResponse reply_with(Reply reply) {
  if constexpr (std::is_same_v<Reply, Stream>) {
    return to_response(std::move(reply));
  } else {
    HttpResponse response = json_response(write_json(reply));
    if constexpr (requires { reply_head(reply); }) {
      ReplyHead head = reply_head(reply);
      response.status = head.status;
      if (!head.field.empty())
        response.fields.push_back({std::move(head.field), std::move(head.value)});
    }
    return response;
  }
}

template <class R, class Interface>
HttpResponse run(Interface& object, const Authenticate& authenticate, const HttpRequest& request,
                 const RouteMatch& match) {
  [[maybe_unused]] Caller caller;
  if constexpr (R::needs_caller) {  // before the body is looked at: strangers learn nothing of it
    const auto token = bearer_token(request);
    if (!token) return to_response(token.error());
    auto known = authenticate(*token);
    if (!known) return to_response(known.error());
    caller = *std::move(known);
  }
  if (auto refusal = media_refusal(request, !std::is_same_v<typename R::Reply, Stream>))
    return *std::move(refusal);
  std::vector<Fault> faults;
  Reading reading{faults};
  const auto ask = read_request<R>(request, match, reading,
                                   authenticate ? max_request_depth : max_inner_request_depth);
  if (!faults.empty()) return to_response({Code::invalid, "", std::move(faults)}, section_of<R>);
  auto result = [&] {
    if constexpr (R::needs_caller) {
      return (object.*R::method)(caller, ask);
    } else {
      return (object.*R::method)(ask);
    }
  }();
  if (!result) return to_response(result.error(), section_of<R>);
  return reply_with(*std::move(result));
}

template <class M>
std::string payload_schema(Definitions& definitions) {
  using Value = decltype(M::value);
  if constexpr (Record<Value>) return Codec<Value>::schema(definitions);
  return R"({"type":"object","additionalProperties":true})";
}

/// What a request's body is; "" when there is none. It has the name of what is asked.
template <class R>
std::string body_schema(Definitions& definitions) {
  using Ask = typename R::Ask;
  std::string schema;
  if constexpr (has_payload<Ask>()) {
    boost::mp11::mp_for_each<Members<Ask>>([&](auto member) {
      using M = MemberOf<Ask, decltype(member)>;
      if constexpr (is_payload<M>) schema = payload_schema<M>(definitions);
    });
  } else if constexpr (boost::mp11::mp_count_if<Members<Ask>, R::template InPath>::value <
                       boost::mp11::mp_size<Members<Ask>>::value) {
    const auto in_body = [](std::string_view name) { return !R::in_path(name); };
    schema = define(definitions, type_name<Ask>(), object_schema<Ask>(definitions, in_body));
  }
  return schema;
}

template <class R>
OperationDoc describe(Definitions& definitions) {
  OperationDoc doc{R::verb, R::path, R::name, R::doc, R::needs_caller};
  doc.acts = R::acts;
  doc.media_type = R::media_type;
  boost::mp11::mp_for_each<Members<typename R::Ask>>([&](auto member) {
    using M = MemberOf<typename R::Ask, decltype(member)>;
    if constexpr (is_payload<M>) {
      constexpr auto rest = R"({"type":"object","additionalProperties":{"type":"string"}})";
      if (R::bodyless) doc.parameters.push_back({member.name, "query", false, rest, true});
    } else if constexpr (R::bodyless || R::in_path(decltype(member)::name)) {
      doc.parameters.push_back({member.name, R::in_path(member.name) ? "path" : "query",
                                !is_optional<M>, Codec<M>::schema(definitions)});
    }
  });
  if constexpr (!R::bodyless) doc.body_schema = body_schema<R>(definitions);
  if constexpr (!std::is_same_v<typename R::Reply, Stream>)
    doc.reply_schema = Codec<typename R::Reply>::schema(definitions);
  return doc;
}

}  // namespace detail

/// Adds what an interface's operations are, and nobody to do them: for their description alone.
template <class Interface>
void describe(Router& router) {
  boost::mp11::mp_for_each<typename Interface::Api>([&](auto route) {
    router.add(detail::describe<decltype(route)>(router.definitions()), nullptr);
  });
}

/// Adds every operation of `object`, which must outlive the router. `authenticate` is asked for
/// operations that take a Caller; an interface without such needs none, and is taken to be asked by
/// other modules.
template <class Interface>
void mount(Router& router, Interface& object, Authenticate authenticate = nullptr) {
  const auto shared = std::make_shared<const Authenticate>(std::move(authenticate));
  boost::mp11::mp_for_each<typename Interface::Api>([&](auto route) {
    using R = decltype(route);
    router.add(detail::describe<R>(router.definitions()),
               [&object, shared](const HttpRequest& request, const RouteMatch& match) {
                 return detail::run<R>(object, *shared, request, match);
               });
  });
}

}  // namespace kappa::rpc
