// The search over states against the search over executions, on every protocol.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <map>
#include <random>

#include "stress/explore/testing/by_states.h"
#include "stress/machine/turn.h"
#include "stress/modules/module.h"
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

TEST(ProtocolsByStates, AreThoseOfEveryProtocol) { EXPECT_GE(protocol_names().size(), 14u); }

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
    for (int walk = 0; walk < 8; ++walk) {
      machine.reset();
      for (int i = 0; i < 60; ++i) {
        const auto part = machine.shared_part();
        const auto now = machine.segment();
        const auto known = segments.try_emplace({part.low, part.high}, now.begin(), now.end());
        ASSERT_TRUE(std::ranges::equal(known.first->second, now)) << name;
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

}  // namespace
}  // namespace minusone
