#include "stress/explore/schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace minusone {
namespace {

TEST(Schedule, IsOneShortWord) {
  EXPECT_EQ(to_string({"77108ab24f40",
                       {.writers = 1, .readers = 2, .messages = 1, .text = 8},
                       false,
                       {0, 0, 0, 1, 2, 2, 1}}),
            "77108ab24f40:1w2r1m8b:w1x3.r1.r2x2.r1");
}

TEST(Schedule, ReadsWhatItWrote) {
  EXPECT_TRUE(rc::check("parse(to_string(s)) == s", [] {
    Schedule schedule;
    schedule.build = "0123abcd4567";
    schedule.workload.writers = *rc::gen::inRange(1, 5);
    schedule.workload.readers = *rc::gen::inRange(1, 5);
    schedule.workload.messages = *rc::gen::inRange(1, 5);
    schedule.workload.text = *rc::gen::inRange<std::size_t>(0, 65'536);
    schedule.workload.processes = *rc::gen::arbitrary<bool>();
    schedule.agents = *rc::gen::container<std::vector<int>>(
        rc::gen::inRange(0, schedule.workload.writers + schedule.workload.readers));
    schedule.is_position = *rc::gen::arbitrary<bool>();
    schedule.memory = *rc::gen::element(MemoryModel::sc, MemoryModel::tso, MemoryModel::rc11);
    for (std::size_t i = 0; schedule.memory != MemoryModel::sc && i < schedule.agents.size(); ++i) {
      if (const int way = *rc::gen::inRange(-3, 4); way > 0) schedule.ways[i] = way;
    }
    const auto read = parse_schedule(to_string(schedule));
    RC_ASSERT(read.is_position == schedule.is_position);
    RC_ASSERT(read.build == schedule.build);
    RC_ASSERT(read.agents == schedule.agents);
    RC_ASSERT(read.memory == schedule.memory);
    RC_ASSERT(read.ways == schedule.ways);
    RC_ASSERT(read.workload.text == schedule.workload.text);
    RC_ASSERT(read.workload.processes == schedule.workload.processes);
  }));
}

TEST(Schedule, TellsWhatBefallsItsAgents) {
  const Schedule schedule{"77108ab24f40",
                          {.writers = 1, .readers = 2},
                          false,
                          {0, 2},
                          {{FaultKind::death, 2, 5}, {FaultKind::weak_cas, 0, 1}}};
  EXPECT_EQ(to_string(schedule), "77108ab24f40:1w2r1m8b:r2-dies-5+w1-weak_cas-1:w1.r2");
  const auto read = parse_schedule(to_string(schedule));
  EXPECT_EQ(read.faults, schedule.faults);
  EXPECT_EQ(read.agents, schedule.agents);
}

TEST(Schedule, NamesTheThreadsOfAProgram) {
  Schedule schedule{"77108ab24f40", {}, true, {0, 0, 2, 1}};
  EXPECT_EQ(to_string(schedule), "77108ab24f40:p:t0x2.t2.t1");
  EXPECT_EQ(parse_schedule(to_string(schedule)).agents, schedule.agents);
  EXPECT_TRUE(parse_schedule(to_string(schedule)).is_program);
}

TEST(Schedule, TellsWhereItIsWrong) {
  const auto wrong = [](const std::string& text) -> std::string {
    try {
      parse_schedule(text);
    } catch (const BadSchedule& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_THAT(wrong(""), testing::HasSubstr("':' after the build"));
  EXPECT_THAT(wrong("b:1w2r1m8b:q1"), testing::HasSubstr("at character 12"));
  EXPECT_THAT(wrong("b:1w2r1m8b:w2"), testing::HasSubstr("a writer from 1 to 1"));
  EXPECT_THAT(wrong("b:1w2r1m8b:w1x0"), testing::HasSubstr("a number of steps"));
  EXPECT_THAT(wrong("b:1w2r1m8b:w1r1"), testing::HasSubstr("between two turns"));
  EXPECT_THAT(wrong("b:99999999999w2r1m8b:"), testing::HasSubstr("writers from 0 to 64"));
  EXPECT_THAT(wrong("b:1w2r1m8b:r1-sings-1:w1"), testing::HasSubstr("dies, eintr, spurious"));
  EXPECT_THAT(wrong("b:1w2r1m8b:r1-eintr-0:w1"), testing::HasSubstr("the place of a fault"));
  EXPECT_THAT(wrong("b:1w2r1m8b:w1+.r1"), testing::HasSubstr("nothing behind the plus"));
  EXPECT_THAT(wrong("b:1w2r1m8b:w1x99999999"), testing::HasSubstr("steps from 1 to"));
}

}  // namespace
}  // namespace minusone
