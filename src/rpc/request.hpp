// From a request's path, query and body to the struct an operation asks for.
#pragma once

#include <algorithm>

#include "rpc/record.hpp"
#include "rpc/router.hpp"

namespace kappa::rpc {

template <class>
constexpr bool is_payload = false;
template <class T>
constexpr bool is_payload<Payload<T>> = true;

/// A path or query text as JSON: quoted for members that are texts, else as it stands where it is a
/// JSON value.
std::string parameter_json(std::string_view text, bool textual);

/// Where each member of route R comes from.
template <class R>
std::string_view section_of(std::string_view name) {
  if (R::in_path(name)) return "path";
  return R::bodyless ? "query" : "body";
}

/// Reads what route R asks from the request, all of it; leaves faults where it does not fit, as
/// where its body is deeper than `max_depth`.
template <class R>
typename R::Ask read_request(const HttpRequest& request, const RouteMatch& match, Reading& reading,
                             std::size_t max_depth = max_request_depth);

namespace detail {

template <class Ask>
constexpr bool has_payload() {
  bool found = false;
  boost::mp11::mp_for_each<Members<Ask>>(
      [&](auto member) { found |= is_payload<MemberOf<Ask, decltype(member)>>; });
  return found;
}

/// The whole body or query as one value: RawJson is kept as it was written, but must be an object.
template <class T>
void read_payload(std::string_view checked, Payload<T>& out, Reading& reading) {
  const JsonView view(checked);
  if (view.kind() != JsonKind::object) return reading.mismatch({}, "object", view);
  Codec<T>::read(view, out.value, {}, reading);
}

template <class R>
void read_path(const RouteMatch& match, typename R::Ask& ask, Reading& reading) {
  boost::mp11::mp_for_each<Members<typename R::Ask>>([&](auto member) {
    using M = MemberOf<typename R::Ask, decltype(member)>;
    if constexpr (R::in_path(decltype(member)::name)) {
      for (const auto& [name, text] : match.path) {
        if (name != member.name) continue;
        const std::string json = parameter_json(text, Codec<M>::textual);
        const At root;
        Codec<M>::read(JsonView(json), ask.*member.pointer, {&root, member.name}, reading);
      }
    }
  });
}

/// The query as a JSON object, its values typed by the members they go to; a payload's are all
/// texts.
template <class R>
std::string query_object(const RouteMatch& match, Reading& reading) {
  std::string out;
  std::vector<std::string_view> seen;
  for (const auto& parameter : match.target.parameters) {
    const auto& key = parameter.first;  // no structured binding: clang 14 cannot capture one
    bool textual = true;
    boost::mp11::mp_for_each<Members<typename R::Ask>>([&](auto member) {
      using M = MemberOf<typename R::Ask, decltype(member)>;
      if constexpr (!is_payload<M> && !R::in_path(decltype(member)::name)) {
        if (key == member.name) textual = Codec<M>::textual;
      }
    });
    const At root;
    if (std::find(seen.begin(), seen.end(), key) != seen.end())
      reading.fault({&root, key}, "is given twice");
    seen.push_back(key);
    out += (out.empty() ? "" : ",") + json_string(key) + ":" +
           parameter_json(parameter.second, textual);
  }
  return "{" + out + "}";
}

/// Reads an object's members into those of Ask that are not in the path.
template <class R>
void read_members(JsonView view, typename R::Ask& ask, Reading& reading) {
  using Ask = typename R::Ask;
  const At root;
  if (view.kind() != JsonKind::object) return reading.mismatch(root, "object", view);
  std::vector<std::string> seen;
  std::vector<std::string_view> known;
  boost::mp11::mp_for_each<Members<Ask>>([&](auto member) {
    if (!R::in_path(member.name)) known.push_back(member.name);
  });
  for (JsonCursor cursor(view); cursor.next();) {
    const std::string key = cursor.key();
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      reading.fault({&root, key}, unknown_member(key, known));
    }
    boost::mp11::mp_for_each<Members<Ask>>([&](auto member) {
      using M = MemberOf<Ask, decltype(member)>;
      if constexpr (!R::in_path(decltype(member)::name)) {
        if (key == member.name)
          Codec<M>::read(cursor.value(), ask.*member.pointer, {&root, key}, reading);
      }
    });
    seen.push_back(key);
  }
  boost::mp11::mp_for_each<Members<Ask>>([&](auto member) {
    const bool optional = is_optional<MemberOf<Ask, decltype(member)>> || R::in_path(member.name);
    if (!optional && std::find(seen.begin(), seen.end(), member.name) == seen.end()) {
      reading.fault({&root, member.name}, "is required");
    }
  });
}

}  // namespace detail

template <class R>
typename R::Ask read_request(const HttpRequest& request, const RouteMatch& match, Reading& reading,
                             std::size_t max_depth) {
  using Ask = typename R::Ask;
  Ask ask{};
  detail::read_path<R>(match, ask, reading);
  std::string made;
  std::string_view rest =
      request.body.empty() ? std::string_view("{}") : std::string_view(request.body);
  if constexpr (R::bodyless) {
    made = detail::query_object<R>(match, reading);
    rest = made;
  } else if (auto fault = json_fault(rest, max_depth)) {
    reading.fault({}, std::move(*fault));
    return ask;
  }
  if constexpr (detail::has_payload<Ask>()) {
    boost::mp11::mp_for_each<Members<Ask>>([&](auto member) {
      if constexpr (is_payload<MemberOf<Ask, decltype(member)>>) {
        detail::read_payload(rest, ask.*member.pointer, reading);
      }
    });
  } else {
    detail::read_members<R>(JsonView(rest), ask, reading);
  }
  // Where a broken stream of events goes on, as browsers say it.
  if constexpr (requires { ask.last_event_id; }) {
    const std::string_view id = field_of(request.fields, "Last-Event-ID");
    if (!id.empty()) ask.last_event_id = std::string(id);
  }
  return ask;
}

}  // namespace kappa::rpc
