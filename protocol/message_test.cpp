#include "protocol/message.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

namespace minusone {
namespace {

std::vector<char> sealed(MessageId id, const std::vector<char>& text) {
  std::vector<char> out(message_frame_bytes + text.size());
  seal_message(id, text, out);
  return out;
}

RC_GTEST_PROP(Message, IsOpenedToTheIdItWasSealedWith, (const std::vector<char>& text)) {
  const MessageId id{*rc::gen::inRange(1U, 100U), *rc::gen::arbitrary<std::uint32_t>()};
  RC_ASSERT(open_message(sealed(id, text)) == id);
}

RC_GTEST_PROP(Message, WithAnyByteChangedIsTorn, (const std::vector<char>& text)) {
  auto bytes = sealed({1, 2}, text);
  const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
  bytes[at] = static_cast<char>(bytes[at] ^ *rc::gen::inRange(1, 256));
  RC_ASSERT(!open_message(bytes).has_value());
}

RC_GTEST_PROP(Message, HalfOfOneAndHalfOfAnotherIsTorn, (std::uint16_t size)) {
  std::vector<char> a(size + 2U), b(size + 2U);
  make_text({1, 0}, a);
  make_text({2, 0}, b);
  auto mixed = sealed({1, 0}, a);
  const auto other = sealed({2, 0}, b);
  const auto cut = *rc::gen::inRange<std::size_t>(1, mixed.size() - 1);
  std::copy(other.begin() + static_cast<long>(cut), other.end(),
            mixed.begin() + static_cast<long>(cut));
  RC_ASSERT(!open_message(mixed).has_value());
}

TEST(Message, AnEmptyTextIsAMessage) {
  EXPECT_EQ(open_message(sealed({3, 7}, {})), (MessageId{3, 7}));
}

TEST(Message, ZeroedMemoryIsNoMessage) {
  EXPECT_FALSE(open_message(std::vector<char>(64)).has_value());
}

TEST(Message, ShorterThanItsFrameIsTorn) {
  EXPECT_FALSE(open_message(std::vector<char>(message_frame_bytes - 1)).has_value());
}

TEST(Message, BytesBehindItAreIgnored) {
  auto bytes = sealed({1, 1}, {'a', '\0', 'b'});
  bytes.resize(bytes.size() + 10, 'x');
  EXPECT_EQ(open_message(bytes), (MessageId{1, 1}));
}

}  // namespace
}  // namespace minusone
