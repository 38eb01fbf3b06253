// What every module is written in: errors, results, and how to pass an error on.
#pragma once

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/system/result.hpp>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace kappa {

/// Every way an operation can be refused. Each has one HTTP status (src/rpc/errors.cpp) and no
/// other meaning.
enum class Code {
  invalid_argument,  ///< 400: the function takes no such argument, or lacks one; `detail` is the
                     ///< argument's name
  unauthorized,      ///< 401: no token, or one that is malformed, expired or revoked
  over_budget,       ///< 402: the user's budget for the month is used up; nothing was run
  not_found,         ///< 404: absent, or somebody else's: the two answer the same
  unacceptable,      ///< 406: the code does not parse, does not load, or has no usable main()
  conflict,          ///< 409: the name is taken, or the outcome was recorded already
  too_large,         ///< 413: more bytes than the operation's limit
  invalid,           ///< 422: the request does not fit its description; `faults` says where
  limited,           ///< 429: more calls at once than may run; nothing was run, try again
  internal,          ///< 500: a bug or a broken machine; logged under the request id
  unavailable,  ///< 503: disk full, database locked, or a part of Kappa is down; nothing was done
};
BOOST_DESCRIBE_ENUM(Code, invalid_argument, unauthorized, over_budget, not_found, unacceptable,
                    conflict, too_large, invalid, limited, internal, unavailable)

/// One thing wrong with a value. `at` is a JSON Pointer (RFC 6901) into the request; "" is the
/// whole of it.
struct Fault {
  std::string at;
  std::string why;  ///< completes "the value ...": "expected integer, got string"
};
BOOST_DESCRIBE_STRUCT(Fault, (), (at, why))

/// How far a request over HTTP got, when its client had to make the error itself.
enum class Contact {
  made,         ///< the error is the operation's own
  unreachable,  ///< nobody answers there
  cut,          ///< the connection ended before the answer; what was asked for may have been done
  untrusted,    ///< whoever answers did not prove, over TLS, to be who was asked
  refused,      ///< whoever answers does not accept the token of a module; nothing was done
  late,         ///< no answer in time; what was asked for may have been done
  strange,      ///< the answer was not as described
};

/// The one error of the whole system. But for `contact` it crosses HTTP and comes back equal.
/// Never holds a secret or a user's payload: it is logged and shown.
struct Error {
  Code code = Code::internal;
  std::string detail;
  std::vector<Fault> faults = {};
  Contact contact = Contact::made;
};

/// What every operation returns. An Error is an expected outcome; exceptions mean a bug or a broken
/// machine.
template <class T>
using Result = boost::system::result<T, Error>;

/// The reply of an operation that has nothing to say; `null` in JSON.
struct Nothing {};
BOOST_DESCRIBE_STRUCT(Nothing, (), ())

}  // namespace kappa

/// The value of a Result, or an early return of its Error: `auto fn =
/// TRY(data.find_function(ask));`
#define TRY(...)                                             \
  __extension__({                                            \
    auto try_result_ = (__VA_ARGS__);                        \
    if (!try_result_) return std::move(try_result_).error(); \
    *std::move(try_result_);                                 \
  })
