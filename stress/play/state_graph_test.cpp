#include "stress/play/state_graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "stress/explore/explore.h"
#include "stress/play/graph_ways.h"
#include "stress/subjects/channel_machine.h"

namespace minusone {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

std::string traced(const std::string& name) { return MINUSONE_MODULES "/" + name + "/traced.so"; }

StateGraph graph_of(const std::string& name, const Workload& workload, Death death = Death::none) {
  return make_state_graph(traced(name), "0", workload, {.death = death});
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
  Death death = Death::none;
};
void PrintTo(const Case& it, std::ostream* out) {
  *out << it.protocol << " " << it.workload.writers << "w" << it.workload.readers << "r"
       << it.workload.messages << "m"
       << ", death of " << name_of(it.death);
}

class Games : public testing::TestWithParam<Case> {};

// Two searches that share nothing but the machine: one merges states, the other prunes executions.
TEST_P(Games, ComeToTheOutcomesThatTheExplorerProves) {
  const auto& [name, workload, death] = GetParam();
  ExploreOptions options;
  options.workload = workload;
  options.strategy.faults = {.deaths = death == Death::none ? 0 : 1, .mortals = death};
  options.shrinks = false;
  const auto result = explore(traced(name), "0", options);
  ASSERT_EQ(result.assurance, Assurance::complete);
  std::set<std::string> proved;
  for (const auto& row : result.outcomes) {
    if (row.count > 0) proved.insert(row.outcome);
  }
  EXPECT_EQ(outcomes_of(graph_of(name, workload, death)), proved);
}

bool died_in_operation(const ChannelMachine& machine, int agent) {
  return std::ranges::any_of(machine.history(), [&](const Operation& operation) {
    return operation.agent == agent && operation.ending == Ending::dead;
  });
}

/// The deaths on a way, as an explorer plans them.
FaultPlan deaths_on(const StateGraph& graph, const std::vector<int>& way) {
  FaultPlan plan;
  std::map<int, int> steps;
  for (const int move : way) {
    const int agent = graph.agent_of(move);
    if (graph.is_death(move)) plan.push_back({FaultKind::death, agent, steps[agent]});
    ++steps[agent];
  }
  return plan;
}

// A player in the page steps through these lists, which must agree with the machine.
TEST_P(Games, LeadWhereTheMachineGoes) {
  const auto& [name, workload, death] = GetParam();
  const auto graph = graph_of(name, workload, death);
  const Ways ways(graph);
  ChannelMachine machine(traced(name), workload);
  const auto go = [&](std::int32_t state) {
    // With several messages, and beside a death, it matters whether an operation has begun in a
    // round of a wait that came to nothing: no schedule without such rounds leads there.
    machine.recognises_waits(workload.messages == 1 && death == Death::none);
    const auto way = ways.to(state);
    machine.faults().plan(deaths_on(graph, way));
    machine.reset();
    for (const int move : way) {
      const int agent = graph.agent_of(move);
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
      const auto number = static_cast<std::int32_t>(state);
      const AgentPlace& place = graph.places[graph.place[graph.at(number, agent)]];
      EXPECT_EQ(place.finished, machine.state(agent) == AgentState::finished);
      EXPECT_EQ(place.dead, machine.is_dead(agent));
      const bool tells_so = !place.done.empty() && place.done.back().starts_with("died ");
      EXPECT_EQ(tells_so, died_in_operation(machine, agent));
      if (machine.state(agent) != AgentState::ready) continue;
      EXPECT_NE(graph.next[graph.edge(number, agent)], StateGraph::none);
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
                    Case{"safe/spsc_ring", {.writers = 1, .readers = 1, .messages = 6}},
                    Case{"naive/counter", {.writers = 1, .readers = 2}, Death::any},
                    Case{"naive/flag", {.writers = 2, .readers = 1}, Death::writer},
                    Case{"naive/cond_killed_waiter", {.writers = 1, .readers = 2}, Death::any},
                    Case{
                        "naive/two_slots", {.writers = 1, .readers = 1, .messages = 2}, Death::any},
                    Case{"safe/posix_semaphore", {.writers = 1, .readers = 2}, Death::any},
                    Case{"safe/sysv_semaphore", {.writers = 2, .readers = 1}, Death::any},
                    Case{"safe/robust_mutex", {.writers = 1, .readers = 1}, Death::reader}));

TEST(StateGraph, CountsWaysAsArithmeticDoes) {
  // Two agents of one step each, and one that waits for ever.
  StateGraph graph;
  graph.agents = {"a", "b", "c"};
  graph.conclusion.assign(4, StateGraph::none);
  graph.next = {1, 2, 0, -1, 3, 1, 3, -1, 2, -1, -1, 3};
  EXPECT_EQ(count_interleavings(graph), 2);
  EXPECT_EQ(Ways(graph).to(3).size(), 2U);
  const auto waits = waits_of(graph);
  EXPECT_TRUE(waits[graph.edge(3, 2)]);
  EXPECT_FALSE(waits[graph.edge(0, 0)]);
}

TEST(StateGraph, LetsOneDieOfThoseWhoMay) {
  const auto graph = graph_of("safe/posix_semaphore", {.writers = 1, .readers = 1}, Death::reader);
  for (std::int32_t state = 0; state < static_cast<std::int32_t>(graph.states()); ++state) {
    const auto place = [&](int agent) { return graph.places[graph.place[graph.at(state, agent)]]; };
    EXPECT_EQ(graph.next[graph.edge(state, graph.death_of(0))], StateGraph::none);
    const auto death = graph.next[graph.edge(state, graph.death_of(1))];
    EXPECT_EQ(death == StateGraph::none, place(1).finished) << "it may die wherever it lives";
    EXPECT_FALSE(place(0).dead);
  }
  const auto broken = [&](Property property) {
    return std::ranges::count_if(graph.conclusions, [&](const Conclusion& conclusion) {
      return std::ranges::count(conclusion.broken, property) > 0;
    });
  };
  EXPECT_EQ(broken(Property::survives_death), 0) << "the writer needs nothing of the reader";
  EXPECT_EQ(broken(Property::no_loss), 0) << "what a dead reader was taking may be gone";
}

TEST(StateGraph, SaysWhenThereAreTooManyStates) {
  EXPECT_THROW(
      make_state_graph(traced("naive/counter"), "0", {.writers = 2, .readers = 2}, {.states = 100}),
      TooManyStates);
}

}  // namespace
}  // namespace minusone
