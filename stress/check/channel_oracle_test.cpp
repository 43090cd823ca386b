#include "stress/check/channel_oracle.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "stress/check/broken_by.h"

namespace minusone {
namespace {

Operation wrote(std::uint16_t agent, std::uint32_t sequence, std::uint64_t at) {
  return {Operation::Kind::write, Ending::done, false, agent, {agent + 1U, sequence}, at, at + 1};
}
Operation read(std::uint16_t agent, MessageId message, std::uint64_t at) {
  return {Operation::Kind::read, Ending::done, false, agent, message, at, at + 1};
}
Operation waits(Operation::Kind kind, std::uint16_t agent, Ending ending = Ending::pending) {
  return {kind, ending, false, agent, {}, 100, 0};
}
constexpr auto reader = Operation::Kind::read;
constexpr auto writer = Operation::Kind::write;

TEST(BrokenBy, NamesThePropertyOfEachCountThatIsNotZero) {
  EXPECT_TRUE(broken_by({.word = -1}).empty()) << "which values are legal, the protocol says";
  const Outcome all{.lost = 1, .duplicated = 2, .torn = 3, .reordered = 4, .stuck = 5};
  EXPECT_EQ(broken_by(all),
            (std::vector{Property::no_loss, Property::no_duplicate, Property::no_tear,
                         Property::no_reorder, Property::no_deadlock}));
  EXPECT_EQ(broken_by({.stuck = 1}), std::vector{Property::no_deadlock});
}

TEST(ChannelOracle, AMessageReadOnceIsFineAndTheOtherReaderWaitsRightly) {
  EXPECT_EQ(judge_channel({wrote(0, 0, 1), read(1, {1, 0}, 3), waits(reader, 2)}, {}), Outcome{});
}

TEST(ChannelOracle, AMessageReadTwiceIsADuplicate) {
  EXPECT_EQ(judge_channel({wrote(0, 0, 1), read(1, {1, 0}, 3), read(2, {1, 0}, 3)}, {}),
            Outcome{.duplicated = 1});
}

TEST(ChannelOracle, AMessageThatNobodyCanReadIsLost) {
  EXPECT_EQ(judge_channel({wrote(0, 0, 1), waits(reader, 1)}, {}), Outcome{.lost = 1});
}

TEST(ChannelOracle, AMessageThatALaterReaderFindsWasInTheChannel) {
  EXPECT_EQ(judge_channel({wrote(0, 0, 1), read(9, {1, 0}, 200)}, {.drainer = 9}), Outcome{});
}

TEST(ChannelOracle, AReaderThatWaitsForWhatALaterOneFindsIsStuck) {
  EXPECT_EQ(judge_channel({wrote(0, 0, 1), waits(reader, 1), read(9, {1, 0}, 200)}, {.drainer = 9}),
            Outcome{.stuck = 1});
}

TEST(ChannelOracle, AWriterMayWaitAtAFullChannelOnly) {
  EXPECT_EQ(judge_channel({wrote(0, 0, 1), waits(writer, 0)}, {.capacity = 1}), Outcome{});
  EXPECT_EQ(judge_channel({wrote(0, 0, 1), waits(writer, 0)}, {.capacity = 2}).stuck, 1U);
  EXPECT_EQ(judge_channel({wrote(0, 0, 1), read(1, {1, 0}, 2), waits(writer, 0)}, {}).stuck, 1U);
}

TEST(ChannelOracle, AWriterAndAReaderNeverBothWaitRightly) {
  EXPECT_EQ(judge_channel({wrote(0, 0, 1), waits(writer, 0), waits(reader, 1)}, {}).stuck, 1U);
  EXPECT_EQ(judge_channel({waits(writer, 0), waits(reader, 1)}, {}).stuck, 1U);
}

TEST(ChannelOracle, ADeadWritersMessageMayFillTheChannel) {
  EXPECT_EQ(judge_channel({waits(writer, 0, Ending::dead), waits(writer, 1)}, {}), Outcome{});
}

TEST(ChannelOracle, ADeadReaderMayHaveTakenOneMessage) {
  EXPECT_EQ(judge_channel({wrote(0, 0, 1), waits(reader, 1, Ending::dead)}, {}), Outcome{});
  EXPECT_EQ(
      judge_channel({wrote(0, 0, 1), wrote(0, 1, 3), waits(reader, 1, Ending::dead)}, {}).lost, 1U);
}

TEST(ChannelOracle, ALaterMessageReturnedBeforeAnEarlierIsAskedForIsReordered) {
  const History history{wrote(0, 0, 1), wrote(0, 1, 3), read(1, {1, 1}, 5), read(1, {1, 0}, 7)};
  EXPECT_EQ(judge_channel(history, {.capacity = 2}), Outcome{.reordered = 1});
}

TEST(ChannelOracle, OverlappingReadsAreNotReordered) {
  auto slow = read(2, {1, 0}, 5);
  slow.returned = 50;
  EXPECT_EQ(judge_channel({wrote(0, 0, 1), wrote(0, 1, 3), slow, read(1, {1, 1}, 7)}, {}),
            Outcome{});
}

// The oracle against the specification itself: any run of a correct queue has no finding.
RC_GTEST_PROP(ChannelOracle, FindsNothingInRunsOfABoundedQueue,
              (const std::vector<bool>& choices)) {
  const auto capacity = *rc::gen::inRange(1U, 4U);
  History history;
  std::vector<MessageId> queue;
  std::uint64_t now = 0;
  std::uint32_t sent[2] = {0, 0};
  for (const bool send : choices) {
    const auto agent = static_cast<std::uint16_t>(now % 2);
    now += 2 + agent;
    if (send && queue.size() < capacity) {
      history.push_back(wrote(agent, sent[agent], now));
      queue.push_back({agent + 1U, sent[agent]++});
    } else if (!send && !queue.empty()) {
      history.push_back(read(static_cast<std::uint16_t>(2 + agent), queue.front(), now));
      queue.erase(queue.begin());
    }
  }
  for (const MessageId left : queue) history.push_back(read(9, left, now += 2));
  RC_ASSERT(judge_channel(history, {.capacity = static_cast<int>(capacity), .drainer = 9}) ==
            Outcome{});
}

}  // namespace
}  // namespace minusone
