// Objects: what a search of one execution a trace says of all orders of steps, held against all of
// them.
#include <gmock/gmock.h>

#include <algorithm>

#include "stress/explore/explore.h"
#include "stress/modules/module.h"
#include "stress/subjects/object_machine.h"

/// Of programs/mixed_object.cpp, as this test's own part: without hooks.
extern "C" const minusone::ObjectDescription* minusone_object();

namespace minusone {
namespace {

using testing::Contains;
using testing::HasSubstr;

const std::string mixed = MINUSONE_MODULES "/test/mixed_object/traced.so";

ObjectRun scenario(const std::string& text) {
  return {minusone_object(), parse_scenario(text, *minusone_object())};
}

Result explored(const ObjectRun& run, Strategy strategy = {}) {
  ExploreOptions options;
  options.object = run;
  options.strategy = strategy;
  return explore(mixed, "0", options);
}

TEST(ObjectLaw, IsNoneOfAMemoryModel) {
  ExploreOptions options;
  options.object = scenario("set | is_set");
  options.memory = MemoryModel::rc11;
  EXPECT_THROW(explore(mixed, "0", options), ModuleRefused);
}

const PropertyResult& linearizable(const Result& result) {
  return *std::ranges::find(result.properties, Property::linearizable, &PropertyResult::property);
}

/// Takes every interleaving, and judges each by the order in which its own calls begin and return.
bool is_some_interleaving_wrong(const ObjectRun& run) {
  struct Choice {
    std::size_t taken;
    std::size_t of;
  };
  ObjectMachine machine(mixed, run.scenario);
  Specification specification(*run.specified);
  std::vector<Choice> path;
  do {
    machine.reset();
    std::size_t depth = 0;
    for (;;) {
      std::vector<int> ready;
      for (int agent = 0; agent < machine.agents(); ++agent) {
        if (machine.state(agent) == AgentState::ready) ready.push_back(agent);
      }
      if (ready.empty()) break;
      if (depth == path.size()) path.push_back({0, ready.size()});
      machine.step(ready.at(path[depth++].taken));
    }
    bool is_duplicate = false;
    for (int agent = 0; agent < machine.agents(); ++agent) is_duplicate |= machine.is_stale(agent);
    ObjectHistory history;
    std::vector<int> place;
    for (const auto& call : machine.calls()) {
      place.push_back(static_cast<int>(history.size()));
      if (call) history.push_back(*call);
    }
    std::vector<CallEvent> events;
    const auto call_of = machine.call_of_each_step();
    for (std::size_t step = 0; step < call_of.size(); ++step) {
      const int call = place.at(static_cast<std::size_t>(call_of[step]));
      bool is_first = true, is_last = true;
      for (std::size_t other = 0; other < call_of.size(); ++other) {
        if (call_of[other] == call_of[step]) (other < step ? is_first : is_last) &= other == step;
      }
      if (is_first) events.push_back({call, false});
      if (is_last && history[static_cast<std::size_t>(call)].ending == Ending::done)
        events.push_back({call, true});
    }
    if (!is_duplicate && !is_linearizable(history, events, specification)) return true;
    path.resize(depth);
    while (!path.empty() && path.back().taken + 1 >= path.back().of) path.pop_back();
    if (!path.empty()) ++path.back().taken;
  } while (!path.empty());
  return false;
}

TEST(ObjectLaw, ASearchFindsWrongWhatSomeInterleavingShows) {
  int wrong = 0, right = 0;
  auto all = all_scenarios(*minusone_object(), 2, 2);
  // All of those in which nobody waits, and some of the others.
  int waits = 0;
  std::erase_if(all, [&](const Scenario& one) {
    const auto text = to_string(one, *minusone_object());
    const bool has_waits = text.find("give") != text.npos || text.find("take") != text.npos ||
                           text.find("await") != text.npos;
    return has_waits && ++waits % 9 != 0;
  });
  ASSERT_EQ(waits, 72 * 73 / 2 - 20 * 21 / 2) << "of 8 calls: 72 scripts";
  for (const Scenario& one : all) {
    const ObjectRun run{minusone_object(), one};
    const auto result = explored(run);
    const bool expected = is_some_interleaving_wrong(run);
    ASSERT_EQ(linearizable(result).verdict == Verdict::violated, expected)
        << to_string(one, *minusone_object());
    ++(expected ? wrong : right);
  }
  EXPECT_GT(wrong, 50);
  EXPECT_GT(right, 50);
}

TEST(Object, IsWrongInAnOrderOfCallsWithoutAStepInCommon) {
  const auto result = explored(scenario("set | is_set"));
  EXPECT_EQ(result.executions.all(), 1U) << "the two steps are independent";
  EXPECT_EQ(linearizable(result).verdict, Verdict::violated);
  EXPECT_THAT(linearizable(result).trace, Contains("agent 1  set             |-|"));
  EXPECT_THAT(linearizable(result).trace, Contains("agent 2  is_set = false      |-|"));
}

TEST(Object, MakesCallsAlikeThatOnlyReadOneAfterTheOther) {
  const auto result = explored(scenario("is_set is_set is_set is_set | is_set is_set is_set"));
  EXPECT_EQ(result.executions.all(), 1U) << "nobody writes";
  EXPECT_EQ(result.executions.complete, 1U);
  EXPECT_EQ(result.verdict, Verdict::holds);
}

TEST(Object, CountsOutcomesByWhatTheCallsReturned) {
  const auto result = explored(scenario("add | add_without_lock"));
  std::vector<std::string> seen;
  for (const auto& row : result.outcomes) seen.push_back(row.outcome);
  EXPECT_THAT(seen, testing::UnorderedElementsAre("add = 0 | add_without_lock = 0",
                                                  "add = 0 | add_without_lock = 1",
                                                  "add = 1 | add_without_lock = 0"));
  EXPECT_EQ(result.scenario, "add | add_without_lock");
  EXPECT_EQ(result.kind, SubjectKind::object);
}

TEST(Object, ReplaysWhatIsFound) {
  const auto run = scenario("add_without_lock | add_without_lock");
  const auto found = linearizable(explored(run)).schedule;
  ASSERT_NE(found, "");
  ExploreOptions options;
  options.object = run;
  const auto replayed = replay(mixed, parse_schedule(found), options);
  EXPECT_EQ(linearizable(replayed.result).verdict, Verdict::violated);
  EXPECT_THAT(replayed.trace, Contains(HasSubstr("agent 2  add_without_lock = 0")));
}

TEST(Object, LosesTheLockOfAnAgentThatDies) {
  Strategy one_dies;
  one_dies.faults.deaths = 1;
  one_dies.faults.mortals = Death::any;
  const auto broken = [&](const std::string& text) {
    std::vector<Property> all;
    for (const auto& property : explored(scenario(text), one_dies).properties) {
      if (property.verdict == Verdict::violated) all.push_back(property.property);
    }
    return all;
  };
  EXPECT_THAT(broken("add | add"), testing::ElementsAre(Property::survives_death));
  // What the dead one was about to do has happened, or has not.
  EXPECT_THAT(broken("add_without_lock | is_set"), testing::IsEmpty());
}

TEST(Object, MayWaitForEverWhereItsSpecificationWaits) {
  const auto deadlock = [](const std::string& text) {
    const auto result = explored(scenario(text));
    EXPECT_EQ(linearizable(result).verdict, Verdict::holds) << text;
    return std::ranges::find(result.properties, Property::no_deadlock, &PropertyResult::property)
               ->verdict == Verdict::violated;
  };
  EXPECT_FALSE(deadlock("take"));
  EXPECT_FALSE(deadlock("give | take"));
  EXPECT_FALSE(deadlock("give | take | take")) << "one of them rightly";
  EXPECT_FALSE(deadlock("take give | take"));
  EXPECT_FALSE(deadlock("take give | take set"));
  EXPECT_FALSE(deadlock("await_set"));
  EXPECT_FALSE(deadlock("await_set | set"));
  EXPECT_FALSE(deadlock("await_set await_set | add set set | await_set"));
  EXPECT_TRUE(deadlock("give_nothing | take"));
  EXPECT_TRUE(deadlock("give give_nothing | take | take")) << "what was given once was given twice";
  EXPECT_EQ(explored(scenario("give | take | take")).executions.stuck_rightly, 2U);
}

TEST(Scenario, IsReadAsItIsWritten) {
  const ObjectDescription& object = *minusone_object();
  for (const char* text : {"add", "add is_set | set", "add | add | add"})
    EXPECT_EQ(to_string(parse_scenario(text, object), object), text);
  EXPECT_EQ(to_string(parse_scenario(" add()  is_set|set ", object), object), "add is_set | set");
}

TEST(Scenario, IsRefusedWithItsColumn) {
  const auto refusal = [](const std::string& text) -> std::string {
    try {
      parse_scenario(text, *minusone_object());
    } catch (const UsageError& error) {
      return error.what();
    }
    return "taken";
  };
  EXPECT_THAT(refusal("add | ad"), HasSubstr("column 7: no operation 'ad' (did you mean 'add'?)"));
  EXPECT_THAT(refusal("add(1)"), HasSubstr("column 5: add takes 0 arguments, and here are more"));
  EXPECT_THAT(refusal("add("), HasSubstr("column 1: a '(' without its ')'"));
  EXPECT_THAT(refusal("add |"), HasSubstr("column 6: an agent without a call"));
  EXPECT_THAT(refusal("| add"), HasSubstr("column 1: an agent without a call stands before it"));
  EXPECT_THAT(refusal(""), HasSubstr("column 1: an agent without a call"));
  EXPECT_THAT(refusal(")"), HasSubstr("column 1: ')' begins no call"));
}

}  // namespace
}  // namespace minusone
