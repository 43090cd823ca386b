#include "naive/sem_undo_signal/sem_undo_signal.cpp"

#include <gtest/gtest.h>

#include "protocol/testing/child.h"
#include "protocol/testing/instance.h"

namespace {

struct SemUndo : testing::Test {
  int value(SemUndoSignal::Semaphore which) const { return semctl(channel.set, which, GETVAL); }

  minusone::Instance instance{*minusone_protocol()};
  SemUndoSignal& channel = instance.as<SemUndoSignal>();
};

TEST_F(SemUndo, HandsAMessageOverWhileAllLive) {
  channel.write("hello", 6);
  char room[6] = {};
  channel.read(room, sizeof room);
  EXPECT_STREQ(room, "hello");
}

TEST_F(SemUndo, UnsendsTheMessageOfAWriterThatExits) {
  minusone::Child writer([&] { channel.write("hello", 6); });
  ASSERT_EQ(writer.end(), 0);
  EXPECT_EQ(value(SemUndoSignal::items), 0) << "a reader would sleep";
  EXPECT_STREQ(channel.text, "hello") << "though the message lies there";
}

TEST_F(SemUndo, HandsTheMessageOfAReaderThatExitsOutAgain) {
  channel.write("hello", 6);
  minusone::Child reader([&] {
    char room[6];
    channel.read(room, sizeof room);
  });
  ASSERT_EQ(reader.end(), 0);
  char room[6] = {};
  channel.read(room, sizeof room);
  EXPECT_STREQ(room, "hello") << "for the second time";
}

}  // namespace
