#include <fmt/format.h>

#include <chrono>
#include <memory>

#include "protocol/run_log.h"
#include "stress/cli/verbs.h"
#include "stress/modules/module.h"
#include "stress/subjects/channel_machine.h"
#include "stress/subjects/channel_processes.h"

namespace minusone::cli {
namespace {

struct Given {
  Common common;
  std::string protocol = "naive/counter";
  Workload workload{.writers = 1, .readers = 2, .messages = 2};
  int steps = 12;
};

/// The first steps of an execution that hands on as often as it can, or as seldom.
std::vector<int> schedule_of(ChannelMachine& machine, int steps, bool alternates) {
  machine.reset();
  std::vector<int> turns;
  int agent = 0;
  for (int tried = 0; static_cast<int>(turns.size()) < steps && tried < machine.agents();) {
    const bool goes_on =
        machine.state(agent) == AgentState::ready && machine.step(agent) == Effect::stepped;
    if (goes_on) turns.push_back(agent);
    tried = goes_on ? 0 : tried + 1;
    if (alternates || !goes_on) agent = (agent + 1) % machine.agents();
  }
  return turns;
}

double schedules_a_second(ChannelProcesses& processes, const std::vector<int>& turns,
                          std::chrono::milliseconds limit) {
  using Clock = std::chrono::steady_clock;
  const auto began = Clock::now();
  std::uint64_t taken = 0;
  while (Clock::now() - began < limit) {
    for (int i = 0; i < 100; ++i, ++taken) {
      processes.start_lazily();
      if (!processes.run(turns))
        throw std::runtime_error("a schedule of fibers cannot be taken in processes: " +
                                 processes.stopped() + processes.difference());
    }
  }
  return static_cast<double>(taken) / std::chrono::duration<double>(Clock::now() - began).count();
}

void run_lockstep(Given& given, Status& status) {
  const auto module = find_module(given.protocol, ModuleKind::traced).path.string();
  const auto limit = given.common.limit(std::chrono::seconds(1));
  clean();
  std::vector<int> turns[2];
  {
    ChannelMachine fibers(module, given.workload);
    for (const bool alternates : {false, true})
      turns[alternates] = schedule_of(fibers, given.steps, alternates);
  }
  ChannelProcesses processes(module, given.workload);
  for (const auto& schedule : turns) {
    std::size_t switches = 0;
    for (std::size_t i = 1; i < schedule.size(); ++i) switches += schedule[i] != schedule[i - 1];
    const double rate = schedules_a_second(processes, schedule, limit);
    fmt::print("{}: {} steps, {} switches: {:.0f} schedules a second in lock-step processes\n",
               given.protocol, schedule.size(), switches, rate);
  }
  status = holds;
}

}  // namespace

void add_bench(Verb& command, Status& status) {
  auto* verb = command.add_verb("bench", "measure the engines themselves");
  verb->requires_verb();
  add_bench_explore(*verb, status);
  auto* lockstep =
      verb->add_verb("lockstep", "schedules a second with agents in lock-step processes");
  auto given = std::make_shared<Given>();
  lockstep->add_option("protocol", given->protocol, "naive/counter, or the path of a traced module")
      ->shows_default();
  add_workload(*lockstep, given->workload);
  lockstep->add_option("--steps", given->steps, "steps of a schedule")
      ->between(1, 5'000)
      ->shows_default();
  given->common.add_to(*lockstep);
  lockstep->callback([given, &status] { run_lockstep(*given, status); });
}

}  // namespace minusone::cli
