// Machines that live side by side, in one thread and in several: none sees anything of another.
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "stress/machine/testing/brute_force.h"
#include "stress/search/dpor.h"
#include "stress/subjects/channel_machine.h"
#include "stress/subjects/program_machine.h"

namespace minusone {
namespace {

std::string program(const std::string& name) { return MINUSONE_MODULES "/program/" + name + ".so"; }

/// What a search came to: its counts, and each execution as the order of its agents' steps.
struct Found {
  std::uint64_t complete = 0, quiescent = 0, violations = 0, duplicates = 0, steps = 0;
  std::vector<std::string> traces, sentences;

  bool operator==(const Found&) const = default;
};

Found search(Machine& machine) {
  Found found;
  const auto counts = Dpor(machine, {}).run([&](const Execution& execution) {
    found.traces.push_back(canonical(execution.steps));
    found.sentences.push_back(machine.violation());
    return true;
  });
  EXPECT_TRUE(counts.exhausted);
  found.complete = counts.complete;
  found.quiescent = counts.quiescent;
  found.violations = counts.violations;
  found.duplicates = counts.duplicates;
  found.steps = counts.steps;
  return found;
}

/// A machine before each step of which another one takes a step, or begins anew.
class Interleaved : public Machine {
 public:
  Interleaved(Machine& mine, Machine& other) : mine_(mine), other_(other) { other_.reset(); }

  void reset() override { mine_.reset(); }
  int mark() const override { return mine_.mark(); }
  bool rewind(int mark) override { return mine_.rewind(mark); }
  int agents() const override { return mine_.agents(); }
  AgentState state(int agent) const override { return mine_.state(agent); }
  const Step& pending(int agent) const override { return mine_.pending(agent); }
  const Step& executed() const override { return mine_.executed(); }
  bool is_stale(int agent) const override { return mine_.is_stale(agent); }
  const std::string& violation() const override { return mine_.violation(); }
  int who_times_out() const override { return mine_.who_times_out(); }
  Effect time_out(int agent) override { return mine_.time_out(agent); }
  Effect step(int agent) override {
    let_other_go_on();
    return mine_.step(agent);
  }

  std::uint64_t steps_of_other = 0;

 private:
  void let_other_go_on() {
    ++steps_of_other;
    for (int i = 0; i < other_.agents() && other_.violation().empty(); ++i) {
      const int agent = static_cast<int>((steps_of_other + static_cast<std::uint64_t>(i)) %
                                         static_cast<std::uint64_t>(other_.agents()));
      if (other_.state(agent) != AgentState::ready) continue;
      other_.step(agent);
      return;
    }
    other_.reset();
  }

  Machine& mine_;
  Machine& other_;
};

constexpr const char* programs[] = {"increment", "lost_increment", "mutex_and_join", "heap_race",
                                    "null_pointer"};

TEST(SideBySide, SearchesThatAlternateStepByStepFindWhatEachFindsAlone) {
  for (const char* mine : programs) {
    ProgramMachine alone(program(mine));
    const Found expected = search(alone);
    for (const char* other : programs) {
      ProgramMachine first(program(mine));
      ProgramMachine second(program(other));
      Interleaved interleaved(first, second);
      EXPECT_EQ(search(interleaved), expected) << mine << " beside " << other;
      EXPECT_GT(interleaved.steps_of_other, 0U);
    }
    ChannelMachine channel(MINUSONE_MODULES "/naive/counter/traced.so",
                           {.writers = 1, .readers = 2});
    ProgramMachine first(program(mine));
    Interleaved interleaved(first, channel);
    EXPECT_EQ(search(interleaved), expected) << mine << " beside a channel";
  }
}

TEST(SideBySide, AChannelAlternatesWithAProgramOfThreads) {
  const std::string module = MINUSONE_MODULES "/naive/counter/traced.so";
  ChannelMachine alone(module, {.writers = 1, .readers = 2});
  alone.reset();
  while (alone.pending(0).action != Action::copy) ASSERT_EQ(alone.step(0), Effect::stepped);
  EXPECT_GT(alone.pending(0).count, 0) << "what is shared is asked of the machine's own runtime";
  const Found expected = search(alone);
  ChannelMachine first(module, {.writers = 1, .readers = 2});
  ProgramMachine second(program("heap_race"));
  Interleaved interleaved(first, second);
  EXPECT_EQ(search(interleaved), expected);
}

TEST(SideBySide, SearchesInThreadsFindWhatEachFindsAlone) {
  std::vector<Found> expected, found(2 * std::size(programs));
  for (const char* name : programs) {
    ProgramMachine machine(program(name));
    expected.push_back(search(machine));
  }
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < found.size(); ++i) {
    threads.emplace_back([&, i] {
      ProgramMachine machine(program(programs[i % std::size(programs)]));
      found[i] = search(machine);
    });
  }
  for (auto& thread : threads) thread.join();
  for (std::size_t i = 0; i < found.size(); ++i)
    EXPECT_EQ(found[i], expected[i % expected.size()]) << programs[i % std::size(programs)];
}

// A loop without a step is found by a timer of its own thread's.
TEST(SideBySide, ALoopWithoutAStepIsFoundInEachThread) {
  std::vector<std::string> sentences(2);
  std::vector<std::thread> threads;
  for (auto& sentence : sentences) {
    threads.emplace_back([&sentence] {
      ProgramMachine machine(program("silent_loop"));
      machine.set_rules({.shared_stacks = ~AgentSet{0}});  // else they are looked at first
      Dpor(machine, {}).run([&](const Execution& execution) {
        if (execution.end == End::violation) sentence = machine.violation();
        return sentence.empty();
      });
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& sentence : sentences)
    EXPECT_EQ(sentence,
              "goes round a loop without a step for ever: nothing that others do can end it");
}

}  // namespace
}  // namespace minusone
