#include "protocol/message.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "protocol/check.h"

namespace minusone {
namespace {

// CRC-32C (Castagnoli), reflected polynomial 0x82f63b78, one table look-up a byte (RFC 3720, B.4).
constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78U : 0);
    table[byte] = crc;
  }
  return table;
}
constexpr auto crc_table = make_table();

std::uint32_t crc32c(std::uint32_t crc, std::span<const char> bytes) noexcept {
  for (const char byte : bytes) {
    crc = crc_table[(crc ^ static_cast<unsigned char>(byte)) & 0xff] ^ (crc >> 8);
  }
  return crc;
}

std::uint32_t checksum_of(const MessageFrame& frame, std::span<const char> text) noexcept {
  std::array<char, offsetof(MessageFrame, checksum)> head{};
  std::memcpy(head.data(), &frame, head.size());
  return ~crc32c(crc32c(~0U, head), text);
}

}  // namespace

std::size_t seal_message(MessageId id, std::span<const char> text, std::span<char> out) noexcept {
  MINUSONE_CHECK(text.size() <= max_text, "a message's text has at most max_text bytes");
  MINUSONE_CHECK(out.size() >= message_frame_bytes + text.size(), "a sealed message fits its room");
  MessageFrame frame{id, static_cast<std::uint32_t>(text.size()), 0};
  frame.checksum = checksum_of(frame, text);
  std::memcpy(out.data(), &frame, message_frame_bytes);
  if (!text.empty()) std::memcpy(out.data() + message_frame_bytes, text.data(), text.size());
  return message_frame_bytes + text.size();
}

void make_text(MessageId id, std::span<char> text) noexcept {
  // xorshift64 (Marsaglia 2003): every byte value comes up, NUL too, and no two messages agree.
  std::uint64_t state = (std::uint64_t{id.writer} << 32 | id.sequence) * 0x9e3779b97f4a7c15U + 1;
  for (std::size_t at = 0; at < text.size(); at += sizeof state) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    std::memcpy(text.data() + at, &state, std::min(sizeof state, text.size() - at));
  }
}

std::optional<MessageId> open_message(std::span<const char> bytes) noexcept {
  MessageFrame frame;
  if (bytes.size() < message_frame_bytes) return std::nullopt;
  std::memcpy(&frame, bytes.data(), message_frame_bytes);
  if (frame.text_bytes > bytes.size() - message_frame_bytes) return std::nullopt;
  const auto text = bytes.subspan(message_frame_bytes, frame.text_bytes);
  if (frame.id.writer == 0 || frame.checksum != checksum_of(frame, text)) return std::nullopt;
  return frame.id;
}

}  // namespace minusone
