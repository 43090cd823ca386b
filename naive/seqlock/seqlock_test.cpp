#include "naive/seqlock/seqlock.cpp"

#include <gtest/gtest.h>

#include <string>

#include "protocol/testing/instance.h"

namespace {

TEST(NaiveSeqlock, HandsEachNoteOverOnce) {
  const minusone::Instance instance(*minusone_protocol());
  auto& lock = instance.as<Seqlock>();
  for (unsigned note = 1; note <= 3; ++note) {
    const std::string text(note * 7, static_cast<char>('a' + note));
    lock.write(text.data(), text.size());
    EXPECT_EQ(lock.sequence, 2 * note);
    char room[100];
    ASSERT_EQ(lock.read(room, sizeof room), text.size());
    EXPECT_EQ(std::string(room, text.size()), text);
    EXPECT_EQ(lock.taken, note);
  }
}

// What nothing rules out under C++20: the number has come, and words and sequence have not.
TEST(NaiveSeqlock, GivesOldWordsToWhoSeesTheNumberBeforeThem) {
  const minusone::Instance instance(*minusone_protocol());
  auto& lock = instance.as<Seqlock>();
  char room[8];
  lock.write("message", 8);
  lock.read(room, sizeof room);
  lock.number = 2;
  lock.read(room, sizeof room);
  EXPECT_STREQ(room, "message") << "once more";
}

}  // namespace
