// Targets by Boost.URL.
#include "rpc/url.hpp"

#include <boost/url/encode.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <boost/url/url_view.hpp>

namespace kappa::rpc {

namespace urls = boost::urls;

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
  return out;
}

std::string url_encode(std::string_view text) {
  return urls::encode(urls::string_view(text.data(), text.size()), urls::unreserved_chars);
}

}  // namespace kappa::rpc
