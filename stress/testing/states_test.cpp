// The search over states against the search over executions, on every protocol.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <map>
#include <random>
#include <tuple>

#include "stress/explore/testing/by_states.h"
#include "stress/machine/turn.h"
#include "stress/modules/module.h"
#include "stress/search/state_search.h"
#include "stress/subjects/channel_machine.h"

namespace minusone {
namespace {

struct Case {
  std::string protocol;
  Workload workload;
  Death death = Death::none;
};

void PrintTo(const Case& it, std::ostream* out) {
  *out << it.protocol << " " << it.workload.writers << "+" << it.workload.readers << ", death of "
       << name_of(it.death);
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const auto& name : protocol_names()) {
    for (const auto& [writers, readers] : {std::pair{1, 1}, {1, 2}, {2, 1}}) {
      all.push_back({name, {.writers = writers, .readers = readers}});
    }
    all.push_back({name, {.writers = 1, .readers = 1, .messages = 2}});
    all.push_back({name, {.writers = 1, .readers = 1, .processes = false}});
    all.push_back({name, {.writers = 1, .readers = 1}, Death::any});
  }
  return all;
}

void compare(const Case& it) {
  const auto& [name, workload, death] = it;
  const auto module = Module::load(name, ModuleKind::traced);
  ExploreOptions options;
  options.workload = workload;
  options.shrinks = false;
  if (death != Death::none) options.strategy.faults = {.deaths = 1, .mortals = death};
  const auto states = by_states(module.path().string(), options);
  options.executions = 3'000;
  expect_agreement(module.path().string(), explore(module.path().string(), "0", options), states);
}

TEST(ProtocolsByStates, AreThoseOfEveryProtocol) { EXPECT_GE(protocol_names().size(), 19u); }

TEST(ProtocolsByStates, ComeToWhatTheSearchOverExecutionsSays) {
  for (const Case& it : cases()) {
    SCOPED_TRACE(testing::PrintToString(it));
    compare(it);
  }
}

// What agents share is told by the blocks that steps write to: none may be written otherwise.
TEST(ProtocolsByStates, HaveAnotherSharedPartWhereTheSegmentIsAnother) {
  std::mt19937 random(1);
  for (const auto& name : protocol_names()) {
    const auto module = Module::load(name, ModuleKind::traced);
    ChannelMachine machine(module.path().string(), {.writers = 2, .readers = 2, .messages = 2});
    machine.merges_states(true);
    std::map<std::pair<std::uint64_t, std::uint64_t>, std::vector<std::byte>> segments;
    for (int walk = 0; walk < 40; ++walk) {
      machine.reset();
      for (int i = 0; i < 60; ++i) {
        const auto part = machine.shared_part();
        const auto now = machine.segment();
        auto& known = segments[{part.low, part.high}];
        if (known.empty()) known.assign(now.begin(), now.end());
        ASSERT_EQ(std::memcmp(known.data(), now.data(), now.size()), 0) << name;
        const Turn turn = next_turn(machine);
        if (turn.kind != Turn::Kind::ready) break;
        auto left = random() % static_cast<unsigned>(std::popcount(turn.ready));
        AgentSet ready = turn.ready;
        for (; left > 0; --left) ready &= ready - 1;
        if (machine.step(std::countr_zero(ready)) == Effect::violation) break;
      }
    }
    EXPECT_GT(segments.size(), 2U) << name;
  }
}

// Happens-before makes the way to a state longer: where it is cut on that way, races are not known.
TEST(ProtocolsByStates, JudgeNoRacesWhereHappensBeforeWasCut) {
  const auto module = Module::load("safe/robust_mutex", ModuleKind::traced);
  const auto searched = [&](std::size_t steps) {
    ChannelMachine machine(module.path().string(), {.writers = 1, .readers = 2});
    StateSearch search(machine, {.steps = steps});
    const auto counts = search.run([](const Execution&) { return true; });
    return std::tuple(counts.too_long, search.states()->ordered, search.races_not_judged());
  };
  const auto [uncut, all, unjudged] = searched(SearchLimits{}.steps);
  ASSERT_EQ(uncut, 0U);
  ASSERT_GT(all, 0U) << "happens-before is a part of these states";
  EXPECT_EQ(unjudged, "");
  int cut = 0;
  for (std::size_t steps = 20; steps < 60; ++steps) {
    const auto [too_long, ordered, why] = searched(steps);
    if (too_long > 0 || ordered == all) continue;
    ++cut;
    EXPECT_NE(why, "") << steps << " steps, " << ordered << " of " << all << " states";
  }
  EXPECT_GT(cut, 0) << "or this test says nothing";
}

}  // namespace
}  // namespace minusone
