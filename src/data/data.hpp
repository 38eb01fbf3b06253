// The data module in this process: everything in one SQLite file.
#pragma once

#include <filesystem>
#include <memory>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "data/prices.hpp"
#include "kappa/data.hpp"

namespace kappa::data {

/// Opens the file or makes it (its folder must exist), and brings its schema up to date. Throws
/// std::runtime_error, which names the file and what to do, when that cannot be done.
std::unique_ptr<Data> open_data(const std::filesystem::path& file, const Clock& clock,
                                Random& random, const BillOptions& bill = {});

}  // namespace kappa::data
