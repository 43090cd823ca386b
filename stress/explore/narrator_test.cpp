// What is told of an execution, held against the source that it is told of.
#include "stress/explore/narrator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "stress/explore/counterexample.h"
#include "stress/explore/explore.h"

namespace minusone {
namespace {

using testing::HasSubstr;

const std::string counter = MINUSONE_MODULES "/naive/counter/traced.so";

std::string line_of_source(const std::string& file, int line) {
  std::ifstream source(MINUSONE_SOURCE "/naive/counter/" + file);
  std::string text;
  for (int i = 0; i < line; ++i) std::getline(source, text);
  return text;
}

struct Told {
  const char* agent;
  const char* code;  ///< a part of the line in the source
  const char* what;
  const char* changed;
  const char* why;
};

// Both readers see 1, one stores 0 and the other subtracts from that.
constexpr Told minus_one[] = {
    {"writer 1", "while (written != 0)", "reads written = 0", "", ""},
    {"writer 1", "memcpy(text, message", "copies text[0..15]", "text[0..15]", ""},
    {"writer 1", "memcpy(text, message", "copies text[16..23]", "text[16..23]", ""},
    {"writer 1", "written = written + 1", "reads written = 0", "", ""},
    {"writer 1", "written = written + 1", "writes written = 1", "written: 0 -> 1", ""},
    {"reader 1", "while (written == 0)", "reads written = 1", "", "sees step 5 of writer 1"},
    {"reader 1", "memcpy(message, text", "copies text[0..15]", "", "sees step 2 of writer 1"},
    {"reader 1", "memcpy(message, text", "copies text[16..23]", "", "sees step 3 of writer 1"},
    {"reader 2", "while (written == 0)", "reads written = 1", "", "sees step 5 of writer 1"},
    {"reader 2", "memcpy(message, text", "copies text[0..15]", "", "sees step 2 of writer 1"},
    {"reader 2", "memcpy(message, text", "copies text[16..23]", "", "sees step 3 of writer 1"},
    {"reader 2", "written = written - 1", "reads written = 1", "", "sees step 5 of writer 1"},
    {"reader 2", "written = written - 1", "writes written = 0", "written: 1 -> 0", ""},
    {"reader 1", "written = written - 1", "reads written = 0", "", "sees step 13 of reader 2"},
    {"reader 1", "written = written - 1", "writes written = -1", "written: 0 -> -1", ""},
};

TEST(Narrator, TellsHowTheCounterGetsToMinusOne) {
  const auto replayed = replay(counter, parse_schedule("0:1w2r1m8b:w1x5.r1x3.r2x5.r1x2"));
  ASSERT_EQ(replayed.steps.size(), std::size(minus_one));
  for (std::size_t i = 0; i < std::size(minus_one); ++i) {
    const TraceStep& step = replayed.steps[i];
    const Told& told = minus_one[i];
    EXPECT_EQ(step.agent, told.agent) << "step " << i + 1;
    EXPECT_EQ(step.file, "counter.cpp") << "step " << i + 1;
    EXPECT_THAT(line_of_source(step.file, step.line), HasSubstr(told.code)) << "step " << i + 1;
    EXPECT_THAT(step.function, HasSubstr(step.agent == "writer 1" ? "write" : "read"));
    EXPECT_EQ(step.what, told.what) << "step " << i + 1;
    EXPECT_EQ(step.changed, told.changed) << "step " << i + 1;
    EXPECT_EQ(step.why, told.why) << "step " << i + 1;
  }
}

// Both load 1 and both store 0: the second store rests on what is not there any more.
TEST(Narrator, TellsOfAStoreThatUndoesAnotherUnseen) {
  const auto steps = replay(counter, parse_schedule("0:1w2r1m8b:w1x5.r1x4.r2x5.r1")).steps;
  EXPECT_EQ(steps.back().what, "writes written = 0");
  EXPECT_EQ(steps.back().why, "undoes step 14 unseen: what it rests on was read at step 9");
  EXPECT_EQ(steps[8].what, "reads written = 1");
  EXPECT_EQ(steps[13].what, "writes written = 0");
}

TEST(Narrator, TellsASwapThatFailsFromOneThatSucceeds) {
  const auto slot = MINUSONE_MODULES "/safe/atomic_slot/traced.so";
  const auto subject = make_channel(slot, {.writers = 1, .readers = 1});
  auto& machine = subject->machine();
  machine.reset();
  ASSERT_EQ(machine.step(1), Effect::no_effect) << "the slot is empty";
  auto failed = machine.executed();
  EXPECT_FALSE(failed.writes());
  ASSERT_EQ(machine.step(0), Effect::stepped);
  const auto told = Narrator(*subject, slot).tell(std::vector<Step>{failed, machine.executed()});
  EXPECT_EQ(told[0].what, "compares and swaps state = 0 (fails)");
  EXPECT_EQ(told[0].changed, "");
  EXPECT_EQ(told[1].what, "compares and swaps state = 2");
  EXPECT_EQ(told[1].changed, "state: 0 -> 2");
}

TEST(Narrator, SaysWhyNothingOrdersTwoAccesses) {
  Step plain, relaxed, strong;
  plain.action = Action::plain_write;
  relaxed.action = strong.action = Action::atomic_load;
  relaxed.order = __ATOMIC_RELAXED;
  strong.order = __ATOMIC_SEQ_CST;
  EXPECT_THAT(Narrator::reason(plain, plain), HasSubstr("both are plain"));
  EXPECT_THAT(Narrator::reason(relaxed, plain), HasSubstr("relaxed"));
  EXPECT_THAT(Narrator::reason(plain, strong), HasSubstr("does not protect a plain one"));
}

TEST(Take, SaysWhichStepOfAScheduleDoesNotFitAndWhy) {
  const auto refused = [](Subject& subject, const std::vector<int>& agents) -> std::string {
    try {
      take(subject, {.agents = agents});
    } catch (const BadSchedule& bad) {
      return bad.what();
    }
    return "accepted";
  };
  const auto program = make_program(MINUSONE_MODULES "/program/opposite_locks.so");
  EXPECT_THAT(refused(*program, {7}), HasSubstr("at step 1 thread 7 does not exist yet"));
  // Each has one lock and waits for the other's.
  EXPECT_THAT(refused(*program, {1, 2, 1}),
              HasSubstr("at step 3 thread 1 waits, and cannot go on"));
  EXPECT_EQ(refused(*program, {1, 2}), "accepted");
  const auto fails = make_program(MINUSONE_MODULES "/program/early_failure.so");
  EXPECT_THAT(refused(*fails, {0}), HasSubstr("at step 1 main should go on, but the execution"));
  EXPECT_EQ(refused(*fails, {}), "accepted");
}

}  // namespace
}  // namespace minusone
