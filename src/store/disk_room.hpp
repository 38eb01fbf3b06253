// Whether there is room on the disk for what is under way.
#pragma once

#include <cstdint>
#include <filesystem>

#include "kappa/core.hpp"

namespace kappa::store {

/// unavailable: the disk that `folder` lies on has less than so many bytes left for this user, or
/// does not tell; `file` is named in it. Asks the kernel, which takes about a microsecond.
Result<Nothing> has_room(const std::filesystem::path& folder, std::uint64_t keep_free_bytes,
                         const std::string& file);

}  // namespace kappa::store
