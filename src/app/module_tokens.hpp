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
  /// one that exposes the module, but for the runner's, which is one for all runners that other
  /// machines reach: that is never made here. unavailable: one is missing, or cannot be made or
  /// read; says what to do.
  static Result<ModuleTokens> open(const Config& config, const std::filesystem::path& folder);

  /// Of a module that open() has found.
  rpc::TokenCheck check(const std::string& module) const;
  rpc::TokenSource source(const std::string& module) const;

 private:
  std::map<std::string, std::shared_ptr<folder::TokenFile>> files_;
};

/// Whether the token files are such that ModuleTokens::open() would take them, as far as they can
/// be seen: before the data folder is there, and by who may not look into it, nothing is. Makes
/// none. unavailable: the detail has a line for each fault.
Result<Nothing> check_token_files(const Config& config, const std::filesystem::path& folder);

}  // namespace kappa::app
