// Targets by Boost.URL.
#include "rpc/url.hpp"

#include <algorithm>
#include <boost/url/encode.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <boost/url/url_view.hpp>

#include "rpc/json.hpp"

namespace kappa::rpc {

namespace urls = boost::urls;

namespace {

bool is_utf8(const std::string& text) { return !json_fault(json_string(text)); }

}  // namespace

std::optional<Target> parse_target(std::string_view target) {
  const auto parsed = urls::parse_origin_form(urls::string_view(target.data(), target.size()));
  if (!parsed) return std::nullopt;
  Target out;
  for (const auto& segment : parsed->segments()) out.segments.emplace_back(segment);
  if (!out.segments.empty() && out.segments.back().empty()) out.segments.pop_back();
  urls::encoding_opts options;
  options.space_as_plus = true;
  for (const auto& parameter : parsed->params(options))
    out.parameters.emplace_back(parameter.key, parameter.value);
  // A function would be handed what no JSON can hold.
  const bool utf8 = std::all_of(out.segments.begin(), out.segments.end(), is_utf8) &&
                    std::all_of(out.parameters.begin(), out.parameters.end(), [](const auto& p) {
                      return is_utf8(p.first) && is_utf8(p.second);
                    });
  if (!utf8) return std::nullopt;
  return out;
}

std::string url_encode(std::string_view text) {
  return urls::encode(urls::string_view(text.data(), text.size()), urls::unreserved_chars);
}

}  // namespace kappa::rpc
