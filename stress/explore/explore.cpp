#include "stress/explore/explore.h"

#include <fmt/format.h>

#include <algorithm>
#include <climits>
#include <iterator>

#include "protocol/counted.h"
#include "stress/explore/choices.h"
#include "stress/explore/conclusion.h"
#include "stress/explore/counterexample.h"
#include "stress/explore/result_collector.h"
#include "stress/explore/schedule_so_far.h"
#include "stress/machine/end_of_work.h"

namespace minusone {
namespace {

using Clock = std::chrono::steady_clock;

StepRules rules_of(const ExploreOptions& options, AgentSet shared_stacks) {
  return {.copy_steps = options.copy_steps,
          .chosen = options.chosen,
          .shared_stacks = shared_stacks,
          .fair_rounds = options.fair_rounds,
          .max_threads = options.max_threads,
          .max_memory = options.max_memory,
          .glibc = options.glibc,
          .memory = options.memory,
          .by_graph = options.by_graph,
          .orders = options.orders.get()};
}

std::unique_ptr<Subject> make_subject(const std::string& module, const ExploreOptions& options,
                                      AgentSet shared_stacks) {
  const StepRules rules = rules_of(options, shared_stacks);
  if (options.object) return make_object(module, *options.object, rules);
  return options.programs.empty() ? make_subject(module, options.workload, rules, options.arguments)
                                  : make_program_group(options.programs, options.closing, rules);
}

/// What kills a thread kills its process, and leaves nobody whom that could harm.
void refuse_death_of_thread(const Subject& subject, const FaultBudget& faults) {
  if (subject.kind() != SubjectKind::program || faults.deaths == 0) return;
  throw ModuleRefused(fmt::format(
      "{} is one process, and no thread of it can die alone: a signal that kills one kills all, "
      "and "
      "leaves nobody to judge; leave --crash out, or explore several processes: --programs, or a "
      "protocol",
      subject.name()));
}

/// What a search over states is not made for, by name.
void refuse_states(const Subject& subject, const Strategy& strategy) {
  const auto refuse = [](const char* what) {
    throw ModuleRefused(
        fmt::format("a search over states does not take {} yet: leave --search out", what));
  };
  if (strategy.kind != &exhaustive_strategy) refuse("another strategy than the exhaustive one");
  if (strategy.preemptions) refuse("a bound on preemptions (--preemptions)");
  FaultBudget besides = strategy.faults;
  if (besides.choices > 0) refuse("values that the code lets the search choose");
  besides.deaths = 0;
  if (!besides.none()) refuse("interrupted calls and the like (--faults)");
  if (subject.kind() == SubjectKind::programs) refuse("several programs (--programs)");
  if (subject.kind() == SubjectKind::object) refuse("an object with its specification");
}

/// What a memory model weaker than sequential consistency is not made for, by name; empty: nothing.
std::string_view beyond_weak_memory(SubjectKind kind, const Strategy& strategy) {
  if (strategy.over_states) return "a search over states (--search states)";
  if (strategy.kind != &exhaustive_strategy) return "--strategy";
  if (strategy.preemptions) return "a bound on preemptions (--preemptions)";
  // Which of two calls comes first in time the graph does not say, and linearizability asks.
  if (kind == SubjectKind::object) return "an object with its specification";
  return {};
}

void refuse_memory(const Subject& subject, const ExploreOptions& options) {
  if (options.memory == MemoryModel::sc) return;
  const auto what = beyond_weak_memory(subject.kind(), options.strategy);
  if (what.empty()) return;
  throw ModuleRefused(
      fmt::format("--memory {} does not take {} yet: leave it out, or explore "
                  "under sequential consistency (--memory sc)",
                  name_of(options.memory), what));
}

/// A schedule of the subject, of no steps.
Schedule blank_schedule(const Subject& subject, const std::string& build, const Workload& workload,
                        MemoryModel memory, AgentSet shared_stacks) {
  return {.build = build,
          .workload = workload,
          .is_program = subject.is_program(),
          .agents = {},
          .faults = {},
          .stacks = shared_stacks,
          .memory = memory,
          .ways = {}};
}

AllowedRaces allowed_races(const Subject& subject, const ExploreOptions& options) {
  auto all = subject.allowed_races();
  all.insert(all.end(), options.allowed_races.begin(), options.allowed_races.end());
  return AllowedRaces(all);
}

std::vector<std::string> lines_of(const Replayed& replayed) {
  auto lines = as_lines(replayed.steps);
  if (!replayed.violation.empty()) lines.push_back(replayed.violation);
  return lines;
}

/// An agent that is held in a loop that counts may be held elsewhere when steps are swapped.
bool replays(Subject& subject, const Schedule& schedule) {
  try {
    take(subject, schedule);
    return true;
  } catch (const BadSchedule&) {
    return false;
  }
}

/// The shortest schedule of the smallest workload that breaks the property, told step by step.
void tell(PropertyResult& property, Subject& subject, const std::string& module,
          const ResultCollector::Shortest& shortest) {
  const Schedule& schedule =
      replays(subject, shortest.arranged) ? shortest.arranged : shortest.taken;
  const auto taken = take(subject, schedule);
  const auto violation = subject.machine().violation();
  const auto earlier = subject.machine().earlier();
  const auto leak = subject.machine().leak();
  const Narrator narrator(subject, module);
  property.steps = narrator.tell(taken.steps, taken.callers);
  property.trace = as_lines(property.steps);
  if (taken.end == End::violation) {
    property.trace.push_back(violation);
    if (earlier) property.trace.push_back(narrator.tell(*earlier));
    if (const MemoryFault* const fault = subject.machine().memory_fault())
      std::ranges::copy(narrator.tell(*fault), std::back_inserter(property.trace));
  } else if (leak && property.property == Property::no_fault) {
    property.trace.push_back(narrator.tell(*leak));
  }
  if (taken.end == End::quiescent && (property.property == Property::no_deadlock ||
                                      property.property == Property::survives_death)) {
    for (auto& sentence : narrator.waiting()) property.trace.push_back(std::move(sentence));
  }
  if (property.property == Property::linearizable) {
    for (auto& line : subject.tell_history(taken.steps)) property.trace.push_back(std::move(line));
  }
  property.schedule = to_string(schedule);
  property.cause = cause_of(subject, schedule, property.property);
}

/// Each place at which an agent died, and of those that break something who is left waiting.
std::vector<DeathPoint> deaths(Subject& subject, const std::string& module,
                               const ResultCollector& collector) {
  std::vector<DeathPoint> told;
  for (auto& [point, shortest] : collector.deaths()) {
    if (shortest) {
      const Schedule& schedule =
          replays(subject, shortest->arranged) ? shortest->arranged : shortest->taken;
      take(subject, schedule);
      point.waiting = Narrator(subject, module).waiting();
      point.schedule = to_string(schedule);
    }
    told.push_back(std::move(point));
  }
  return told;
}

/// Looks for a smaller workload with fewer faults, and tells that instead, where there is one.
void tell_smaller(PropertyResult& property, const std::string& module, const std::string& build,
                  const ExploreOptions& options) {
  const ShrinkCase given{options.workload, options.strategy.faults};
  const StepRules rules = rules_of(options, 0);
  const auto smallest = smallest_case(module, given, rules, property.property);
  if (smallest == given) return;
  const auto subject = make_channel(module, smallest.workload, rules);
  ResultCollector collector(*subject, module,
                            blank_schedule(*subject, build, smallest.workload, options.memory, 0),
                            false, allowed_races(*subject, options));
  make_search({.faults = smallest.faults}, subject->machine(), mortals(*subject, smallest.faults),
              {.executions = 20'000}, 1)
      ->run([&](const Execution& execution) {
        collector.add(execution);
        return true;
      });
  const auto found = collector.shortest().find(property.property);
  if (found != collector.shortest().end()) tell(property, *subject, module, found->second);
}

/// When to stop, and why it was stopped.
class Limits {
 public:
  explicit Limits(const ExploreOptions& options) : options_(options) {}

  bool reached() {
    out_of_time_ = Clock::now() - began_ > options_.time_limit;
    return out_of_time_ || was_interrupted();
  }
  bool was_interrupted() const {
    return options_.interrupted != nullptr && options_.interrupted->load();
  }
  /// As the search was told last.
  bool was_reached() const { return out_of_time_ || was_interrupted(); }
  /// An execution came to no end, for it was over (WorkIsOver).
  void cut_an_execution() {
    out_of_time_ = !was_interrupted();
    cut_ = true;
  }
  /// Of a search that has not visited everything.
  std::string sentence(const Search& search) const {
    return fmt::format(
        "{} {}{}{}",
        was_interrupted() ? "interrupted after"
        : out_of_time_    ? "the time limit was reached after"
                          : "ended, as asked, after",
        search.states() ? counted(search.states()->states, "state")
                        : counted(search.counts().executions(), "execution"),
        search.estimate() > 0 ? fmt::format(" of about {:.2g}", search.estimate()) : "",
        cut_ ? ", and within the next, where an agent ran on without a step" : "");
  }
  double seconds() const { return std::chrono::duration<double>(Clock::now() - began_).count(); }

 private:
  const ExploreOptions& options_;
  const Clock::time_point began_ = Clock::now();
  bool out_of_time_ = false;
  bool cut_ = false;
};

/// Runs the search that the options ask for. @return it, at its end
std::unique_ptr<Search> run_search(Subject& subject, const Schedule& blank,
                                   ResultCollector& collector, Limits& limits,
                                   const ExploreOptions& options, const ExploreProgress& progress) {
  const ScheduleSoFar so_far(subject.machine(), blank);
  SearchLimits of_search;
  of_search.steps = options.max_steps;
  if (options.executions) of_search.executions = *options.executions;
  of_search.state_bytes = options.state_bytes;
  const Search* running = nullptr;
  of_search.interrupted = [&] {
    const auto states = running->states();
    if (progress)
      progress(states ? states->states : running->counts().executions(), running->estimate());
    return limits.reached();
  };
  auto search = make_search(options.strategy, subject.machine(),
                            mortals(subject, options.strategy.faults), of_search, options.seed);
  running = search.get();
  try {
    search->run([&](const Execution& execution) {
      collector.add(execution);
      return !options.until_violated || collector.shortest().empty();
    });
  } catch (const WorkIsOver&) {
    limits.cut_an_execution();
  }
  return search;
}

/// What is told of the executions that the collector has kept: each broken property with the
/// schedule that is easiest to follow, who starved, where agents died.
void tell_all(Result& result, Subject& subject, const std::string& module,
              const ResultCollector& collector, const ExploreOptions& options) {
  if (options.explains) {
    for (auto& line : collector.steps_by_place()) result.notes.push_back(std::move(line));
    for (auto& line : left_out(result)) result.notes.push_back(std::move(line));
  }
  if (const auto& starvation = collector.starvation()) {
    const auto& [who, schedule] = *starvation;
    result.notes.push_back(fmt::format("starvation: {}: {}", who, to_string(schedule)));
  }
  // Telling takes schedules again, when the work may be over: what was found stands without it.
  try {
    const auto& shortest = collector.shortest();
    for (PropertyResult& property : result.properties) {
      if (const auto found = shortest.find(property.property); found != shortest.end())
        tell(property, subject, module, found->second);
    }
    name_calls(result);
    result.deaths = deaths(subject, module, collector);
  } catch (const WorkIsOver&) {
    result.limits.push_back("not all that was found is told step by step, for the work was over");
  }
}

/// @param stacks  of agents that are shared; more of them at the end: all is to be done again
/// @param orders  by what the agents' steps turned out to order one another
Result explore_with(AgentSet& stacks, const std::string& module, const std::string& build,
                    const ExploreOptions& given, Limits& limits, const ExploreProgress& progress,
                    OrdersUsed& orders) {
  const AgentSet watched = stacks;
  ExploreOptions options = given;
  const auto subject = make_subject(module, options, stacks);
  if (chooses(*subject, options)) options.strategy.faults.choices = INT_MAX;
  refuse_death_of_thread(*subject, options.strategy.faults);
  refuse_memory(*subject, options);
  if (options.strategy.over_states) refuse_states(*subject, options.strategy);
  auto result = begin_result(*subject, build, options);
  const auto blank = blank_schedule(*subject, build, result.workload, options.memory, stacks);
  ResultCollector collector(*subject, module, blank, options.explains,
                            allowed_races(*subject, options));
  const auto search = run_search(*subject, blank, collector, limits, options, progress);
  if ((stacks |= subject->machine().unwatched_stacks()) != watched) return result;
  orders = std::max(orders, subject->machine().orders_used());
  const bool samples = search->assurance() == Assurance::sampled;
  if (samples ? limits.was_reached() : !search->counts().exhausted)
    result.limits.push_back(limits.sentence(*search));
  collector.put_into(result);
  conclude(result, *search, options, *subject, collector, limits.was_reached());
  tell_all(result, *subject, module, collector, options);
  if ((stacks |= subject->machine().unwatched_stacks()) != watched) return result;
  for (PropertyResult& property : result.properties) {
    const bool shrinks = options.shrinks && !subject->is_program() && !limits.was_interrupted();
    if (!shrinks || property.verdict != Verdict::violated) continue;
    // The smallest workload with a race might be one whose races are allowed.
    if (property.property == Property::no_data_race && !result.allowed_races.empty()) continue;
    try {
      tell_smaller(property, module, build, options);
    } catch (const WorkIsOver&) {  // what was found stands
    }
  }
  result.seconds = limits.seconds();
  return result;
}

/// A search under a weaker model that came to no end takes back nothing of the one before it.
Result told_beside(const Result& interleavings, Result all) {
  if (all.verdict == Verdict::inconclusive) {
    all.notes.push_back(fmt::format(
        "memory: under sequential consistency it holds, {}: {} (--memory sc)",
        name_of(interleavings.assurance), counted(interleavings.executions.all(), "execution")));
  }
  return all;
}

/// Calls `run(stacks)` with ever more agents' stacks shared, until no other turns out to be.
template <class Run>
auto with_shared_stacks(AgentSet stacks, Run run) {
  for (;;) {
    const AgentSet known = stacks;
    auto result = run(stacks);
    if (stacks == known) return result;
  }
}

}  // namespace

Result explore(const std::string& module, const std::string& build, const ExploreOptions& options,
               const ExploreProgress& progress) {
  Limits limits(options);
  OrdersUsed orders = OrdersUsed::strong;
  const auto explore_under = [&](MemoryModel memory) {
    ExploreOptions under = options;
    under.memory = memory;
    return with_shared_stacks(0, [&](AgentSet& stacks) {
      return explore_with(stacks, module, build, under, limits, progress, orders);
    });
  };
  if (!options.memory_as_needed) return explore_under(options.memory);
  auto result = explore_under(MemoryModel::sc);
  if (result.verdict != Verdict::holds) return result;  // nor does it hold where more may happen
  const bool is_proof = result.assurance == Assurance::complete && result.allowed_races.empty();
  result.model.race_free = is_proof && orders == OrdersUsed::strong;
  if (result.model.race_free) return result;
  const auto leave_open = [&](std::string_view why) {
    result.notes.push_back(fmt::format(
        "memory: this is no verdict about C++20, under which more may happen than under "
        "sequential consistency: {}",
        why));
    return result;
  };
  const auto beyond = beyond_weak_memory(result.kind, options.strategy);
  if (!beyond.empty()) return leave_open(fmt::format("--memory rc11 does not take {} yet", beyond));
  const bool is_of_x86 = orders == OrdersUsed::of_processor;
  try {
    return told_beside(result, explore_under(is_of_x86 ? MemoryModel::tso : MemoryModel::rc11));
  } catch (const NotModelled& refusal) {
    return leave_open(refusal.what());
  }
}

namespace {

Replayed replay_with(AgentSet& stacks, const std::string& module, const Schedule& schedule,
                     const ExploreOptions& given) {
  ExploreOptions options = given;
  options.workload = schedule.workload;
  options.memory = schedule.memory;
  const auto subject = make_subject(module, options, stacks);
  if (subject->is_program() != schedule.is_program) {
    throw BadSchedule(fmt::format("the schedule is of {}, and {} is {}",
                                  schedule.is_program ? "a whole program" : "a channel", module,
                                  subject->is_program() ? "a program" : "a protocol"));
  }
  for (const PlannedFault& fault : schedule.faults) ++options.strategy.faults.of(fault.kind);
  refuse_death_of_thread(*subject, options.strategy.faults);
  Replayed replayed;
  Result& result = replayed.result = begin_result(*subject, schedule.build, options);
  result.engine = EngineKind::replay;
  result.mode = "one schedule, in fibers";
  result.assurance = Assurance::observed;
  const ScheduleSoFar so_far(subject->machine(), schedule);
  const auto taken = take(*subject, schedule);
  stacks |= subject->machine().unwatched_stacks();
  if (taken.end == End::unwatched) return replayed;
  replayed.violation = subject->machine().violation();
  const Narrator narrator(*subject, module);
  replayed.steps = narrator.tell(taken.steps, taken.callers);
  replayed.trace = lines_of(replayed);
  ResultCollector collector(*subject, module, schedule, false, allowed_races(*subject, options));
  if (const MemoryFault* const fault = subject->machine().memory_fault())
    std::ranges::copy(narrator.tell(*fault), std::back_inserter(replayed.trace));
  if (taken.end == End::complete || taken.end == End::quiescent)
    std::ranges::copy(subject->tell_history(taken.steps), std::back_inserter(replayed.trace));
  collector.add({taken.steps, taken.end});
  collector.put_into(result);
  result.steps = taken.steps.size();
  result.verdict = result.executions.violating > 0 ? Verdict::violated
                   : taken.end == End::too_long    ? Verdict::inconclusive
                                                   : Verdict::holds;
  if (schedule.is_position)
    result.limits.push_back("a position: its schedule stops before the execution's end");
  for (const auto& limit : subject->machine().limits_met())
    result.limits.push_back(fmt::format("the execution was cut where {}", limit));
  name_glibc(result, subject->machine(), options);
  if (!collector.touched_shared()) doubt(result);
  return replayed;
}

}  // namespace

Replayed replay(const std::string& module, const Schedule& schedule,
                const ExploreOptions& options) {
  return with_shared_stacks(schedule.stacks, [&](AgentSet& stacks) {
    return replay_with(stacks, module, schedule, options);
  });
}

Replayed replay(const std::string& module, const Schedule& schedule, int copy_steps) {
  ExploreOptions options;
  options.copy_steps = copy_steps;
  return replay(module, schedule, options);
}

}  // namespace minusone
