// What is told of a violation: its schedule with few switches, its cause, its smallest workload.
#include "stress/explore/counterexample.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>

#include "stress/explore/explore.h"
#include "stress/machine/testing/brute_force.h"
#include "stress/search/dpor.h"
#include "stress/search/interleavings.h"
#include "stress/search/testing/script_machine.h"

namespace minusone {
namespace {

std::string traced(const std::string& name) { return MINUSONE_MODULES "/" + name + "/traced.so"; }

std::vector<int> agents_of(std::span<const Step> steps) {
  std::vector<int> agents;
  for (const Step& step : steps) agents.push_back(step.agent);
  return agents;
}

std::vector<Step> in_order(std::span<const Step> steps, const std::vector<int>& agents) {
  std::vector<Step> arranged;
  std::vector<bool> used(steps.size());
  for (const int agent : agents) {
    for (std::size_t i = 0; i < steps.size(); ++i) {
      if (used[i] || steps[i].agent != agent) continue;
      used[i] = true;
      arranged.push_back(steps[i]);
      break;
    }
  }
  return arranged;
}

/// Of each trace the least effort that any of its orders takes.
std::map<std::string, std::array<std::size_t, 3>> least_efforts(Machine& machine) {
  std::map<std::string, std::array<std::size_t, 3>> least;
  Interleavings(machine, {}, 1000).run([&](const Execution& execution) {
    const auto now = effort({.agents = agents_of(execution.steps)});
    const auto [known, is_new] = least.insert({canonical(execution.steps), now});
    known->second = std::min(known->second, now);
    return true;
  });
  return least;
}

TEST(FewSwitches, AreThoseOfTheSameTraceAndTheFewestThatItHas) {
  std::mt19937 random(1);
  std::uint64_t arranged = 0;
  for (int i = 0; i < 100; ++i) {
    ScriptMachine machine(random_program(random));
    const auto least = least_efforts(machine);
    Interleavings(machine, {}, 1000).run([&](const Execution& execution) {
      const auto order = with_few_switches(execution.steps);
      const auto trace = canonical(execution.steps);
      EXPECT_EQ(canonical(in_order(execution.steps, order)), trace) << "program " << i;
      EXPECT_EQ(effort({.agents = order}), least.at(trace)) << "program " << i;
      ++arranged;
      return !testing::Test::HasFailure();
    });
    if (HasFailure()) return;
  }
  EXPECT_GT(arranged, 5000U);
}

Result explored(const std::string& module, const Workload& workload) {
  ExploreOptions options;
  options.workload = workload;
  options.shrinks = false;
  return explore(module, "0", options);
}

struct Small {
  const char* protocol;
  Workload workload;
};
const Small small[] = {{"naive/counter", {.writers = 1, .readers = 2}},
                       {"naive/flag", {.writers = 2, .readers = 1}}};

TEST(Counterexample, IsOfAllViolatingSchedulesOneWithTheFewestSwitches) {
  for (const auto& [protocol, workload] : small) {
    const auto subject = make_channel(traced(protocol), workload);
    std::map<Property, std::array<std::size_t, 3>> least;
    Interleavings(subject->machine(), {}, 1000).run([&](const Execution& execution) {
      const auto now = effort({.agents = agents_of(execution.steps)});
      for (const Property property : subject->judge(execution)) {
        const auto [known, is_new] = least.insert({property, now});
        known->second = std::min(known->second, now);
      }
      return true;
    });
    EXPECT_GE(least.size(), 2U) << protocol;
    for (const auto& found : explored(traced(protocol), workload).properties) {
      if (found.property == Property::no_data_race) continue;  // is not the subject's to judge
      EXPECT_EQ(found.count > 0, least.contains(found.property)) << name_of(found.property);
      if (found.count == 0) continue;
      EXPECT_EQ(effort({.agents = parse_schedule(found.schedule).agents}), least.at(found.property))
          << protocol << ", " << name_of(found.property);
    }
  }
}

const PropertyResult& property(const Result& result, Property wanted) {
  return *std::ranges::find(result.properties, wanted, &PropertyResult::property);
}

TEST(Cause, IsASwapWithWhichThePropertyHolds) {
  const Workload workload{.writers = 1, .readers = 2};
  const auto found = property(explored(traced("naive/counter"), workload), Property::legal_state);
  // One reader's load behind the other's store: who loaded before it would store what it stored.
  const auto agents = parse_schedule(found.schedule).agents;
  const auto second = agents.size() - 2;
  EXPECT_EQ(found.cause, fmt::format("if step {} of reader 1 came before step {} of reader 2, this "
                                     "would hold",
                                     second + 1, second));
  auto swapped = agents;
  std::swap(swapped[second], swapped[second - 1]);
  const auto subject = make_channel(traced("naive/counter"), workload);
  const auto taken = take(*subject, {.agents = swapped});
  EXPECT_FALSE(breaks(*subject, {taken.steps, taken.end}, Property::legal_state));
}

TEST(Cause, IsNotTakenFromWhereThereIsNone) {
  const auto subject = make_channel(traced("safe/atomic_slot"), {.writers = 1, .readers = 0});
  Dpor(subject->machine(), {}).run([&](const Execution& execution) {
    EXPECT_EQ(cause_of(*subject, {.agents = agents_of(execution.steps)}, Property::no_loss), "");
    return false;
  });
  const auto nobody = make_channel(traced("safe/atomic_slot"), {.writers = 0, .readers = 1});
  EXPECT_EQ(cause_of(*nobody, {}, Property::no_loss), "");
}

TEST(SmallestWorkload, BreaksThePropertyAndNoSmallerOneDoes) {
  const auto module = traced("naive/counter");
  const Workload large{.writers = 2, .readers = 3, .messages = 2, .text = 64};
  const auto readers = smallest_case(module, {large, {}}, {}, Property::legal_state).workload;
  EXPECT_EQ(readers, (Workload{.writers = 1, .readers = 2, .messages = 1, .text = 8}));
  const auto one_less =
      property(explored(module, {.writers = 1, .readers = 1}), Property::legal_state);
  EXPECT_EQ(one_less.count, 0U);
  // Two writers overwrite each other's message; whether somebody reads does not matter much.
  const auto writers = smallest_case(module, {large, {}}, {}, Property::no_loss).workload;
  EXPECT_GT(property(explored(module, writers), Property::no_loss).count, 0U);
  EXPECT_LE(writers.writers + writers.readers, 3);
  EXPECT_EQ(writers.messages, 1);
}

TEST(SmallestWorkload, IsTheSameWhereNothingIsBroken) {
  const Workload workload{.writers = 1, .readers = 2};
  EXPECT_EQ(
      smallest_case(traced("safe/atomic_slot"), {workload, {}}, {}, Property::no_loss).workload,
      workload);
}

}  // namespace
}  // namespace minusone
