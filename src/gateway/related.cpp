// One request to GitHub's search; what comes back is a stranger's text, and is looked at as such.
#include "gateway/related.hpp"

#include <algorithm>

#include "rpc/record.hpp"
#include "rpc/url.hpp"

namespace kappa::gateway {
namespace {

constexpr std::size_t most_links = 3;      // as the original shows
constexpr std::size_t longest_link = 500;  // a line or two of a terminal
constexpr std::string_view unreachable = "Could not reach GitHub.com";

/// The part of GitHub's reply that is used.
struct Repository {
  std::string html_url;
};
BOOST_DESCRIBE_STRUCT(Repository, (), (html_url))

struct Found {
  std::vector<Repository> items;
};
BOOST_DESCRIBE_STRUCT(Found, (), (items))

/// It is shown in terminals and made a link of in pages.
bool is_plain_link(const std::string& url) {
  return url.starts_with("https://") && url.size() <= longest_link &&
         std::all_of(url.begin(), url.end(), [](char c) {
           return c > ' ' && c < 0x7f && c != '"' && c != '<' && c != '>';
         });
}

Related links_in(const std::string& body) {
  Found found;
  std::vector<Fault> faults;
  rpc::Reading reading{faults, false, true};
  rpc::read_json(body, found, reading, rpc::max_reply_depth);
  if (!faults.empty()) return {std::string(unreachable), {}};
  Related related{"Related repositories on GitHub.com:", {}};
  for (Repository& repository : found.items) {
    if (related.repos.size() < most_links && is_plain_link(repository.html_url))
      related.repos.push_back(std::move(repository.html_url));
  }
  if (related.repos.empty()) related.text = "No related repositories on GitHub.com";
  return related;
}

}  // namespace

Related RelatedRepositories::find(const Name& name) const {
  if (!github_) return {"Related repositories are switched off", {}};
  const rpc::HttpRequest request{
      "GET",
      "/search/repositories?q=" + rpc::url_encode(name.value) + "&per_page=3",
      {{"Accept", "application/vnd.github+json"}, {"User-Agent", "kappa/" KAPPA_VERSION}}};
  const auto reply = github_(request);
  if (!reply || reply->status != 200 || reply->stream) return {std::string(unreachable), {}};
  return links_in(reply->body);
}

}  // namespace kappa::gateway
