#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "stress/subjects/channel_machine.h"

namespace minusone {
namespace {

std::string module(const std::string& name) { return MINUSONE_MODULES "/" + name + ".so"; }

int word_of(const ChannelMachine& machine) {
  int word;
  std::memcpy(&word, machine.segment().data() + machine.protocol().word.offset, sizeof(word));
  return word;
}

/// Lets `agent` take steps until it finishes or waits.
void run(ChannelMachine& machine, int agent) {
  while (machine.state(agent) == AgentState::ready) {
    if (machine.step(agent) == Effect::violation) FAIL() << machine.violation();
  }
}

TEST(FiberMachine, ReachesMinusOneWhenBothReadersPassTheCheckTogether) {
  for (const char* kind : {"naive/counter/traced", "naive/counter/optimized"}) {
    ChannelMachine machine(module(kind), {.writers = 1, .readers = 2});
    for (int round = 0; round < 1000; ++round) {
      machine.reset();
      run(machine, 0);
      ASSERT_EQ(machine.state(0), AgentState::finished);
      EXPECT_EQ(word_of(machine), 1);
      machine.step(1);
      machine.step(2);
      run(machine, 1);
      run(machine, 2);
      ASSERT_EQ(word_of(machine), -1) << kind;
    }
  }
}

TEST(FiberMachine, UndoesAFailedRoundOfAWaitLoop) {
  ChannelMachine machine(module("naive/counter/traced"), {.writers = 1, .readers = 1});
  machine.reset();
  const void* const pc = machine.pending(1).pc;
  EXPECT_EQ(machine.step(1), Effect::no_effect);
  EXPECT_EQ(machine.state(1), AgentState::blocked);
  EXPECT_EQ(machine.pending(1).pc, pc);
  run(machine, 0);
  EXPECT_EQ(machine.state(1), AgentState::ready);
  run(machine, 1);
  EXPECT_EQ(machine.state(1), AgentState::finished);
  ASSERT_EQ(machine.history().size(), 2u);
  EXPECT_EQ(machine.history()[1].message, (MessageId{1, 0}));
}

TEST(FiberMachine, GivesEachProcessItsOwnCopyOfTheModule) {
  ChannelMachine machine(module("naive/counter/traced"), {.writers = 1, .readers = 2});
  EXPECT_NE(machine.module_of(0).data().data(), machine.module_of(1).data().data());
  EXPECT_NE(machine.module_of(1).data().data(), machine.module_of(2).data().data());
}

/// All that a schedule can tell of where the agents are.
std::string picture(const ChannelMachine& machine) {
  std::string text;
  for (int agent = 0; agent < machine.agents(); ++agent) {
    const Step& step = machine.pending(agent);
    text += std::to_string(static_cast<int>(machine.state(agent))) + ' ' +
            std::to_string(static_cast<int>(step.action)) + ' ' +
            std::to_string(machine.module_of(agent).file_address(step.pc)) + '\n';
  }
  std::size_t bytes = 0;
  for (const std::byte byte : machine.segment())
    bytes = bytes * 31 + std::to_integer<std::size_t>(byte);
  text += std::to_string(bytes) + '\n';
  for (const Operation& operation : machine.history()) {
    text += std::to_string(operation.called) + ' ' + std::to_string(operation.returned) + ' ' +
            std::to_string(operation.message.sequence) + '\n';
  }
  return text;
}

// What was taken back leaves nothing behind: the same as after running anew from the start, then
// and however it goes on.
RC_GTEST_PROP(Rewind, IsTheSameAsRunningFromTheStart, ()) {
  const auto name = *rc::gen::element<std::string>(
      "naive/counter/traced", "naive/counter/optimized", "naive/atomic_wait/traced",
      "safe/sysv_semaphore/traced", "safe/robust_mutex/traced", "safe/futex_slot/traced");
  const Workload workload{.writers = 2, .readers = 2, .messages = 2};
  ChannelMachine machine(module(name), workload);
  machine.reset();
  std::vector<int> tried;  // every agent that was let go, also where it had no effect
  const auto go_on = [&](int steps) {
    for (int i = 0; i < steps; ++i) {
      const int agent = *rc::gen::inRange(0, 4);
      if (machine.state(agent) != AgentState::ready) continue;
      tried.push_back(agent);
      RC_ASSERT(machine.step(agent) != Effect::violation);
    }
  };
  for (int round = 0; round < 4; ++round) {
    go_on(*rc::gen::inRange(0, 12));
    const int mark = machine.mark();
    const auto before = tried;
    const auto then = picture(machine);
    go_on(*rc::gen::inRange(0, 12));
    if (*rc::gen::arbitrary<bool>()) machine.drain();
    tried = before;
    if (!machine.rewind(mark)) {
      machine.reset();
      for (const int agent : tried) machine.step(agent);
      continue;
    }
    RC_ASSERT(picture(machine) == then);
  }
  const auto end = picture(machine);
  machine.reset();
  for (const int agent : tried) machine.step(agent);
  RC_ASSERT(picture(machine) == end);
}

// std::atomic::wait counts its waiters in memory that each process has for itself: the writer sees
// none and wakes nobody. Between threads the same code is right.
TEST(FiberMachine, LosesTheWakeUpOfAtomicWaitBetweenProcessesOnly) {
  for (const bool processes : {true, false}) {
    ChannelMachine machine(module("naive/atomic_wait/traced"),
                           {.writers = 1, .readers = 1, .processes = processes});
    machine.reset();
    run(machine, 1);
    ASSERT_EQ(machine.state(1), AgentState::blocked);
    run(machine, 0);
    EXPECT_EQ(machine.state(0), AgentState::finished);
    run(machine, 1);
    EXPECT_EQ(machine.state(1), processes ? AgentState::blocked : AgentState::finished);
  }
}

}  // namespace
}  // namespace minusone
