// Line by line.
#include "rpc/operation_text.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "rpc/json.hpp"
#include "rpc/record.hpp"

namespace kappa::rpc {
namespace {

[[noreturn]] void unfit(const std::string& operation, const std::string& why) {
  throw std::logic_error("the text of operation '" + operation + "' does not fit: " + why);
}

std::string example(const std::string& operation, std::string_view json) {
  if (const auto fault = json_fault(json, max_reply_depth)) unfit(operation, *fault);
  return std::string(json);
}

Refused refusal(const std::string& operation, std::string_view line) {
  const std::size_t colon = line.find(": ");
  if (colon == line.npos) unfit(operation, "expected '- code: when', got '" + std::string(line));
  const std::string name = json_string(line.substr(0, colon));
  std::vector<Fault> faults;
  Reading reading{faults};
  Refused out{{}, std::string(line.substr(colon + 2))};
  Codec<Code>::read(JsonView(name), out.code, {}, reading);
  if (!faults.empty()) unfit(operation, faults.front().why);
  return out;
}

/// "504: the verdict is `timeout`"
void add_reply(const std::string& operation, std::string_view line, OperationText& text) {
  unsigned status = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), status);
  const std::string_view when = line.substr(static_cast<std::size_t>(end - line.data()));
  if (error != std::errc() || !when.starts_with(": "))
    unfit(operation, "expected '- reply STATUS: when', got '" + std::string(line));
  text.replies[status] = when.substr(2);
}

void add_line(const std::string& operation, std::string_view line, OperationText& text) {
  constexpr std::string_view request = "Request: ";
  constexpr std::string_view reply = "Reply: ";
  constexpr std::string_view other_reply = "- reply ";
  if (line.starts_with(other_reply)) {
    add_reply(operation, line.substr(other_reply.size()), text);
  } else if (line.starts_with("- ")) {
    text.refusals.push_back(refusal(operation, line.substr(2)));
  } else if (line.starts_with(request)) {
    text.request = example(operation, line.substr(request.size()));
  } else if (line.starts_with(reply)) {
    text.reply = example(operation, line.substr(reply.size()));
  } else if (!line.empty()) {
    const bool goes_on = !text.description.empty() && !text.description.ends_with('\n');
    text.description += (goes_on ? " " : "") + std::string(line);
  } else if (!text.description.empty() && !text.description.ends_with('\n')) {
    text.description += "\n\n";
  }
}

}  // namespace

std::map<std::string, OperationText> read_operation_texts(std::string_view markdown) {
  std::map<std::string, OperationText> texts;
  std::string operation;
  std::string group;
  while (!markdown.empty()) {
    const std::size_t end = std::min(markdown.find('\n'), markdown.size());
    const std::string_view line = markdown.substr(0, end);
    markdown.remove_prefix(std::min(end + 1, markdown.size()));
    if (line.starts_with("# ")) {
      group = line.substr(2);
      operation.clear();
    } else if (line.starts_with("## ")) {
      operation = line.substr(3);
      texts[operation].group = group;
    } else if (!operation.empty()) {
      add_line(operation, line, texts[operation]);
    }
  }
  for (auto& [name, text] : texts) {
    while (text.description.ends_with('\n')) text.description.pop_back();
  }
  return texts;
}

}  // namespace kappa::rpc
