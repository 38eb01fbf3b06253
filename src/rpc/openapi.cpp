// OpenAPI 3.0.3: the last version that the generators which work offline read.
#include <algorithm>
#include <map>

#include "rpc/errors.hpp"
#include "rpc/record.hpp"
#include "rpc/router.hpp"

namespace kappa::rpc {
namespace {

/// What every refusal is. Whoever answers in front of the operations knows no codes.
std::string refusal_schema(Definitions& schemas) {
  return R"({"type":"object","required":["detail"],"properties":{"detail":)"
         R"({"description":"a text, or what is wrong where"},"code":)" +
         Codec<Code>::schema(schemas) + R"(,"faults":{"type":"array","items":)" +
         Codec<Fault>::schema(schemas) + "}}}";
}

std::string parameter(const ParameterDoc& doc) {
  std::string text = "{\"name\":" + json_string(doc.name) + ",\"in\":" + json_string(doc.in);
  if (doc.required) text += ",\"required\":true";
  if (doc.takes_rest) text += R"(,"style":"form","explode":true)";
  return text + ",\"schema\":" + doc.schema + "}";
}

std::string content(std::string_view type, std::string_view schema, std::string_view example) {
  std::string text = "{" + json_string(type) + ":{\"schema\":" + std::string(schema);
  if (!example.empty()) text += ",\"example\":" + std::string(example);
  return text + "}}";
}

std::string refusal(std::string_view when) {
  return "{\"description\":" + json_string(when) + ",\"content\":" +
         content("application/json", R"({"$ref":"#/components/schemas/Refusal"})", "") + "}";
}

/// What an operation answers beside 200, by status: its own reasons to refuse, those that its kind
/// brings along, and replies with a status of their own.
std::map<std::string, std::string> other_responses(const OperationDoc& doc) {
  std::map<unsigned, std::string> whens;
  const auto add = [&whens](Code code, std::string_view when) {
    std::string& text = whens[status_of(code)];
    text += (text.empty() ? "" : "; ") + std::string(when);
  };
  for (const Refused& refused : doc.text.refusals) add(refused.code, refused.when);
  if (doc.needs_caller)
    add(Code::unauthorized, "no token, or one that is malformed, expired or revoked");
  if (!doc.parameters.empty() || !doc.body_schema.empty())
    add(Code::invalid, "the request does not fit its description; `faults` says where");
  std::map<std::string, std::string> out;
  for (const auto& [status, when] : whens) out[std::to_string(status)] = refusal(when);
  for (const auto& [status, when] : doc.text.replies) {
    out[std::to_string(status)] = "{\"description\":" + json_string(when) + ",\"content\":" +
                                  content("application/json", doc.reply_schema, "") + "}";
  }
  return out;
}

std::string responses(const OperationDoc& doc) {
  const std::string ok =
      !doc.reply_schema.empty() ? content("application/json", doc.reply_schema, doc.text.reply)
      : !doc.media_type.empty()
          ? content(doc.media_type, R"({"type":"string"})", doc.text.reply)
          : content("application/octet-stream", R"({"type":"string","format":"binary"})", "");
  std::string text = R"({"200":{"description":"Done","content":)" + ok + "}";
  for (const auto& [status, described] : other_responses(doc))
    text += "," + json_string(status) + ":" + described;
  return text + ",\"default\":" +
         refusal("Kappa failed, or refuses for now: 429 and 503 say when to try again") + "}";
}

std::string operation(const OperationDoc& doc) {
  std::string text =
      "{\"operationId\":" + json_string(doc.name) + ",\"summary\":" + json_string(doc.summary);
  if (!doc.text.group.empty()) text += ",\"tags\":[" + json_string(doc.text.group) + "]";
  if (!doc.text.description.empty())
    text += ",\"description\":" + json_string(doc.text.description);
  if (doc.needs_caller) text += R"(,"security":[{"bearer":[]}])";
  if (!doc.parameters.empty()) {
    text += ",\"parameters\":[";
    for (std::size_t i = 0; i < doc.parameters.size(); ++i)
      text += (i == 0 ? "" : ",") + parameter(doc.parameters[i]);
    text += "]";
  }
  if (!doc.body_schema.empty()) {
    text += R"(,"requestBody":{"required":true,"content":)" +
            content("application/json", doc.body_schema, doc.text.request) + "}";
  }
  return text + ",\"responses\":" + responses(doc) + "}";
}

std::string lower(std::string_view verb) {
  std::string text(verb);
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return static_cast<char>(c | 0x20); });
  return text;
}

std::string join(const std::map<std::string, std::string>& members) {
  std::string text;
  for (const auto& [name, value] : members)
    text += (text.empty() ? "" : ",") + json_string(name) + ":" + value;
  return "{" + text + "}";
}

}  // namespace

std::string Router::openapi() const {
  // In the order in which they are documented, which is the one to read them in.
  std::vector<std::pair<std::string_view, std::map<std::string, std::string>>> by_path;
  for (const Entry& entry : entries_) {
    const auto same = [&](const auto& other) { return other.first == entry.doc.path; };
    auto at = std::find_if(by_path.begin(), by_path.end(), same);
    if (at == by_path.end()) at = by_path.insert(at, {entry.doc.path, {}});
    OperationDoc doc = entry.doc;
    doc.needs_caller |= guarded_;
    at->second[lower(entry.doc.verb)] = operation(doc);
  }
  std::string paths;
  for (const auto& [path, operations] : by_path)
    paths += (paths.empty() ? "" : ",") + json_string(path) + ":" + join(operations);
  Definitions schemas = definitions_;
  define(schemas, "Refusal", refusal_schema(schemas));
  const std::string about =
      guarded_ ? R"(,"description":"One of Kappa's modules. Every operation wants the token that )"
                 R"(is in the module's token file, as a bearer token.")"
               : "";
  return R"({"openapi":"3.0.3","info":{"title":)" + json_string(title_) +
         ",\"version\":" + json_string(version_) + about + "},\"paths\":{" + paths + "}" +
         ",\"components\":{\"schemas\":" + join(schemas) +
         R"(,"securitySchemes":{"bearer":{"type":"http","scheme":"bearer"}}}})";
}

}  // namespace kappa::rpc
