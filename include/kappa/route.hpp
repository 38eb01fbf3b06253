// One line per operation: from a Route and its described structs follow routing, validation,
// OpenAPI, server and client. Kept light: this header only describes; src/rpc/ does the work.
#pragma once

#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "kappa/core.hpp"

namespace kappa {

/// Who asks. An operation whose first parameter is `const Caller&` needs a bearer token, in the
/// server, in the client and in OpenAPI alike.
struct Caller {
  std::int64_t user_id = 0;
  std::string username;
  std::string token;  ///< a secret: never logged, never in an Error
};

/// The rest of the request taken whole: its body, or the query of a bodyless verb. So an argument
/// may have any name.
template <class T>
struct Payload {
  T value;
};

/// A reply of any length, made piece by piece while it is sent: log following, large bodies.
/// `next` gives a piece, an empty one while it has nothing to say, or nothing at the end; a stream
/// that has nothing to say ends when its client goes or the server drains. It is called from one
/// thread, and may block. An Error there breaks the transfer off, so that a cut reply is never
/// taken for a whole one.
struct Stream {
  std::string content_type;
  std::function<Result<std::optional<std::string>>()> next;
};

/// What a reply says beside its body, for the few that are not simply 200: found by `ReplyHead
/// reply_head(const T&)` beside the reply's type.
struct ReplyHead {
  unsigned status = 200;
  std::string field;  ///< a header field's name, or ""
  std::string value;
};

namespace detail {

/// Text as a template argument.
template <std::size_t N>
struct Literal {
  char text[N];
  constexpr Literal(const char (&from)[N]) {
    for (std::size_t i = 0; i < N; ++i) text[i] = from[i];
  }
  constexpr std::string_view view() const { return {text, N - 1}; }
  // Plain loops: under -fsanitize=undefined g++ 12 calls string_view::find on a template argument
  // non-constant.
  constexpr std::size_t find(char wanted) const {
    std::size_t i = 0;
    while (i < N - 1 && text[i] != wanted) ++i;
    return i;
  }
  constexpr std::size_t count(char wanted) const {
    std::size_t n = 0;
    for (const char c : text) n += c == wanted ? 1 : 0;
    return n;
  }
  constexpr bool has_hole(std::string_view name) const {
    for (std::size_t i = 0; i + name.size() + 2 < N; ++i) {
      bool same = text[i] == '{' && text[i + name.size() + 1] == '}';
      for (std::size_t k = 0; same && k < name.size(); ++k) same = text[i + 1 + k] == name[k];
      if (same) return true;
    }
    return false;
  }
};

/// What a method's type says: whom it belongs to, what it asks, what it replies, whether it needs a
/// caller.
template <class>
struct Signature;
template <class I, class R, class Q>
struct Signature<Result<R> (I::*)(const Q&)> {
  using Interface = I;
  using Reply = R;
  using Ask = Q;
  static constexpr bool needs_caller = false;
};
template <class I, class R, class Q>
struct Signature<Result<R> (I::*)(const Caller&, const Q&)> {
  using Interface = I;
  using Reply = R;
  using Ask = Q;
  static constexpr bool needs_caller = true;
};

/// A method as a type, so that its route can be found.
template <auto M>
struct MethodTag {};

/// "&kappa::runner::Runner::invoke" -> "invoke", as the compiler spells it.
template <auto M>
constexpr std::string_view method_name() {
  std::string_view text = __PRETTY_FUNCTION__;
  const std::size_t end = text.find_first_of(";]", text.find("M = "));
  text = text.substr(0, end);
  return text.substr(text.rfind(':') + 1);
}

}  // namespace detail

template <class T>
using Members = boost::describe::describe_members<T, boost::describe::mod_public |
                                                         boost::describe::mod_inherited>;

/// Marks the Route of a GET that does more than look: neither HEAD nor a browser's prefetch may set
/// it off.
struct Acts {};

/// Marks the Route whose Stream is text, of this media type: `Text<"text/event-stream">`. Others
/// are described as bytes.
template <detail::Literal Type>
struct Text {
  static constexpr std::string_view media_type = Type.view();
};

namespace detail {

template <class... Marks>
constexpr std::string_view media_type_of() {
  std::string_view found;
  [[maybe_unused]] const auto look = [&found]<class Mark>(Mark) {
    if constexpr (requires { Mark::media_type; }) found = Mark::media_type;
  };
  (look(Marks{}), ...);
  return found;
}

}  // namespace detail

/// `Route<"VERB /path/{member}", &Interface::method, "What it does.">`. Members of the request
/// struct named in the path are its parameters there; the others are the query of GET and DELETE,
/// or members of the JSON body.
template <detail::Literal Line, auto M, detail::Literal Doc, class... Marks>
struct Route : detail::Signature<decltype(M)> {
  using typename detail::Signature<decltype(M)>::Ask;
  using Method = detail::MethodTag<M>;
  static constexpr auto method = M;
  static constexpr std::string_view verb{Line.text, Line.find(' ')};
  static constexpr std::string_view path{Line.text + Line.find('/'),
                                         Line.view().size() - Line.find('/')};
  static constexpr std::string_view doc = Doc.view();
  static constexpr std::string_view name = detail::method_name<M>();
  static constexpr bool bodyless = Line.text[0] == 'G' || Line.text[0] == 'D';  // GET, DELETE
  static constexpr bool acts = (std::is_same_v<Marks, Acts> || ...);
  static constexpr std::string_view media_type = detail::media_type_of<Marks...>();
  static constexpr bool in_path(std::string_view member) { return Line.has_hole(member); }

  template <class Member>
  using InPath = boost::mp11::mp_bool<in_path(Member::name)>;
  static_assert(boost::mp11::mp_count_if<Members<Ask>, InPath>::value == Line.count('{'),
                "every {name} in the path must be a member of the request");
};

/// An interface's operations, in the order they are documented.
template <class... R>
using Routes = boost::mp11::mp_list<R...>;

}  // namespace kappa
