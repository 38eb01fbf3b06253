// The table of codes, and the error body.
#include "rpc/errors.hpp"

#include "rpc/record.hpp"

namespace kappa::rpc {
namespace {

constexpr std::string_view misfit = "the request does not fit its description";

/// An error body's members besides `detail`, whose shape depends on the code.
struct ErrorBody {
  Code code = Code::internal;
  std::vector<Fault> faults;
  RawJson detail;
};
BOOST_DESCRIBE_STRUCT(ErrorBody, (), (detail, code, faults))

/// An error body of whoever knows no codes.
struct PlainBody {
  std::string detail;
};
BOOST_DESCRIBE_STRUCT(PlainBody, (), (detail))

struct Misfit {
  std::vector<std::string> loc;
  std::string msg;
  std::string type;
};
BOOST_DESCRIBE_STRUCT(Misfit, (), (loc, msg, type))

struct InvalidArgument {
  std::string invalid_argument;
};
BOOST_DESCRIBE_STRUCT(InvalidArgument, (), (invalid_argument))

/// "/limits/timeout_ms" -> {"body", "limits", "timeout_ms"}
std::vector<std::string> location(std::string_view pointer, SectionOf section_of) {
  std::vector<std::string> loc;
  for (std::size_t at = 0; at < pointer.size();) {
    const std::size_t end = std::min(pointer.find('/', at + 1), pointer.size());
    loc.emplace_back(pointer.substr(at + 1, end - at - 1));
    at = end;
  }
  loc.emplace(loc.begin(), loc.empty() ? "body" : section_of(loc.front()));
  return loc;
}

std::string detail_of(const Error& error, SectionOf section_of) {
  if (error.code == Code::invalid_argument) return write_json(InvalidArgument{error.detail});
  if (error.code != Code::invalid || error.faults.empty()) return json_string(error.detail);
  std::vector<Misfit> list;
  for (const Fault& fault : error.faults) {
    const bool missing = fault.why == "is required";
    list.push_back({location(fault.at, section_of), fault.why,
                    missing ? "value_error.missing" : "value_error"});
  }
  return write_json(list);
}

/// What a status says by itself: a proxy on the way may have answered, or the HTTP front, which
/// knows no codes.
Error foreign_error(const HttpResponse& response) {
  PlainBody body{"the server answered " + std::to_string(response.status)};
  std::vector<Fault> faults;
  Reading reading{faults, false, true};
  read_json(response.body, body, reading, max_reply_depth);
  const std::string& said = body.detail;
  switch (response.status) {
    case 413:
    case 414:
    case 431:
      return {Code::too_large, said};
    case 429:
      return {Code::limited, said};
    case 503:
      return {Code::unavailable, said};
    case 502:  // a proxy's word that whoever it asked did not answer
    case 504:
      return {Code::unavailable, said, {}, Contact::cut};
    default:
      return {Code::unavailable, said + ", not as Kappa does", {}, Contact::strange};
  }
}

}  // namespace

unsigned status_of(Code code) {
  switch (code) {
    case Code::invalid_argument:
      return 400;
    case Code::unauthorized:
      return 401;
    case Code::over_budget:
      return 402;
    case Code::not_found:
      return 404;
    case Code::unacceptable:
      return 406;
    case Code::conflict:
      return 409;
    case Code::too_large:
      return 413;
    case Code::invalid:
      return 422;
    case Code::limited:
      return 429;
    case Code::internal:
      return 500;
    case Code::unavailable:
      break;
  }
  return 503;
}

bool is_in_doubt(const Error& error) {
  return error.contact == Contact::cut || error.contact == Contact::late ||
         error.contact == Contact::strange;
}

std::string_view in_body(std::string_view) { return "body"; }

HttpResponse to_response(const Error& error, SectionOf section_of) {
  HttpResponse response;
  response.status = status_of(error.code);
  response.fields = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}};
  if (error.code == Code::unauthorized) response.fields.push_back({"WWW-Authenticate", "Bearer"});
  if (error.code == Code::unavailable || error.code == Code::limited)
    response.fields.push_back({"Retry-After", "1"});
  response.body = write_json(ErrorBody{error.code, error.faults, {detail_of(error, section_of)}});
  return response;
}

Error to_error(const HttpResponse& response) {
  ErrorBody body;
  std::vector<Fault> faults;
  Reading reading{faults, false, true};
  read_json(response.body, body, reading, max_reply_depth);
  if (!faults.empty()) return foreign_error(response);
  const JsonView detail(body.detail.text);
  Error error{body.code, std::string(misfit), std::move(body.faults)};
  if (detail.kind() == JsonKind::string) error.detail = detail.string();
  if (error.code == Code::invalid_argument && detail.kind() == JsonKind::object) {
    InvalidArgument argument;
    Codec<InvalidArgument>::read(detail, argument, {}, reading);
    error.detail = argument.invalid_argument;
  }
  return error;
}

}  // namespace kappa::rpc
