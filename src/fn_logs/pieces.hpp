// An output's pieces as one compact row.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kappa/fn_logs.hpp"

namespace kappa::fn_logs {

/// A piece where it lies in a row's bytes.
struct PieceView {
  Timestamp ts;
  Channel channel = Channel::out;
  std::string_view text;
};
/// Takes the first piece off `bytes`; nothing when there is none. internal: as decode() has it.
Result<std::optional<PieceView>> take_piece(std::string_view& bytes, Timestamp ts);

/// The bytes of the column output.pieces; their format stands at that column in
/// migrations/fn_logs/0001_initial.sql.
std::string encode(const Output& output);
/// internal: these bytes were not made by encode(). `ts` is the output's.
Result<std::vector<Piece>> decode(std::string_view bytes, Timestamp ts);

}  // namespace kappa::fn_logs
