// Names only: what a value may be is the function's business.
#include "runner/arguments.hpp"

#include <algorithm>
#include <set>

#include "base/suggest.hpp"
#include "rpc/json.hpp"

namespace kappa::runner {
namespace {

Error unknown(const std::string& name, const Signature& signature) {
  std::vector<std::string_view> known;
  for (const Parameter& parameter : signature.parameters) known.push_back(parameter.name);
  std::string why = "is not a parameter of main()";
  const std::string_view close = nearest(name, known);
  if (!close.empty()) why += "; did you mean '" + std::string(close) + "'?";
  const rpc::At root;
  return {Code::invalid_argument, name, {{rpc::At{&root, name}.pointer(), std::move(why)}}};
}

}  // namespace

Result<Nothing> check_arguments(const Signature& signature, const RawJson& arguments) {
  const rpc::JsonView view(arguments.text);
  if (view.kind() != rpc::JsonKind::object) {
    return Error{Code::invalid,
                 "",
                 {{"/args", "expected object, got " + std::string(rpc::to_text(view.kind()))}}};
  }
  std::set<std::string> given;
  for (rpc::JsonCursor argument(view); argument.next();) {
    const std::string name = argument.key();
    const bool known =
        std::any_of(signature.parameters.begin(), signature.parameters.end(),
                    [&](const Parameter& parameter) { return parameter.name == name; });
    if (!known && !signature.takes_any) return unknown(name, signature);
    given.insert(name);
  }
  Error missing{Code::invalid_argument, "too few arguments"};
  for (const Parameter& parameter : signature.parameters) {
    if (parameter.required && !given.contains(parameter.name)) {
      missing.faults.push_back({"/" + parameter.name, "is required by main()"});
    }
  }
  if (!missing.faults.empty()) return missing;
  return Nothing{};
}

}  // namespace kappa::runner
