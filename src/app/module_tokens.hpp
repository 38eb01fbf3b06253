// The tokens of the modules that are exposed, and of those that are elsewhere.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "app/config.hpp"
#include "folder/token_file.hpp"
#include "rpc/service_token.hpp"

namespace kappa::app {

/// One token file a module. Thread-safe.
class ModuleTokens {
 public:
  /// Of the modules that the configuration exposes or has at a url. A file that is missing is made
  /// by whoever comes first, where both sides are on this machine and so may share it; else by the
  /// one that exposes the module. unavailable: one cannot be made or read; says what to do.
  static Result<ModuleTokens> open(const Config& config, const std::filesystem::path& folder);

  /// Of a module that open() has found.
  rpc::TokenCheck check(const std::string& module) const;
  rpc::TokenSource source(const std::string& module) const;

 private:
  std::map<std::string, std::shared_ptr<folder::TokenFile>> files_;
};

}  // namespace kappa::app
