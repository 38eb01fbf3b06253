// Repositories on GitHub that a function's name may belong to: a suggestion, never a condition.
#pragma once

#include <string>

#include "kappa/gateway.hpp"
#include "rpc/http.hpp"

namespace kappa::gateway {

/// The keys of kappa.toml's [related].
struct RelatedOptions {
  bool enabled = true;
  std::string url = "https://api.github.com";  ///< an API with GitHub's /search/repositories
  std::int64_t timeout_ms = 1'000;             ///< for all of it, name resolution included
};
BOOST_DESCRIBE_STRUCT(RelatedOptions, (), (enabled, url, timeout_ms))

/// Thread-safe as its transport is, whose deadline bounds it.
class RelatedRepositories {
 public:
  /// Without a transport nothing is looked up.
  explicit RelatedRepositories(rpc::Transport github) : github_(std::move(github)) {}

  /// At most three links. Whatever goes wrong, the text says that GitHub could not be reached, and
  /// there are no links.
  Related find(const Name& name) const;

 private:
  rpc::Transport github_;
};

}  // namespace kappa::gateway
