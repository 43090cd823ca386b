#include "stress/explore/conclusion.h"

#include <fmt/format.h>

#include "protocol/counted.h"
#include "stress/explore/choices.h"
#include "stress/modules/compiler_of.h"

namespace minusone {
namespace {

/// What was not found to be broken is not known to hold.
void leave_open(Result& result) {
  for (PropertyResult& property : result.properties) {
    if (property.verdict == Verdict::holds) property.verdict = Verdict::inconclusive;
  }
}

/// Where states were merged, and a race may have come up in none of the executions that were looked
/// at: then it is not known that there is none.
void leave_races_open(Result& result, const Search& search) {
  auto why = search.races_not_judged();
  if (why.empty() && search.states() && !result.allowed_races.empty())
    why = "a race that is allowed may hide another";
  if (why.empty()) return;
  for (PropertyResult& property : result.properties) {
    if (property.property != Property::no_data_race || property.verdict != Verdict::holds) continue;
    property.verdict = Verdict::inconclusive;
    if (result.verdict == Verdict::holds) result.verdict = Verdict::inconclusive;
    result.limits.push_back(fmt::format(
        "data races: two accesses that were next at once would have been told; others are known to "
        "--search executions alone, for here is {}",
        why));
  }
}

/// What is often taken for a fence between threads, where there is a race.
void hint_at_fences(Result& result, const Subject& subject) {
  if (result.races.empty() || !subject.module_of(0).calls("__tsan_atomic_signal_fence")) return;
  result.notes.push_back(
      "atomic_signal_fence() orders a thread and its own signal handlers only: where other agents "
      "are to be ordered, atomic_thread_fence() does that");
}

}  // namespace

Result begin_result(const Subject& subject, const std::string& build,
                    const ExploreOptions& options) {
  Result result;
  result.protocol = subject.name();
  result.build = build;
  result.engine = EngineKind::explore;
  result.kind = subject.kind();
  result.mode = to_string(options.strategy) + (options.optimized ? ", the -O2 object" : "");
  result.workload = options.workload;
  if (subject.is_program()) {
    result.workload = {.writers = 0,
                       .readers = 0,
                       .messages = 1,
                       .text = 1,
                       .processes = subject.kind() != SubjectKind::program};
  }
  if (options.object)
    result.scenario = to_string(options.object->scenario, *options.object->specified);
  result.model.memory = name_of(options.memory);
  result.model.copy_steps = options.copy_steps;
  result.model.optimized = options.optimized;
  const FaultBudget& faults = options.strategy.faults;
  result.model.eintr = faults.eintr;
  result.model.spurious = faults.spurious;
  result.model.weak_cas = faults.weak_cas;
  result.model.timeouts = faults.timeouts;
  result.model.deaths = faults.deaths;
  result.seed = options.seed;
  for (const Property property : subject.properties()) {
    if (property == Property::survives_death && faults.deaths == 0) continue;
    result.properties.push_back({.property = property});
  }
  result.environment.cpus = 1;
  result.environment.affinity = "any";
  result.environment.kernel = "fibers";
  result.environment.compiler = compiler_of(subject.module_of(0).path());
  result.environment.built_by = __VERSION__;
  return result;
}

void name_glibc(Result& result, const Machine& machine, const ExploreOptions& options) {
  if (machine.depends_on_glibc())
    result.model.glibc = to_string(options.glibc.value_or(running_glibc()));
}

void conclude(Result& result, const Search& search, const ExploreOptions& options,
              const Subject& subject, const ResultCollector& collector, bool was_ended) {
  const Machine& machine = subject.machine();
  const SearchCounts& counts = search.counts();
  for (auto& limit : search.limits()) result.limits.push_back(std::move(limit));
  for (const auto& limit : machine.limits_met())
    result.limits.push_back(fmt::format("executions were cut where {}", limit));
  if (const auto cut = counts.too_long - collector.cut_at_limits(); cut > 0) {
    result.limits.push_back(fmt::format(
        "{} cut after {} steps (--max-steps): a loop that does not end, or the limit is too low",
        counted_were(cut, "execution"), options.max_steps));
  }
  result.assurance = search.assurance();
  name_glibc(result, machine, options);
  if (machine.simplifies_memory()) {
    result.limits.push_back(
        "ranges of memory were read and written at once, where others used parts of them: of those "
        "only the newest was read");
  }
  if (machine.throttled()) {
    result.limits.push_back(fmt::format(
        "agents in a loop that counts were held after {} rounds (--fair-rounds), until one of the "
        "places that they read changed or the others had had their turn{}",
        options.fair_rounds,
        options.memory == MemoryModel::sc ? "" : "; from then on they read what is newest"));
  }
  if (machine.reuses_numbers()) {
    result.limits.push_back(
        "threads were given the numbers of others that had ended (--max-threads), and in other "
        "orders they may get others");
  }
  const bool races_by_leave = options.memory != MemoryModel::sc && !result.allowed_races.empty();
  if (races_by_leave) {
    result.limits.push_back(
        "accesses that may race were taken for relaxed ones, and what else a data race may come to "
        "was not looked at");
  }
  const auto values = values_left_out(machine, options.chosen);
  if (!values.empty()) result.limits.push_back(values);
  if (result.assurance == Assurance::complete &&
      (!counts.exhausted || counts.too_long > 0 || machine.throttled() ||
       machine.reuses_numbers() || machine.simplifies_memory() || races_by_leave ||
       !values.empty()))
    result.assurance = Assurance::bounded;
  result.executions.blocked = counts.duplicates;
  result.states = search.states();
  result.steps = counts.steps;
  // A sample that was taken whole holds as what it is; a search that was cut short says nothing.
  const bool whole = counts.too_long == 0 && collector.came_to_an_end() &&
                     (result.assurance == Assurance::sampled ? !was_ended : counts.exhausted);
  result.verdict = result.executions.violating > 0 ? Verdict::violated
                   : whole                         ? Verdict::holds
                                                   : Verdict::inconclusive;
  if (!collector.came_to_an_end() && result.verdict != Verdict::violated)
    result.limits.push_back("no execution came to its end, so none says that the program is right");
  if (!collector.touched_shared()) doubt(result);
  // An execution ends with a fault. What others would have done behind it was not seen, nor what
  // comes of their doing it earlier.
  if (counts.violations > 0) {
    result.limits.push_back(
        "an execution ends with its fault, and what would have come behind it was not looked at");
  }
  if (!whole || !collector.touched_shared() || counts.violations > 0) leave_open(result);
  leave_races_open(result, search);
  hint_at_fences(result, subject);
}

void doubt(Result& result) {
  if (result.verdict == Verdict::violated) return;
  result.verdict = Verdict::inconclusive;
  result.limits.push_back("no agent took a step on shared memory: nothing was explored");
}

void name_calls(Result& result) {
  const auto name = [&](RaceSide& side) {
    for (const PropertyResult& property : result.properties) {
      for (const TraceStep& step : property.steps) {
        const bool is_it = step.line == side.line && step.path == side.path &&
                           step.function == side.function && !step.call.file.empty();
        if (is_it && side.call.file.empty()) side.call = step.call;
      }
    }
  };
  for (Race& race : result.races) {
    name(race.a);
    name(race.b);
  }
}

std::vector<std::string> left_out(const Result& result) {
  const Model& m = result.model;
  std::string faults;
  const auto say = [&](int budget, const char* what) {
    faults += fmt::format("{}{} {}", faults.empty() ? "" : ", ",
                          budget == 0 ? "no" : fmt::format("more than {}", budget), what);
  };
  say(m.deaths, "deaths");
  say(m.eintr, "interrupted calls (EINTR)");
  say(m.spurious, "spurious wake-ups");
  say(m.weak_cas, "failures of weak compare-and-swaps");
  say(m.timeouts, "timeouts");
  std::vector<std::string> lines{"left out, for an execution may have: " + faults};
  if (m.memory == name_of(MemoryModel::sc)) {
    lines.push_back(
        "left out: memory orders weaker than sequential consistency (races are told apart from "
        "that)");
  }
  lines.push_back(
      fmt::format("left out: tearing of one racy copy into more than {} pieces", m.copy_steps));
  return lines;
}

}  // namespace minusone
