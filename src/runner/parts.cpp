// Lines are taken one by one, and most outputs not at all.
#include "runner/parts.hpp"

#include <array>
#include <string_view>

namespace kappa::runner {
namespace {

constexpr std::size_t part_weight = 64 << 10;
constexpr std::size_t line_weight = 16;  // beside its bytes: empty lines take their time, too

class Parting {
 public:
  void take(fn_logs::Piece piece) {
    auto& open = open_[piece.channel == fn_logs::Channel::err ? 1 : 0];
    const std::size_t last_end = piece.text.rfind('\n');
    std::string_view whole(piece.text);
    whole = whole.substr(0, last_end == whole.npos ? 0 : last_end + 1);
    if (!whole.empty()) {
      for (fn_logs::Piece& begun : open) put(begun.ts, begun.channel, begun.text);
      open.clear();
    }
    while (!whole.empty()) {
      const std::size_t end = whole.find('\n') + 1;
      put(piece.ts, piece.channel, whole.substr(0, end));
      weight_ += line_weight;
      whole.remove_prefix(end);
      if (weight_ >= part_weight) begin_part();
    }
    if (last_end == piece.text.npos) return open.push_back(std::move(piece));
    piece.text.erase(0, last_end + 1);
    if (!piece.text.empty()) open.push_back(std::move(piece));
  }

  std::vector<Pieces> end() {
    for (auto& open : open_) {
      for (fn_logs::Piece& piece : open) parts_.back().push_back(std::move(piece));
    }
    if (parts_.size() > 1 && parts_.back().empty()) parts_.pop_back();
    return std::move(parts_);
  }

 private:
  void begin_part() {
    weight_ = 0;
    parts_.emplace_back();
  }

  void put(Timestamp ts, fn_logs::Channel channel, std::string_view text) {
    Pieces& part = parts_.back();
    if (part.empty() || part.back().ts != ts || part.back().channel != channel)
      part.push_back({ts, channel, {}});
    part.back().text += text;
    weight_ += text.size();
  }

  std::vector<Pieces> parts_{1};
  std::size_t weight_ = 0;      // of the last one
  std::array<Pieces, 2> open_;  // per channel: the beginning of a line whose end has not come
};

}  // namespace

std::vector<Pieces> in_parts(Pieces pieces) {
  std::size_t bytes = 0;
  for (const fn_logs::Piece& piece : pieces) bytes += piece.text.size();
  constexpr std::size_t one_part_in_any_case = part_weight / (1 + line_weight);
  if (bytes <= one_part_in_any_case) return {std::move(pieces)};
  Parting parting;
  for (fn_logs::Piece& piece : pieces) parting.take(std::move(piece));
  return parting.end();
}

}  // namespace kappa::runner
