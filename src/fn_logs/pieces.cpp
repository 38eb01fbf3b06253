// Varints and texts.
#include "fn_logs/pieces.hpp"

namespace kappa::fn_logs {
namespace {

void put(std::string& out, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) out += static_cast<char>(number | 0x80);
  out += static_cast<char>(number);
}

std::optional<std::uint64_t> take(std::string_view& bytes) {
  std::uint64_t number = 0;
  for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<std::uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    number |= std::uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) return number;
  }
  return std::nullopt;
}

// Zigzag: small numbers of either sign become small numbers. Unsigned throughout, so that no
// difference of times overflows.
std::uint64_t fold(std::uint64_t difference) {
  return (difference << 1) ^ (difference >> 63 ? ~std::uint64_t{0} : 0);
}
std::uint64_t unfold(std::uint64_t folded) {
  return (folded >> 1) ^ (folded & 1 ? ~std::uint64_t{0} : 0);
}

}  // namespace

std::string encode(const Output& output) {
  std::string bytes;
  for (const Piece& piece : output.pieces) {
    put(bytes,
        fold(static_cast<std::uint64_t>(piece.ts.us) - static_cast<std::uint64_t>(output.ts.us)));
    put(bytes, 2 * std::uint64_t{piece.text.size()} + (piece.channel == Channel::err ? 1 : 0));
    bytes += piece.text;
  }
  return bytes;
}

Result<std::optional<PieceView>> take_piece(std::string_view& bytes, Timestamp ts) {
  if (bytes.empty()) return std::optional<PieceView>();
  const auto difference = take(bytes);
  const auto head = take(bytes);
  if (!difference || !head || *head / 2 > bytes.size())
    return Error{Code::internal, "what a function printed is stored damaged"};
  const auto us = static_cast<std::uint64_t>(ts.us) + unfold(*difference);
  const PieceView piece{{static_cast<std::int64_t>(us)},
                        *head % 2 == 1 ? Channel::err : Channel::out,
                        bytes.substr(0, *head / 2)};
  bytes.remove_prefix(*head / 2);
  return std::optional(piece);
}

Result<std::vector<Piece>> decode(std::string_view bytes, Timestamp ts) {
  std::vector<Piece> pieces;
  while (const auto piece = TRY(take_piece(bytes, ts)))
    pieces.push_back({piece->ts, piece->channel, std::string(piece->text)});
  return pieces;
}

}  // namespace kappa::fn_logs
