#include "stress/play/state_graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "stress/agents/channel_machine.h"
#include "stress/explore/explore.h"
#include "stress/play/graph_ways.h"

namespace minusone {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

std::string traced(const std::string& name) { return MINUSONE_MODULES "/" + name + "/traced.so"; }

StateGraph graph_of(const std::string& name, const Workload& workload) {
  return make_state_graph(traced(name), "0", workload);
}

std::set<std::string> outcomes_of(const StateGraph& graph) {
  std::set<std::string> outcomes;
  for (const Conclusion& conclusion : graph.conclusions) outcomes.insert(conclusion.outcome);
  return outcomes;
}

std::set<std::string> words_of(const StateGraph& graph) {
  const auto& values = graph.cells.at(static_cast<std::size_t>(graph.word_cell)).values;
  return {values.begin(), values.end()};
}

TEST(StateGraph, ReachesMinusOneInTheCounterAndNothingIllegalInTheSlot) {
  const auto counter = graph_of("naive/counter", {.writers = 1, .readers = 2});
  EXPECT_THAT(words_of(counter), testing::ElementsAre("-1", "0", "1"));
  const auto slot = graph_of("safe/atomic_slot", {.writers = 1, .readers = 2});
  EXPECT_THAT(words_of(slot), testing::ElementsAre("0", "1", "2", "3"));
  for (const Conclusion& conclusion : slot.conclusions)
    EXPECT_EQ(conclusion.grade, Grade::acceptable) << conclusion.outcome;
}

struct Case {
  const char* protocol;
  Workload workload;
};
void PrintTo(const Case& it, std::ostream* out) {
  *out << it.protocol << " " << it.workload.writers << "w" << it.workload.readers << "r"
       << it.workload.messages << "m";
}

class Games : public testing::TestWithParam<Case> {};

// Two searches that share nothing but the machine: one merges states, the other prunes executions.
TEST_P(Games, ComeToTheOutcomesThatTheExplorerProves) {
  const auto& [name, workload] = GetParam();
  ExploreOptions options;
  options.workload = workload;
  options.shrinks = false;
  const auto result = explore(traced(name), "0", options);
  ASSERT_EQ(result.assurance, Assurance::complete);
  std::set<std::string> proved;
  for (const auto& row : result.outcomes) {
    if (row.count > 0) proved.insert(row.outcome);
  }
  EXPECT_EQ(outcomes_of(graph_of(name, workload)), proved);
}

// Whoever plays in the page steps through these lists; the machine is what they must agree with.
TEST_P(Games, LeadWhereTheMachineGoes) {
  const auto& [name, workload] = GetParam();
  const auto graph = graph_of(name, workload);
  const Ways ways(graph);
  ChannelMachine machine(traced(name), workload);
  const auto go = [&](std::int32_t state) {
    // With several messages an operation may have begun in a round of a wait that came to nothing:
    // no schedule without such rounds leads there.
    machine.recognises_waits(workload.messages == 1);
    machine.reset();
    for (const int agent : ways.to(state)) {
      ASSERT_EQ(machine.state(agent), AgentState::ready);
      ASSERT_EQ(machine.step(agent), Effect::stepped) << "a shortest way goes round no wait";
    }
  };
  for (std::size_t state = 0; state < graph.states(); state += 1 + graph.states() / 150) {
    go(static_cast<std::int32_t>(state));
    if (HasFatalFailure()) return;
    if (graph.word_cell != StateGraph::none) {
      const auto cell = static_cast<std::size_t>(graph.word_cell);
      EXPECT_EQ(graph.cells[cell].values[graph.value[state * graph.cells.size() + cell]],
                std::to_string(*machine.word()));
    }
    for (int agent = 0; agent < machine.agents(); ++agent) {
      const std::size_t edge = graph.at(static_cast<std::int32_t>(state), agent);
      EXPECT_EQ(graph.places[graph.place[edge]].finished,
                machine.state(agent) == AgentState::finished);
      if (machine.state(agent) != AgentState::ready) continue;
      EXPECT_NE(graph.next[edge], StateGraph::none);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Protocols, Games,
    testing::Values(Case{"naive/flag", {.writers = 2, .readers = 2}},
                    Case{"naive/counter", {.writers = 2, .readers = 2}},
                    Case{"naive/atomic_counter", {.writers = 1, .readers = 3}},
                    Case{"naive/cond_killed_waiter", {.writers = 1, .readers = 2}},
                    Case{"naive/sem_undo_signal", {.writers = 2, .readers = 2}},
                    Case{"naive/two_slots", {.writers = 1, .readers = 1, .messages = 3}},
                    Case{"naive/two_slots", {.writers = 2, .readers = 2}},
                    Case{"safe/atomic_slot", {.writers = 2, .readers = 2}},
                    Case{"safe/futex_slot", {.writers = 1, .readers = 2}},
                    Case{"safe/posix_semaphore", {.writers = 2, .readers = 2}},
                    Case{"safe/sysv_semaphore", {.writers = 2, .readers = 2}},
                    Case{"safe/robust_mutex", {.writers = 1, .readers = 2}},
                    Case{"safe/spsc_ring", {.writers = 1, .readers = 1, .messages = 6}}));

TEST(StateGraph, CountsWaysAsArithmeticDoes) {
  // Two agents of one step each, and one that waits for ever.
  StateGraph graph;
  graph.agents = {"a", "b", "c"};
  graph.conclusion.assign(4, StateGraph::none);
  graph.next = {1, 2, 0, -1, 3, 1, 3, -1, 2, -1, -1, 3};
  EXPECT_EQ(count_interleavings(graph), 2);
  EXPECT_EQ(Ways(graph).to(3).size(), 2U);
  const auto waits = waits_of(graph);
  EXPECT_TRUE(waits[graph.at(3, 2)]);
  EXPECT_FALSE(waits[graph.at(0, 0)]);
}

TEST(StateGraph, SaysWhenThereAreTooManyStates) {
  EXPECT_THROW(
      make_state_graph(traced("naive/counter"), "0", {.writers = 2, .readers = 2}, {.states = 100}),
      TooManyStates);
}

}  // namespace
}  // namespace minusone
