// Every claim of every protocol under every schedule of a small workload, and what the command
// promises: schedules that replay, the compiler's second opinion, refusals by name.
#include "stress/explore/explore.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "protocol/check.h"
#include "stress/machine/testing/brute_force.h"
#include "stress/modules/module.h"
#include "stress/modules/traced_module.h"
#include "stress/native/engine.h"
#include "stress/search/dpor.h"
#include "stress/search/interleavings.h"
#include "stress/subjects/channel_machine.h"
#include "stress/testing/claim_cases.h"

namespace minusone {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;

Result explored(const std::string& name, const Workload& workload, bool optimized = false,
                const FaultBudget& faults = {}, std::uint64_t executions = 30'000) {
  const auto module = Module::load(name, optimized ? ModuleKind::optimized : ModuleKind::traced);
  ExploreOptions options;
  options.workload = workload;
  options.optimized = optimized;
  options.strategy.faults = faults;
  options.executions = executions;
  return explore(module.path().string(), module.build_id(), options);
}

const PropertyResult& property(const Result& result, Property wanted) {
  return *std::ranges::find(result.properties, wanted, &PropertyResult::property);
}

std::vector<std::string> outcomes(const Result& result) {
  std::vector<std::string> seen;
  for (const auto& row : result.outcomes) {
    if (row.count > 0) seen.push_back(row.outcome);
  }
  return seen;
}

TEST(Explore, ReachesMinusOneWithTwoReadersAndMinusTwoWithThree) {
  for (const bool optimized : {false, true}) {
    const auto two = explored("naive/counter", {.writers = 1, .readers = 2}, optimized);
    EXPECT_EQ(two.verdict, Verdict::violated);
    EXPECT_EQ(two.assurance, Assurance::complete);
    EXPECT_THAT(outcomes(two), testing::Contains(HasSubstr("written = -1")));
    const auto three = explored("naive/counter", {.writers = 1, .readers = 3}, optimized);
    EXPECT_THAT(outcomes(three), testing::Contains(HasSubstr("written = -2")));
  }
}

TEST(Explore, CountsTheExecutionsThatArithmeticSays) {
  const auto counter = explored("naive/counter", {.writers = 1, .readers = 2});
  EXPECT_EQ(counter.executions, (ExecutionCounts{.violating = 6, .blocked = 2}));
  // Who comes first among two writers and among two readers.
  for (const char* name : {"safe/atomic_slot", "safe/posix_semaphore", "safe/sysv_semaphore"}) {
    const auto slot = explored(name, {.writers = 2, .readers = 2});
    EXPECT_EQ(slot.executions.complete, 4U) << name;
    EXPECT_EQ(slot.verdict, Verdict::holds) << name;
  }
}

std::uint64_t in_outcomes(const Result& result) {
  std::uint64_t sum = 0;
  for (const auto& row : result.outcomes) sum += row.count;
  return sum;
}

// Each execution is of one kind and of one outcome, whatever ran it.
TEST(Executions, AreCountedOnceByEveryEngine) {
  const auto holding = explored("safe/atomic_slot", {.writers = 1, .readers = 2});
  EXPECT_EQ(holding.executions.stuck_rightly, holding.executions.all()) << "one message for two";
  EXPECT_EQ(in_outcomes(holding), holding.executions.all());
  const auto counter = explored("naive/counter", {.writers = 1, .readers = 2});
  EXPECT_EQ(in_outcomes(counter), counter.executions.all());

  const auto path = Module::load("naive/counter", ModuleKind::traced).path().string();
  const auto schedule = property(counter, Property::legal_state).schedule;
  const auto whole = replay(path, parse_schedule(schedule)).result;
  EXPECT_EQ(whole.executions, ExecutionCounts{.violating = 1});
  EXPECT_EQ(in_outcomes(whole), 1U);
  const auto position = replay(path, parse_schedule("b:1w2r1m8b:w1x2+")).result;
  EXPECT_EQ(position.executions, ExecutionCounts{.too_long = 1});
  EXPECT_EQ(in_outcomes(position), 1U);

  StressOptions options;
  options.workload = {.writers = 1, .readers = 2};
  options.widen.by = Widen::By::yield;
  options.place = Place::same;
  options.rounds = 40;
  options.time_limit = std::chrono::minutes(1);
  options.seed = 1;
  for (const char* name : {"naive/counter", "safe/atomic_slot"}) {
    const auto rounds = stress(Module::load(name, ModuleKind::widened), options);
    EXPECT_EQ(rounds.executions.all(), 40U) << name;
    EXPECT_EQ(in_outcomes(rounds), 40U) << name;
    EXPECT_EQ(rounds.executions.too_long, 0U) << name;
  }
}

// The position that is told is one that replay takes.
TEST(ExploreDeathTest, TellsTheScheduleSoFarWhereACheckFails) {
  const auto path = Module::load("naive/counter", ModuleKind::traced).path().string();
  ExploreOptions options;
  options.workload = {.writers = 2, .readers = 3};
  const auto fail = [](std::uint64_t, double) { MINUSONE_CHECK(false, "a test lets it fail"); };
  EXPECT_EXIT(explore(path, "0123456789ab", options, fail), testing::ExitedWithCode(bug_status),
              "schedule so far: 0123456789ab:2w3r1m8b:[wr][123](x[0-9]+)?(\\.[wr0-9x.]+)?\\+\n");
}

TEST(Explore, TellsOfEachStepItsFileItsValueAndWhoHandedOver) {
  const auto steps = property(explored("naive/atomic_counter", {.writers = 1, .readers = 2}),
                              Property::legal_state)
                         .steps;
  ASSERT_FALSE(steps.empty());
  // std::atomic's inlined code stands in the protocol's own lines.
  for (const TraceStep& step : steps)
    EXPECT_THAT(step.path, testing::EndsWith("naive/atomic_counter/atomic_counter.cpp"));
  EXPECT_EQ(steps.back().place, "written");
  EXPECT_EQ(steps.back().before + " to " + steps.back().after, "0 to -1");
  EXPECT_THAT(steps.back().ordered_after, testing::ElementsAre(static_cast<int>(steps.size()) - 1));
  const auto plain =
      property(explored("naive/counter", {.writers = 1, .readers = 2}), Property::legal_state)
          .steps;
  ASSERT_FALSE(plain.empty());
  EXPECT_THAT(plain.back().ordered_after, testing::IsEmpty());
  EXPECT_THAT(plain.back().races, testing::Not(testing::IsEmpty()));
}

TEST(Explore, FindsTheRaceOfOneReadersCheckWithTheOthersWrite) {
  const auto result = explored("naive/counter", {.writers = 1, .readers = 2});
  bool found = false;
  for (const Race& race : result.races) {
    const auto reads = race.a.access.starts_with("read") ? race.a : race.b;
    const auto writes = race.a.access.starts_with("read") ? race.b : race.a;
    found |= reads.agent.starts_with("reader") && writes.agent.starts_with("reader") &&
             reads.agent != writes.agent && reads.access == "read of written" &&
             writes.access == "write of written" && reads.file == "counter.cpp" &&
             reads.line < writes.line;
  }
  EXPECT_TRUE(found);
}

TEST(Explore, LosesAMessageOfTheFlagWithoutAnIllegalState) {
  const auto result = explored("naive/flag", {.writers = 2, .readers = 1});
  EXPECT_GT(property(result, Property::no_loss).count, 0U);
  EXPECT_EQ(property(result, Property::legal_state).count, 0U);
}

TEST(Explore, HangsStdAtomicsWaitBetweenProcessesOnly) {
  const Workload processes{.writers = 1, .readers = 1, .messages = 2};
  Workload threads = processes;
  threads.processes = false;
  EXPECT_GT(property(explored("naive/atomic_wait", processes), Property::no_deadlock).count, 0U);
  EXPECT_EQ(property(explored("naive/atomic_wait", threads), Property::no_deadlock).count, 0U);
}

TEST(Replay, TakesAScheduleToTheSameTraceAThousandTimes) {
  const auto result = explored("naive/counter", {.writers = 1, .readers = 2});
  const auto& found = property(result, Property::legal_state);
  const auto schedule = parse_schedule(found.schedule);
  const auto path = Module::load("naive/counter", ModuleKind::traced).path().string();
  for (int i = 0; i < 1000; ++i) {
    const auto replayed = replay(path, schedule);
    ASSERT_EQ(replayed.trace, found.trace);
    ASSERT_THAT(outcomes(replayed.result), testing::ElementsAre(HasSubstr("written = -1")));
  }
}

TEST(Replay, SaysWhichStepDoesNotFit) {
  const auto path = Module::load("naive/counter", ModuleKind::traced).path().string();
  const auto refused = [&](const std::string& turns) -> std::string {
    try {
      replay(path, parse_schedule("b:1w2r1m8b:" + turns));
    } catch (const BadSchedule& bad) {
      return bad.what();
    }
    return "accepted";
  };
  EXPECT_THAT(refused("r1"), AllOf(HasSubstr("step 1"), HasSubstr("wait loop")));
  EXPECT_THAT(refused("w1x99"), AllOf(HasSubstr("step 6"), HasSubstr("finished")));
  EXPECT_THAT(refused("w1x5"), HasSubstr("could go on"));
}

// What the robust mutex is for; and a semaphore that a dead writer took stays taken.
TEST(Explore, LetsAnAgentDieAtEachStep) {
  // Under a sanitizer it is ten times slower, and there is no other answer.
  const Workload two{.writers = 2, .readers = MINUSONE_SANITIZED ? 1 : 2};
  const auto robust = explored("safe/robust_mutex", two, false, {.deaths = 1}, UINT64_MAX);
  EXPECT_EQ(robust.verdict, Verdict::holds);
  EXPECT_EQ(robust.assurance, Assurance::complete);
  const auto semaphore = explored("safe/posix_semaphore", two, false, {.deaths = 1});
  const auto& stuck = property(semaphore, Property::survives_death);
  EXPECT_GT(stuck.count, 0U);
  EXPECT_THAT(stuck.schedule, HasSubstr("w1-dies-1"));
  EXPECT_THAT(stuck.trace, testing::Contains(HasSubstr("waits at posix_semaphore.cpp")));
  EXPECT_EQ(property(semaphore, Property::no_deadlock).count, 0U);
  const auto path = Module::load("safe/posix_semaphore", ModuleKind::traced).path().string();
  EXPECT_EQ(replay(path, parse_schedule(stuck.schedule)).steps, stuck.steps);
}

// Not before its sem_wait, and not after its sem_post.
TEST(Explore, TellsOfEachPlaceWhatADeathThereBreaks) {
  const auto result = explored("safe/posix_semaphore", {.writers = 2, .readers = 1}, false,
                               {.deaths = 1, .mortals = Death::writer});
  ASSERT_THAT(result.deaths, testing::SizeIs(10));
  std::uint64_t violating = 0;
  for (const DeathPoint& death : result.deaths) {
    const bool is_inside = death.steps > 0;
    EXPECT_EQ(death.after.empty(), !is_inside);
    EXPECT_EQ(death.violating > 0, is_inside);
    EXPECT_EQ(death.file, "posix_semaphore.cpp");
    EXPECT_EQ(death.schedule.empty(), !is_inside);
    EXPECT_THAT(death.waiting, testing::SizeIs(is_inside ? 2 : 0));
    violating += death.violating;
    if (!is_inside) continue;
    EXPECT_THAT(death.schedule, HasSubstr(death.agent == "writer 1" ? "w1-dies-" : "w2-dies-"));
    EXPECT_THAT(death.schedule, HasSubstr("-dies-" + std::to_string(death.steps) + ":"));
    EXPECT_THAT(death.broken, testing::ElementsAre(Property::survives_death));
    EXPECT_THAT(death.waiting.back(), HasSubstr("reader 1 waits at posix_semaphore.cpp:"));
  }
  EXPECT_EQ(violating, property(result, Property::survives_death).count);
  EXPECT_EQ(result.deaths[1].after, "takes semaphore empty");
}

TEST(Explore, UndoesASignalAtANormalExit) {
  const auto result = explored("naive/sem_undo_signal", {.writers = 1, .readers = 1});
  EXPECT_EQ(result.verdict, Verdict::violated);
  EXPECT_GT(property(result, Property::no_loss).count, 0U);
}

/// Which lines a death of one reader breaks, with the condition variables of that glibc.
Result with_glibc(const GlibcVersion& version) {
  ExploreOptions options;
  options.workload = {.writers = 1, .readers = 2, .messages = 2};
  options.strategy.faults = {.deaths = 1, .mortals = Death::reader};
  options.glibc = version;
  const auto module = Module::load("naive/cond_killed_waiter", ModuleKind::traced);
  return explore(module.path().string(), "0", options);
}

TEST(Explore, HangsABroadcastBehindADeadWaiterUpToGlibc240) {
  const auto earlier = with_glibc({2, 40});
  EXPECT_EQ(earlier.model.glibc, "2.40");
  EXPECT_THAT(property(earlier, Property::survives_death).trace,
              testing::Contains(HasSubstr("where it broadcasts changed")));
  // From then on only who dies between its change and its broadcast leaves sleepers asleep.
  const auto later = with_glibc({2, 41});
  EXPECT_EQ(later.model.glibc, "2.41");
  const auto& stuck = property(later, Property::survives_death);
  EXPECT_EQ(stuck.verdict, Verdict::violated);
  EXPECT_THAT(stuck.trace, testing::Not(testing::Contains(HasSubstr("where it broadcasts"))));
  EXPECT_LT(later.executions.violating, earlier.executions.violating);
  // Where nobody dies no version differs, and none is named.
  EXPECT_EQ(explored("naive/cond_killed_waiter", {.writers = 1, .readers = 2}).model.glibc, "");
}

TEST(Replay, StopsAtAPositionAndJudgesWhatItHasSeenUntilThen) {
  const auto slot = Module::load("safe/atomic_slot", ModuleKind::traced).path().string();
  const auto early = replay(slot, parse_schedule("b:1w2r1m8b:w1x2+"));
  EXPECT_EQ(early.steps.size(), 2U);
  EXPECT_EQ(early.result.verdict, Verdict::inconclusive);
  const auto path = Module::load("naive/counter", ModuleKind::traced).path().string();
  const auto below = replay(path, parse_schedule("b:2w2r1m8b:w1x5.r1.r2x5.r1x4+"));
  EXPECT_EQ(property(below.result, Property::legal_state).verdict, Verdict::violated);
}

TEST(Explore, RefusesAModuleWithoutInstrumentation) {
  const auto native = Module::load("naive/counter", ModuleKind::native);
  EXPECT_THROW(explore(native.path().string(), "", {}), ModuleRefused);
}

// The segment's bytes are compared around each step: slow, so only the first executions.
TEST(Audit, FindsEveryWriteOfEveryProtocolAnnounced) {
  for (const auto& name : protocol_names()) {
    for (const auto kind : {ModuleKind::traced, ModuleKind::optimized}) {
      const auto module = Module::load(name, kind);
      Workload workload{.writers = 2, .readers = 2, .messages = 2};
      const auto protocol = Module::load(name, ModuleKind::native).protocol();
      if (protocol.max_writers != 0) workload.writers = protocol.max_writers;
      if (protocol.max_readers != 0) workload.readers = protocol.max_readers;
      ChannelMachine machine(module.path().string(), workload);
      machine.audit(true);
      std::uint64_t steps = 0;
      const auto counts = Dpor(machine, {.executions = 15}).run([&](const Execution& execution) {
        steps += execution.steps.size();
        EXPECT_THAT(machine.violation(), testing::Not(HasSubstr("announced")))
            << module.path().string();
        return true;
      });
      EXPECT_GT(counts.executions(), 0U) << module.path().string();
      // At -O2 the hoisted flag's readers loop without looking again.
      EXPECT_TRUE(steps > 0 || name == "naive/hoisted_flag") << module.path().string();
    }
  }
}

struct Seen {
  std::set<std::string> traces;  ///< of executions that nothing ended
  bool violations = false;
  SearchCounts counts;
};

Seen seen_by(Search&& search) {
  Seen seen;
  seen.counts = search.run([&](const Execution& execution) {
    // What ends an execution may end it sooner in another order of the same steps.
    if (execution.end == End::violation) {
      seen.violations = true;
    } else {
      seen.traces.insert(canonical(execution.steps) +
                         (execution.end == End::quiescent ? "..." : ""));
    }
    return true;
  });
  return seen;
}

TEST(Explore, ReducesWhatEveryInterleavingOfEveryProtocolComesTo) {
  int whole = 0;
  for (const auto& name : protocol_names()) {
    const auto protocol = Module::load(name, ModuleKind::native).protocol();
    for (const auto kind : {ModuleKind::traced, ModuleKind::optimized}) {
      for (const int readers : {1, 2}) {
        if (protocol.max_readers != 0 && readers > protocol.max_readers) continue;
        const auto path = Module::load(name, kind).path().string();
        ChannelMachine machine(path, {.writers = 1, .readers = readers});
        const auto all = seen_by(Interleavings(machine, {.executions = 2000}, 1000));
        const auto reduced = seen_by(Dpor(machine, {.executions = 5000}));
        if (!reduced.counts.exhausted) continue;
        EXPECT_TRUE(std::ranges::includes(reduced.traces, all.traces)) << path;
        EXPECT_EQ(reduced.counts.executions() - reduced.counts.violations, reduced.traces.size())
            << path << ": a trace was visited twice";
        if (!all.counts.exhausted) continue;
        EXPECT_EQ(reduced.traces, all.traces) << path;
        EXPECT_EQ(reduced.violations, all.violations) << path;
        ++whole;
      }
    }
  }
  EXPECT_GE(whole, 30) << "or the comparison says little";
}

std::vector<ClaimCase> claims_to_explore() {
  auto claims = all_claims();  // but for those of weak memory (weak_claims_test)
  std::erase_if(claims, [](const ClaimCase& it) { return it.claim.memory != MemoryModel::sc; });
#ifdef __SANITIZE_ADDRESS__
  claims = one_of_each_kind(std::move(claims));
#endif
  return claims;
}

/// Whether a death leaves somebody stuck under some of a few schedules, at each place of a death.
bool dies_at_random(const std::string& name, Workload workload) {
  workload.messages = std::min(workload.messages, 2);
  for (const auto kind : {ModuleKind::traced, ModuleKind::optimized}) {
    const auto module = Module::load(name, kind);
    ExploreOptions options;
    options.workload = workload;
    options.strategy = *parse_strategy("random");
    options.strategy.faults.deaths = 1;
    options.executions = 20;
    options.shrinks = false;
    const auto result = explore(module.path().string(), module.build_id(), options);
    if (property(result, Property::survives_death).count > 0) return true;
  }
  return false;
}

class ClaimsUnderEverySchedule : public testing::TestWithParam<ClaimCase> {};

TEST_P(ClaimsUnderEverySchedule, Hold) {
  const auto& [name, claim] = GetParam();
  FaultBudget faults;
  if (claim.property == Property::survives_death) faults.deaths = 1;
  if (!claim.keeps) {
    // At -O0 a loop reads each time; what the optimiser makes of it is in its own object.
    std::uint64_t seen = 0;
    Workload workload = claim.shown_by;
    workload.text = std::min<std::size_t>(workload.text, 64);  // a copy is two steps at any size
    if (faults.deaths > 0) {
      EXPECT_TRUE(dies_at_random(name, workload));
      return;
    }
    for (const std::uint64_t executions : {3'000, 30'000}) {
      for (const bool optimized : {false, true})
        seen += property(explored(name, workload, optimized, {}, executions), claim.property).count;
      if (seen > 0) break;
    }
    EXPECT_GT(seen, 0U) << "no execution breaks it";
    return;
  }
  const auto protocol = Module::load(name, ModuleKind::native).protocol();
  for (const auto& [writers, readers] : {std::pair{1, 1}, {1, 2}, {2, 1}}) {
    if ((protocol.max_writers != 0 && writers > protocol.max_writers) ||
        (protocol.max_readers != 0 && readers > protocol.max_readers)) {
      continue;
    }
    const auto result =
        explored(name, {.writers = writers, .readers = readers, .messages = 1}, false, faults);
    EXPECT_EQ(property(result, claim.property).count, 0U)
        << "replay with: " << property(result, claim.property).schedule;
    EXPECT_EQ(property(result, Property::no_fault).count, 0U);
  }
}

INSTANTIATE_TEST_SUITE_P(Protocols, ClaimsUnderEverySchedule,
                         testing::ValuesIn(claims_to_explore()),
                         [](const auto& info) { return name_of(info.param); });

}  // namespace
}  // namespace minusone
