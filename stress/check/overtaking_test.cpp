#include "stress/check/overtaking.h"

#include <gtest/gtest.h>

namespace minusone {
namespace {

Operation read(std::uint16_t agent, std::uint64_t called, std::uint64_t returned) {
  Operation operation;
  operation.kind = Operation::Kind::read;
  operation.agent = agent;
  operation.called = called;
  operation.returned = returned;
  operation.ending = returned == 0 ? Ending::pending : Ending::done;
  return operation;
}

TEST(Overtaking, IsStarvationWhereEveryLaterCallIsServedFirst) {
  const auto starved = find_starved({read(1, 1, 0), read(2, 2, 3), read(2, 4, 5)});
  ASSERT_TRUE(starved);
  EXPECT_EQ(starved->agent, 1);
  EXPECT_EQ(starved->times, 2);
  EXPECT_TRUE(find_starved({read(1, 1, 9), read(2, 2, 3), read(2, 4, 5)}));
}

TEST(Overtaking, IsNoneWhereOneLaterCallWaitsToo) {
  EXPECT_FALSE(find_starved({read(1, 1, 0), read(2, 2, 3), read(2, 4, 0)}));
  EXPECT_FALSE(find_starved({read(1, 1, 4), read(2, 2, 3), read(2, 5, 6)}));
}

TEST(Overtaking, IsNoneOfEarlierCallsOfItsOwnOrOfTheOtherKind) {
  EXPECT_FALSE(find_starved({read(1, 3, 0), read(2, 1, 4), read(2, 2, 5)}));
  EXPECT_FALSE(find_starved({read(1, 1, 0), read(1, 2, 3), read(1, 4, 5)}));
  auto writes = read(2, 2, 3);
  writes.kind = Operation::Kind::write;
  EXPECT_FALSE(find_starved({read(1, 1, 0), writes, read(2, 4, 5)}));
}

}  // namespace
}  // namespace minusone
