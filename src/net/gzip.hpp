// gzip (RFC 1952), through zlib.
#pragma once

#include <string>
#include <string_view>

namespace kappa::net {

std::string gzip(std::string_view bytes);

}  // namespace kappa::net
