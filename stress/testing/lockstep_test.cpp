// Real processes in lock step: what fibers do, step by step; deaths; and what a run leaves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/sem.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>

#include "protocol/testing/child.h"
#include "protocol/testing/private_run_logs.h"
#include "stress/explore/explore.h"
#include "stress/explore/process_replay.h"
#include "stress/modules/module.h"
#include "stress/subjects/channel_machine.h"
#include "stress/subjects/channel_processes.h"
#include "stress/subjects/program_group_machine.h"
#include "stress/subjects/program_group_processes.h"

namespace minusone {
namespace {

using testing::HasSubstr;

std::string traced(const std::string& name, ModuleKind kind = ModuleKind::traced) {
  return find_module(name, kind).path.string();
}

const Workload one_and_two{.writers = 1, .readers = 2};

/// The turns of a random execution to its end.
std::vector<int> random_turns(Machine& machine) {
  std::vector<int> turns;
  machine.reset();
  for (;;) {
    std::vector<int> ready;
    for (int agent = 0; agent < machine.agents(); ++agent) {
      if (machine.state(agent) == AgentState::ready) ready.push_back(agent);
    }
    const int late = ready.empty() ? machine.who_times_out() : -1;
    if ((ready.empty() && late < 0) || turns.size() > 2'000) return turns;
    const int agent = late >= 0 ? late : *rc::gen::elementOf(ready);
    const Effect effect = late >= 0 ? machine.time_out(agent) : machine.step(agent);
    if (effect != Effect::no_effect) turns.push_back(agent);
    if (effect == Effect::violation) return turns;
  }
}

Schedule random_schedule(const std::string& module, const Workload& workload) {
  ChannelMachine machine(module, workload);
  return {.build = {},
          .workload = workload,
          .is_program = false,
          .agents = random_turns(machine),
          .faults = {}};
}

class EveryProtocol : public testing::TestWithParam<std::string> {};

// Operation, place, offset, size, values, what each call returned, and what came of it.
TEST_P(EveryProtocol, TakesTheSameStepsInProcessesAsOnFibers) {
  const auto protocol = Module::load(GetParam(), ModuleKind::native).protocol();
  for (const auto kind : {ModuleKind::traced, ModuleKind::optimized}) {
    const auto module = traced(GetParam(), kind);
    EXPECT_TRUE(rc::check([&] {
      Workload workload{.writers = *rc::gen::inRange(1, 3),
                        .readers = *rc::gen::inRange(1, 3),
                        .messages = *rc::gen::inRange(1, 3),
                        .text = *rc::gen::element<std::size_t>(1, 8, 100)};
      if (protocol.max_writers != 0) workload.writers = 1;
      if (protocol.max_readers != 0) workload.readers = 1;
      const auto segment =
          *rc::gen::element(SegmentKind::sysv, SegmentKind::posix, SegmentKind::memfd);
      const auto schedule = random_schedule(module, workload);
      ProcessReplay replay(module, schedule, {.segment = segment});
      for (int round = 0; round < 3; ++round) {
        const auto differs = replay.take();
        RC_ASSERT(differs == "");
      }
    })) << GetParam();
  }
}

INSTANTIATE_TEST_SUITE_P(Lockstep, EveryProtocol, testing::ValuesIn([] {
                           auto names = protocol_names();
                           // Its loop at -O2 takes no step at all, and never comes back.
                           std::erase(names, "naive/hoisted_flag");
                           return names;
                         }()),
                         [](const auto& info) {
                           auto text = info.param;
                           std::ranges::replace(text, '/', '_');
                           return text;
                         });

/// The turns of an execution in which the first that can go on does, and what is planned befalls.
/// @return nothing where it does not come so far
std::optional<std::vector<int>> turns_under(const FaultPlan& plan, Machine& machine) {
  std::vector<int> turns;
  machine.faults().plan(plan);
  machine.reset();
  for (int agent = 0; agent >= 0;) {
    const bool late = machine.state(agent) == AgentState::blocked;
    if ((late ? machine.time_out(agent) : machine.step(agent)) != Effect::no_effect)
      turns.push_back(agent);
    agent = -1;
    for (int i = machine.agents() - 1; i >= 0; --i) {
      if (machine.state(i) == AgentState::ready) agent = i;
    }
    if (agent < 0) agent = machine.who_times_out();
  }
  return machine.faults().all_befell() ? std::optional(turns) : std::nullopt;
}

// A death in a schedule is a SIGKILL here, and what the others then meet is what they meet on
// fibers: at each step of each agent.
TEST(Lockstep, ADeathAtAnyStepIsTheSameInProcessesAsOnFibers) {
  const Workload two{.writers = 2, .readers = 2};
  for (const char* name : {"safe/robust_mutex", "safe/posix_semaphore", "safe/sysv_semaphore"}) {
    const auto module = traced(name);
    for (const int dying : {0, 2}) {
      for (int after = 0;; ++after) {
        const FaultPlan plan{{FaultKind::death, dying, after}};
        std::optional<std::vector<int>> turns;
        {
          ChannelMachine machine(module, two);
          turns = turns_under(plan, machine);
        }
        if (!turns) break;
        ProcessReplay replay(
            module,
            {.build = {}, .workload = two, .is_program = false, .agents = *turns, .faults = plan});
        for (int round = 0; round < 2; ++round)
          ASSERT_EQ(replay.take(), "") << name << ", a death after " << after << " steps";
      }
    }
  }
}

TEST(Lockstep, ReachesMinusOneAThousandTimesOfAThousand) {
  const std::vector<int> turns{0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 2, 1, 1};
  ProcessReplay replay(
      traced("naive/counter"),
      {.build = {}, .workload = one_and_two, .is_program = false, .agents = turns});
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(replay.take(), "");
    ASSERT_EQ(replay.seen().came_to.word, -1);
  }
}

TEST(Lockstep, SaysWhereProcessesDifferFromFibers) {
  const std::vector<int> turns{0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 2, 1, 1};
  ProcessReplay replay(
      traced("naive/counter"),
      {.build = {}, .workload = one_and_two, .is_program = false, .agents = turns});
  ASSERT_EQ(replay.take(), "");
  auto other = replay.seen();
  other.steps[5].before = 7;
  EXPECT_THAT(difference(replay.expected(), other, replay.names()),
              testing::AllOf(HasSubstr("step 6, of reader 1"), HasSubstr("1 before"),
                             HasSubstr("7 before")));
}

/// The article's programs, their source untouched: a reader, and writers that type these lines.
std::vector<ProgramSpec> article(const std::vector<std::vector<std::string>>& lines) {
  std::vector<ProgramSpec> programs{{find_program("shmread").path, "shmread", {}}};
  for (const auto& typed : lines) {
    programs.push_back(
        {find_program("shmwrite").path, "shmwrite " + std::to_string(programs.size()), typed});
  }
  return programs;
}

Schedule schedule_of_programs(std::vector<int> turns, FaultPlan faults = {}) {
  return {.build = {},
          .workload = {},
          .is_program = true,
          .agents = std::move(turns),
          .faults = std::move(faults)};
}

// main() and all, each in a process of its own; the segment is one that shmget() makes.
TEST(LockstepPrograms, TakeTheSameStepsInProcessesAsOnFibers) {
  const auto programs = article({{"one", "end"}, {"two"}});
  EXPECT_TRUE(rc::check([&] {
    std::vector<int> turns;
    {
      ProgramGroupMachine machine(programs);
      turns = random_turns(machine);
    }
    ProcessReplay replay(programs, schedule_of_programs(turns));
    for (int round = 0; round < 3; ++round) {
      const auto differs = replay.take();
      RC_ASSERT(differs == "");
    }
  }));
}

TEST(LockstepPrograms, DoInProcessesWhatExplorationFound) {
  const auto programs = article({{"early", "end"}});
  ExploreOptions options;
  options.programs = programs;
  const auto result = explore("", "b", options);
  int broken = 0;
  for (const PropertyResult& property : result.properties) {
    if (property.verdict != Verdict::violated) continue;
    ++broken;
    ProcessReplay replay(programs, parse_schedule(property.schedule));
    EXPECT_EQ(replay.take(), "") << name_of(property.property);
    if (property.property != Property::no_loss) continue;
    // D1: the reader that starts discards what was written before.
    EXPECT_THAT(replay.seen().came_to.printed.front(), testing::Not(testing::Contains("early\n")));
  }
  EXPECT_GT(broken, 0);
}

// The same for a main(): a reader that is gone, and a writer.
TEST(LockstepPrograms, DieInProcessesAsOnFibers) {
  const auto programs = article({{"early", "end"}});
  for (const int dying : {0, 1}) {
    int after = 0;
    for (;; ++after) {
      const FaultPlan plan{{FaultKind::death, dying, after}};
      std::optional<std::vector<int>> turns;
      {
        ProgramGroupMachine machine(programs);
        turns = turns_under(plan, machine);
      }
      if (!turns) break;
      ProcessReplay replay(programs, schedule_of_programs(*turns, plan));
      for (int round = 0; round < 2; ++round)
        ASSERT_EQ(replay.take(), "") << dying << " dies after " << after << " steps";
    }
    EXPECT_GT(after, 5);
  }
}

TEST(LockstepPrograms, SayWhatOneOfThemPrintsOtherwise) {
  const auto programs = article({{"early", "end"}});
  std::vector<int> turns;
  {
    ProgramGroupMachine machine(programs);
    machine.reset();
    while (machine.state(0) == AgentState::ready && machine.step(0) == Effect::stepped)
      turns.push_back(0);
    for (int agent : {1, 0, 1, 0, 1, 0}) {
      while (machine.state(agent) == AgentState::ready && machine.step(agent) == Effect::stepped)
        turns.push_back(agent);
    }
  }
  ProcessReplay replay(programs, schedule_of_programs(turns));
  ASSERT_EQ(replay.take(), "");
  auto other = replay.seen();
  ASSERT_THAT(other.came_to.printed.front(), testing::Contains("early\n"));
  other.came_to.printed.front().back() = "late";
  EXPECT_THAT(difference(replay.expected(), other, replay.names()),
              HasSubstr("shmread prints 'early\nend\n' on fibers"));
}

bool segments_of(pid_t creator) {
  std::ifstream lines("/proc/sysvipc/shm");
  std::string line;
  std::getline(lines, line);
  long key, id, perms, size, cpid;
  while (lines >> key >> id >> perms >> size >> cpid && std::getline(lines, line)) {
    if (cpid == creator) return true;
  }
  return false;
}

TEST(LockstepPrograms, LeaveNoSegment) {
  const PrivateRunLogs logs;
  {
    ProgramGroupProcesses machine(article({{"early", "end"}}));
    machine.reset();
    for (int i = 0; i < 4; ++i) ASSERT_EQ(machine.step(1), Effect::stepped) << machine.stopped();
    EXPECT_TRUE(segments_of(getpid()));
  }
  EXPECT_FALSE(segments_of(getpid()));
  EXPECT_TRUE(std::filesystem::is_empty(RunLog::directory()));
}

/// Lets these agents take steps, one after the other, until none of them can go on.
/// @return how many have finished
int run_all(ProcessMachine& machine, std::vector<int> agents) {
  for (bool moved = true; moved;) {
    moved = false;
    for (const int agent : agents) {
      // A wait loop's round is a step too: nobody polls here for longer than the others work.
      for (int i = 0; i < 100 && machine.state(agent) == AgentState::ready; ++i)
        moved |= machine.step(agent) == Effect::stepped;
    }
  }
  return static_cast<int>(std::ranges::count_if(
      agents, [&](int agent) { return machine.state(agent) == AgentState::finished; }));
}

/// The numbers of steps after which a killed writer leaves the others stuck.
std::vector<int> fatal_steps(const std::string& name) {
  std::vector<int> fatal;
  ChannelProcesses machine(traced(name), {.writers = 2, .readers = 1}, {SegmentKind::sysv});
  for (int steps = 0;; ++steps) {
    machine.reset();
    int taken = 0;
    while (taken < steps && machine.state(0) == AgentState::ready) {
      machine.step(0);
      ++taken;
    }
    if (taken < steps) return fatal;
    machine.kill(0);
    if (run_all(machine, {1, 2}) < 2) fatal.push_back(steps);
    EXPECT_EQ(machine.difference(), "") << "after step " << steps;
    EXPECT_EQ(machine.violation(), "") << "after step " << steps;
  }
}

// The kernel cleans up for real (EOWNERDEAD, SEM_UNDO), and the model agrees with each answer.
TEST(Lockstep, AKilledWriterLeavesTheOthersGoingWhereTheKernelCleansUp) {
  EXPECT_THAT(fatal_steps("safe/robust_mutex"), testing::IsEmpty());
  EXPECT_THAT(fatal_steps("safe/sysv_semaphore"), testing::IsEmpty());
}

TEST(Lockstep, AKilledWriterLeavesASemaphoreTakenForEver) {
  // Not before its sem_wait, and not after its sem_post.
  const auto fatal = fatal_steps("safe/posix_semaphore");
  ASSERT_THAT(fatal, testing::Not(testing::IsEmpty()));
  EXPECT_EQ(fatal.front(), 1);
  EXPECT_LT(fatal.back(), 6);
}

/// The keys in the run logs of this test.
std::vector<key_t> logged_sets() {
  std::vector<key_t> keys;
  for (const auto& entry : std::filesystem::directory_iterator(RunLog::directory())) {
    std::ifstream lines(entry.path());
    for (std::string kind, key; lines >> kind >> key;) {
      if (kind == "sem") keys.push_back(static_cast<key_t>(std::stoul(key, nullptr, 16)));
    }
  }
  return keys;
}

bool is_gone(pid_t process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/stat");
  std::string word;
  for (int i = 0; i < 3 && status >> word; ++i) {
  }
  return !status || word == "Z" || word == "X";
}

TEST(Lockstep, TenThousandSchedulesWithKillsLeaveNothing) {
  const PrivateRunLogs logs;
  std::vector<pid_t> processes;
  std::vector<key_t> sets;
  {
    ChannelProcesses machine(traced("safe/sysv_semaphore"), {.writers = 2, .readers = 2},
                             {SegmentKind::sysv});
    const std::vector<int> turns{0, 0, 0};
    for (int i = 0; i < 10'000; ++i) {
      machine.start_lazily();
      ASSERT_TRUE(machine.run(turns)) << machine.stopped();
      if (i % 10 != 0) continue;
      processes.push_back(machine.process(i / 10 % 4));
      machine.kill(i / 10 % 4);
    }
    for (int agent = 0; agent < 4; ++agent) processes.push_back(machine.process(agent));
    sets = logged_sets();
    EXPECT_THAT(sets, testing::SizeIs(1));
    EXPECT_TRUE(segments_of(getpid()));
  }
  for (const pid_t process : processes) {
    EXPECT_TRUE(process == -1 || ::kill(process, 0) == -1) << process;
  }
  EXPECT_FALSE(segments_of(getpid()));
  for (const key_t key : sets) EXPECT_EQ(semget(key, 0, 0), -1);
  EXPECT_TRUE(std::filesystem::is_empty(RunLog::directory()));
}

// Killed itself, the controller takes its processes and its segment along; its set is in the log.
TEST(Lockstep, AKilledControllerLeavesNoProcessAndNoSegmentAndItsSetIsCleaned) {
  const PrivateRunLogs logs;
  TellingChild<std::array<pid_t, 3>> controller([](const auto& tell) {
    ChannelProcesses machine(traced("safe/sysv_semaphore"), one_and_two, {SegmentKind::sysv});
    machine.reset();
    machine.step(0);
    tell({machine.process(0), machine.process(1), machine.process(2)});
    for (;;) pause();
  });
  const auto agents = controller.told();
  ASSERT_TRUE(agents) << "the controller ended before it had started its agents";
  EXPECT_TRUE(segments_of(controller.process()));
  const auto sets = logged_sets();
  ASSERT_THAT(sets, testing::SizeIs(1));
  controller.child().kill();
  for (const pid_t agent : *agents) {
    while (!is_gone(agent)) usleep(1000);
  }
  while (segments_of(controller.process())) usleep(1000);  // who reads /proc/PID holds its memory
  EXPECT_NE(semget(sets.front(), 0, 0), -1);
  clean();
  EXPECT_EQ(semget(sets.front(), 0, 0), -1);
}

}  // namespace
}  // namespace minusone
