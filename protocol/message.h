#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace minusone {

/// The longest text a message may carry, in bytes.
inline constexpr std::size_t max_text = 64 * 1024;

/// Who sent a message, and as its how-manieth. Writers count from 1, so {0, 0} is nobody's.
struct MessageId {
  std::uint32_t writer = 0;
  std::uint32_t sequence = 0;  ///< from 0
  auto operator<=>(const MessageId&) const = default;
};

/// What stands before the text of each message, so that loss, duplication, tearing and reordering
/// are told apart by looking at what arrived.
struct MessageFrame {
  MessageId id;
  std::uint32_t text_bytes = 0;
  std::uint32_t checksum = 0;  ///< CRC-32C over id, text_bytes and text
};

inline constexpr std::size_t message_frame_bytes = sizeof(MessageFrame);

/// The most bytes one message takes in a channel, frame and text.
inline constexpr std::size_t max_message = max_text + message_frame_bytes;

/// Writes the frame and `text` into `out`.
/// @return the bytes used: message_frame_bytes + text.size()
/// @pre    out.size() >= message_frame_bytes + text.size(), text.size() <= max_text
std::size_t seal_message(MessageId id, std::span<const char> text, std::span<char> out) noexcept;

/// Fills `text` with what the message `id` is expected to say: different for every id, NULs
/// included.
void make_text(MessageId id, std::span<char> text) noexcept;

/// @param bytes  what a read returned; may be longer than the message (a channel without framing)
/// @return the id of the message, or nothing when the bytes are not exactly one message: torn
std::optional<MessageId> open_message(std::span<const char> bytes) noexcept;

}  // namespace minusone
