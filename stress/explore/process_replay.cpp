#include "stress/explore/process_replay.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "stress/explore/counterexample.h"
#include "stress/subjects/channel_processes.h"
#include "stress/subjects/program_group_processes.h"
#include "stress/subjects/subject.h"
#include "stress/sync/family.h"
#include "stress/sync/memory/memory_steps.h"

namespace minusone {
namespace {

/// An address in what agents share differs from machine to machine, where it points to does not.
std::uint64_t without_base(const Observable& seen, std::uint64_t value) {
  return seen.shared_offset(value).value_or(value);
}

ComparedStep compared(const Observable& seen, const Step& step, bool taken) {
  const auto& module = seen.module_of(step.agent);
  ComparedStep form{.agent = step.agent,
                    .action = step.action,
                    .order = step.order,
                    .pc = module.file_address(step.pc)};
  const bool ends = step.action == Action::finished || step.action == Action::died;
  if (ends) form.pc = form.order = 0;
  if (step.count > 0 && !ends) {
    const Access& first = step.accesses[0];
    form.bytes = first.bytes;
    form.offset = seen.shared_offset(first.address).value_or(0);
  }
  if (!taken) return form;
  form.after = without_base(seen, step.after);
  if (is_memory_action(step.action)) form.before = without_base(seen, step.before);
  if (step.count == 0 || ends) form.before = form.after = 0;
  return form;
}

ComparedExecution compared(const Machine& machine, const Observable& seen,
                           std::span<const Step> steps) {
  ComparedExecution execution;
  for (const Step& step : steps) execution.steps.push_back(compared(seen, step, true));
  for (int agent = 0; agent < machine.agents(); ++agent) {
    execution.finished.push_back(machine.state(agent) == AgentState::finished);
    execution.pending.push_back(
        execution.finished.back() ? ComparedStep{} : compared(seen, machine.pending(agent), false));
  }
  execution.came_to = seen.observe();
  execution.violated = !machine.violation().empty();
  return execution;
}

/// What the operations of a channel's agents came to.
std::string difference(const History& fibers, const History& processes,
                       const std::vector<std::string>& names) {
  if (fibers.size() != processes.size()) {
    return fmt::format("on fibers {} operations were called, in processes {}", fibers.size(),
                       processes.size());
  }
  for (std::size_t i = 0; i < fibers.size(); ++i) {
    const Operation& a = fibers[i];
    const Operation& b = processes[i];
    // One that is about to be called has no time of its own yet.
    const bool same_time = a.ending == Ending::pending || a.called == b.called;
    if (a.ending == b.ending && a.torn == b.torn && a.message == b.message && same_time &&
        a.returned == b.returned) {
      continue;
    }
    return fmt::format("an operation of {} ended otherwise in its process", names[a.agent]);
  }
  return {};
}

std::string in_words(const ComparedStep& step) {
  return fmt::format("'{}', of {} bytes at offset {}, {} before and {} after, at {:#x}",
                     call_of(step.action).told->verb, step.bytes, step.offset,
                     static_cast<std::int64_t>(step.before), static_cast<std::int64_t>(step.after),
                     step.pc);
}

}  // namespace

std::string difference(const ComparedExecution& fibers, const ComparedExecution& processes,
                       const std::vector<std::string>& names) {
  for (std::size_t i = 0; i < std::min(fibers.steps.size(), processes.steps.size()); ++i) {
    if (fibers.steps[i] == processes.steps[i]) continue;
    // What a call that must not be made comes to for real says nothing.
    const bool is_misuse = fibers.violated && processes.violated && i + 1 == fibers.steps.size() &&
                           !is_memory_action(fibers.steps[i].action);
    if (is_misuse && fibers.steps[i].same_call_as(processes.steps[i])) continue;
    return fmt::format("step {}, of {}: on fibers it is {}; in its process {}", i + 1,
                       names[static_cast<std::size_t>(fibers.steps[i].agent)],
                       in_words(fibers.steps[i]), in_words(processes.steps[i]));
  }
  if (fibers.steps.size() != processes.steps.size()) {
    return fmt::format("on fibers it takes {} steps, in processes {}", fibers.steps.size(),
                       processes.steps.size());
  }
  if (fibers.violated && processes.violated) return {};
  for (std::size_t agent = 0; agent < fibers.finished.size(); ++agent) {
    const auto& name = names[agent];
    if (fibers.finished[agent] != processes.finished[agent]) {
      return fmt::format("{} has {}finished on fibers, and has {}in its process", name,
                         fibers.finished[agent] ? "" : "not ",
                         processes.finished[agent] ? "" : "not ");
    }
    if (fibers.pending[agent] != processes.pending[agent]) {
      return fmt::format("at the end {} comes next to {} on fibers, and to {} in its process", name,
                         in_words(fibers.pending[agent]), in_words(processes.pending[agent]));
    }
  }
  if (fibers.came_to.word != processes.came_to.word) {
    return fmt::format("at the end the state word is {} on fibers, and {} in the segment",
                       fibers.came_to.word.value_or(0), processes.came_to.word.value_or(0));
  }
  for (std::size_t agent = 0; agent < fibers.came_to.printed.size(); ++agent) {
    if (fibers.came_to.printed[agent] != processes.came_to.printed[agent]) {
      return fmt::format("{} prints '{}' on fibers, and '{}' in its process", names[agent],
                         fmt::join(fibers.came_to.printed[agent], ""),
                         fmt::join(processes.came_to.printed[agent], ""));
    }
    if (fibers.came_to.exit_statuses[agent] != processes.came_to.exit_statuses[agent]) {
      return fmt::format("{} exits with {} on fibers, and with {} in its process", names[agent],
                         fibers.came_to.exit_statuses[agent],
                         processes.came_to.exit_statuses[agent]);
    }
  }
  return difference(fibers.came_to.history, processes.came_to.history, names);
}

ProcessReplay::ProcessReplay(const std::string& module, const Schedule& schedule,
                             const ProcessMachine::Settings& settings)
    : schedule_(schedule) {
  if (schedule.is_program) {
    throw BadSchedule(
        "the schedule is of the threads of one program, or of the processes that it forks, and "
        "lock step is of several programs: leave --processes out");
  }
  {
    const auto subject = make_channel(module, schedule.workload,
                                      {.copy_steps = settings.copy_steps, .glibc = settings.glibc});
    expect(*subject);
  }
  observe(std::make_unique<ChannelProcesses>(module, schedule.workload, settings));
}

ProcessReplay::ProcessReplay(const std::vector<ProgramSpec>& programs, const Schedule& schedule,
                             const ProcessMachine::Settings& settings)
    : schedule_(schedule) {
  {
    const auto subject = make_program_group(
        programs, {}, {.copy_steps = settings.copy_steps, .glibc = settings.glibc});
    expect(*subject);
  }
  observe(std::make_unique<ProgramGroupProcesses>(programs, settings));
}

/// Takes it on fibers.
void ProcessReplay::expect(Subject& subject) {
  if (schedule_.memory != MemoryModel::sc) {
    throw BadSchedule(
        fmt::format("the schedule is one under --memory {}, and real processes cannot "
                    "be made to see what is older: leave --processes out",
                    name_of(schedule_.memory)));
  }
  const auto taken = minusone::take(subject, schedule_);
  expected_ = compared(subject.machine(), subject, taken.steps);
  for (const Step& step : taken.steps) {
    if (const char* const refused = call_of(step.action).real->refused) throw BadSchedule(refused);
    faults_.push_back(step.fault);
  }
  for (int agent = 0; agent < subject.machine().agents(); ++agent)
    names_.push_back(subject.agent(agent));
  if (std::ranges::count(faults_, FaultKind::weak_cas) > 0) {
    throw BadSchedule(
        "the schedule has a compare-and-swap that fails for no reason, which a process cannot be "
        "made to do: leave --processes out");
  }
}

template <class Processes>
void ProcessReplay::observe(std::unique_ptr<Processes> machine) {
  seen_ = [&its = *machine] { return compared(its, its, its.steps()); };
  machine_ = std::move(machine);
}

// What befalls an agent is the controller's to deal out, between two runs of turns.
bool ProcessReplay::take_turns() {
  std::span<const int> turns(schedule_.agents);
  std::size_t from = 0;
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    if (faults_[i] == FaultKind::none) continue;
    if (!machine_->run(turns.subspan(from, i - from))) return false;
    from = i + 1;
    if (faults_[i] == FaultKind::death) {
      machine_->kill(turns[i]);
    } else if (!machine_->befall(turns[i], faults_[i])) {
      return false;
    }
  }
  return machine_->run(turns.subspan(from));
}

std::string ProcessReplay::take() {
  machine_->reset();
  const bool whole = take_turns();
  if (!machine_->difference().empty()) return machine_->difference();
  if (!whole && expected_.steps.size() > machine_->steps().size()) {
    return fmt::format("step {}, taken on fibers, cannot be taken in its process: {}{}{}",
                       machine_->steps().size() + 1, machine_->stopped(),
                       machine_->violation().empty() ? "" : ": ", machine_->violation());
  }
  return difference(expected_, seen(), names_);
}

}  // namespace minusone
