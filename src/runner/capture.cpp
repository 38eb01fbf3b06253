// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing beyond U+10FFFF.
#include "runner/capture.hpp"

#include <array>
#include <cstdint>
#include <cstring>

namespace kappa::runner {
namespace {

// Lines of a piece have its time.
constexpr std::int64_t piece_us = 1000;

constexpr std::size_t incomplete = 0;

/// How long the character at the front of `text` is; `incomplete` when more bytes are needed; -1
/// when it is none.
int character_size(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const int size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4) return -1;
  if (text.size() > 1) {
    const unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (byte(1) < low || byte(1) > high) return -1;
  }
  for (std::size_t i = 2; i < text.size() && i < static_cast<std::size_t>(size); ++i) {
    if ((byte(i) & 0xc0) != 0x80) return -1;
  }
  return text.size() < static_cast<std::size_t>(size) ? static_cast<int>(incomplete) : size;
}

/// How many bytes at the front are characters of their own: mostly all, so eight at a time.
std::size_t ascii_size(std::string_view text) {
  std::size_t size = 0;
  for (std::uint64_t bytes = 0; text.size() - size >= sizeof bytes; size += sizeof bytes) {
    std::memcpy(&bytes, text.data() + size, sizeof bytes);
    if ((bytes & 0x8080808080808080) != 0) break;
  }
  while (size < text.size() && (text[size] & 0x80) == 0) ++size;
  return size;
}

void append_escaped(std::string& out, char byte) {
  out += "\\x";
  out += "0123456789abcdef"[static_cast<unsigned char>(byte) >> 4];
  out += "0123456789abcdef"[byte & 15];
}

/// Moves all whole characters from `bytes` to the result; what is no character is escaped, an
/// unfinished one stays.
std::string take_text(std::string& bytes) {
  std::string out;
  std::string_view rest = bytes;
  for (;;) {
    const std::size_t plain = ascii_size(rest);
    out.append(rest.substr(0, plain));
    rest.remove_prefix(plain);
    if (rest.empty()) break;
    const int size = character_size(rest);
    if (size == static_cast<int>(incomplete)) break;
    if (size < 0) {
      append_escaped(out, rest.front());
    } else {
      out.append(rest.substr(0, static_cast<std::size_t>(size)));
    }
    rest.remove_prefix(size < 0 ? 1 : static_cast<std::size_t>(size));
  }
  bytes.erase(0, bytes.size() - rest.size());
  return out;
}

}  // namespace

void Capture::add(fn_logs::Channel channel, std::string_view bytes, Timestamp now) {
  if (cut_) return;
  std::string& waiting = unfinished_[static_cast<std::size_t>(channel)];
  waiting += bytes;
  keep(channel, take_text(waiting), now);
}

void Capture::keep(fn_logs::Channel channel, std::string text, Timestamp now) {
  if (cut_ || text.empty()) return;
  const std::size_t room = limit_ - size_;
  if (text.size() > room) {
    cut_ = true;
    std::size_t end = room;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
      --end;  // not inside a character
    text.resize(end);
    text += "\n[output cut at " + std::to_string(limit_) + " bytes]\n";
  }
  size_ += text.size();
  line_ended_ = line_ended_ || text.find('\n') != text.npos;
  go_on_with_line(channel, text);
  if (text.empty()) return;
  // One piece until the other channel speaks, or a line begins at another time.
  if (!pieces_.empty() && pieces_.back().channel == channel &&
      now.us - pieces_.back().ts.us < piece_us) {
    pieces_.back().text += text;
  } else {
    pieces_.push_back({now, channel, std::move(text)});
  }
  note_open(pieces_.size() - 1);
}

/// The rest of a line belongs to the piece that it began in, whatever the other channel said
/// meanwhile: else a function could have a piece kept for each byte.
void Capture::go_on_with_line(fn_logs::Channel channel, std::string& text) {
  const auto open = open_[static_cast<std::size_t>(channel)];
  if (!open) return;
  const std::size_t end = text.find('\n');
  pieces_[*open].text += text.substr(0, end == text.npos ? end : end + 1);
  text.erase(0, end == text.npos ? end : end + 1);
  note_open(*open);
}

void Capture::note_open(std::size_t at) {
  auto& open = open_[static_cast<std::size_t>(pieces_[at].channel)];
  open = pieces_[at].text.ends_with('\n') ? std::nullopt : std::optional(at);
}

std::vector<fn_logs::Piece> Capture::take_lines() {
  if (!line_ended_) return {};
  line_ended_ = false;
  std::array<std::size_t, 2> whole{};  // per channel: so many pieces have lines that have ended
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    if (pieces_[i].text.find('\n') != std::string::npos)
      whole[static_cast<std::size_t>(pieces_[i].channel)] = i + 1;
  }
  std::vector<fn_logs::Piece> lines;
  std::vector<fn_logs::Piece> left;
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    fn_logs::Piece& piece = pieces_[i];
    const std::size_t count = whole[static_cast<std::size_t>(piece.channel)];
    const std::size_t end = i + 1 < count    ? piece.text.size()
                            : i + 1 == count ? piece.text.rfind('\n') + 1
                                             : 0;
    if (end > 0) lines.push_back({piece.ts, piece.channel, piece.text.substr(0, end)});
    piece.text.erase(0, end);
    if (!piece.text.empty()) left.push_back(std::move(piece));
  }
  pieces_ = std::move(left);
  open_ = {};
  for (std::size_t i = 0; i < pieces_.size(); ++i) note_open(i);
  return lines;
}

std::vector<fn_logs::Piece> Capture::take(Timestamp now) {
  for (const auto channel : {fn_logs::Channel::out, fn_logs::Channel::err}) {
    std::string escaped;
    for (const char byte : unfinished_[static_cast<std::size_t>(channel)])
      append_escaped(escaped, byte);
    keep(channel, std::move(escaped), now);
  }
  return std::move(pieces_);
}

}  // namespace kappa::runner
