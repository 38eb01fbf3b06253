// gzip (RFC 1952), through zlib.
#pragma once

#include <string>
#include <string_view>

namespace kappa::net {

std::string gzip(std::string_view bytes);
/// The reverse, of what gzip() or the program gzip made. Throws std::runtime_error for what is
/// none.
std::string gunzip(std::string_view bytes);

}  // namespace kappa::net
