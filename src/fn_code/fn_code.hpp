// The fn_code module in this process: everything in one SQLite file.
#pragma once

#include <filesystem>
#include <memory>

#include "base/clock.hpp"
#include "kappa/fn_code.hpp"

namespace kappa::fn_code {

/// Opens the file or makes it (its folder must exist), and brings its schema up to date. Throws
/// std::runtime_error, which names the file and what to do, when that cannot be done.
std::unique_ptr<FnCode> open_fn_code(const std::filesystem::path& file, const Clock& clock);

}  // namespace kappa::fn_code
