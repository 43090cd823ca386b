// Real processes in lock step: what fibers do, step by step; deaths; and what a run leaves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "protocol/testing/private_run_logs.h"
#include "stress/agents/channel_machine.h"
#include "stress/explore/process_replay.h"
#include "stress/native/module.h"

namespace minusone {
namespace {

using testing::HasSubstr;

std::string traced(const std::string& name, ModuleKind kind = ModuleKind::traced) {
  return find_module(name, kind).path.string();
}

const Workload one_and_two{.writers = 1, .readers = 2};

/// The schedule of a random execution to its end.
Schedule random_schedule(const std::string& module, const Workload& workload) {
  Schedule schedule{.build = {}, .workload = workload, .is_program = false, .agents = {}};
  ChannelMachine machine(module, workload);
  machine.reset();
  for (;;) {
    std::vector<int> ready;
    for (int agent = 0; agent < machine.agents(); ++agent) {
      if (machine.state(agent) == AgentState::ready) ready.push_back(agent);
    }
    if (ready.empty() || schedule.agents.size() > 2'000) return schedule;
    const int agent = *rc::gen::elementOf(ready);
    const Effect effect = machine.step(agent);
    if (effect != Effect::no_effect) schedule.agents.push_back(agent);
    if (effect == Effect::violation) return schedule;
  }
}

class EveryProtocol : public testing::TestWithParam<std::string> {};

// Operation, place, offset, size, values, what each call returned, and what came of it.
TEST_P(EveryProtocol, TakesTheSameStepsInProcessesAsOnFibers) {
  const auto protocol = Module::load(GetParam(), ModuleKind::native).protocol();
  for (const auto kind : {ModuleKind::traced, ModuleKind::optimized}) {
    const auto module = traced(GetParam(), kind);
    for (const auto segment : {SegmentKind::sysv, SegmentKind::posix, SegmentKind::memfd}) {
      EXPECT_TRUE(rc::check([&] {
        Workload workload{.writers = *rc::gen::inRange(1, 3),
                          .readers = *rc::gen::inRange(1, 3),
                          .messages = *rc::gen::inRange(1, 3),
                          .text = *rc::gen::element<std::size_t>(1, 8, 100)};
        if (protocol.max_writers != 0) workload.writers = 1;
        if (protocol.max_readers != 0) workload.readers = 1;
        const auto schedule = random_schedule(module, workload);
        ProcessReplay replay(module, schedule, {.segment = segment});
        for (int round = 0; round < 3; ++round) {
          const auto differs = replay.take();
          RC_ASSERT(differs == "");
        }
      })) << GetParam();
    }
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

}  // namespace
}  // namespace minusone
