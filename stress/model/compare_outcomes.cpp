#include <fmt/format.h>

#include <algorithm>

#include "stress/model/conformance.h"
#include "stress/model/weaker_memory.h"
#include "stress/native/engine.h"

namespace minusone {
namespace {

using Clock = std::chrono::steady_clock;

FaultBudget faults_of(const ModelSize& size) {
  return {.deaths = size.death == Death::none ? 0 : 1, .mortals = size.death};
}

std::set<std::string> outcomes_of(const Result& result) {
  std::set<std::string> seen;
  for (const auto& row : result.outcomes) {
    if (row.count > 0) seen.insert(row.outcome);
  }
  return seen;
}

bool violates(const Result& result, Property property) {
  const auto found = std::ranges::find(result.properties, property, &PropertyResult::property);
  return found != result.properties.end() && found->verdict == Verdict::violated;
}

}  // namespace

ExploreOptions Conformance::exploration(const ModelSize& size, bool optimized) const {
  ExploreOptions options;
  options.workload = workload_of(size);
  options.strategy.faults = faults_of(size);
  options.optimized = optimized;
  options.shrinks = false;
  options.executions = options_.executions;
  options.glibc = modelled_glibc;
  options.time_limit = options_.exploration;
  // A size that was too large for few agents is too large for many: they get a short look.
  const bool is_too_large = std::ranges::any_of(too_large_, [&](const ModelSize& other) {
    return size.writers >= other.writers && size.readers >= other.readers &&
           size.messages >= other.messages &&
           (size.death == other.death || other.death == Death::none);
  });
  if (is_too_large)
    options.time_limit =
        std::min<std::chrono::milliseconds>(options.time_limit, std::chrono::seconds(1));
  options.interrupted = options_.verifier.interrupted;
  return options;
}

/// An execution of the real code that comes to the outcome, as a schedule; empty: none was found.
std::string Conformance::explored_way_to(const ModelSize& size, const std::string& outcome) const {
  const auto subject =
      make_channel(traced_.path.string(), workload_of(size), {.glibc = modelled_glibc});
  std::string way;
  const auto until = Clock::now() + options_.exploration;
  SearchLimits limits;
  limits.interrupted = [&] { return interrupted() || Clock::now() > until; };
  const auto search = make_search({.faults = faults_of(size)}, subject->machine(),
                                  mortals(*subject, faults_of(size)), limits, 1);
  search->run([&](const Execution& execution) {
    std::vector<int> agents;
    for (const Step& step : execution.steps) agents.push_back(step.agent);
    subject->judge(execution);
    if (subject->last_outcome() == outcome) {
      way = to_string(Schedule{traced_.build_id, workload_of(size), false, std::move(agents),
                               subject->machine().faults().plan()});
    }
    return way.empty();
  });
  return way;
}

void Conformance::compare_with_explored(const ModelSize& size, SizeReport& row) {
  const auto result = explore(traced_.path.string(), traced_.build_id, exploration(size, false));
  row.explored = outcomes_of(result);
  row.explored_whole = result.assurance == Assurance::complete;
  row.executions = result.executions.all();
  row.explored_seconds = result.seconds;
  if (!row.explored_whole) too_large_.push_back(size);
  if (!row.model.complete) return;
  for (const auto& outcome : row.explored) {
    if (row.modelled.contains(outcome)) continue;
    disagree(
        fmt::format("{}: exploration reaches '{}', the model does not", to_string(size), outcome),
        explored_way_to(size, outcome));
  }
  for (const ModelEnd& end : row.model.ends) {
    const auto outcome = to_string(end.outcome, word_name());
    if (!row.explored_whole || row.explored.contains(outcome)) continue;
    const auto trail = shortest(size, sought(end.outcome));
    disagree(
        fmt::format("{}: the model reaches '{}', exploration does not", to_string(size), outcome),
        trail ? schedule_of(size, *trail) : "");
  }
  if (!row.explored_whole) return;
  // Two properties do not show in the outcomes' fixed form.
  for (const auto& [property, what] :
       {std::pair{Property::legal_state, "the word takes a value that is not legal"},
        {Property::survives_death, "somebody is stuck beside a dead agent"}}) {
    const bool modelled = any_breaks(row.model.ends, property);
    if (modelled == violates(result, property)) continue;
    disagree(fmt::format("{}: {} {}, and {} it is not so", to_string(size),
                         modelled ? "in the model" : "under exploration", what,
                         modelled ? "under exploration" : "in the model"));
  }
}

void Conformance::compare_with_native(const ModelSize& size, SizeReport& row) {
  auto known = row.explored;
  known.insert(row.modelled.begin(), row.modelled.end());
  bool optimized_known = false;
  for (const bool widened : {true, false}) {
    StressOptions options;
    options.workload = workload_of(size);
    options.place = widened ? Place::same : Place::free;
    options.widen.by = widened ? Widen::By::yield : Widen::By::none;
    options.segment = SegmentKind::memfd;
    options.rounds = options_.rounds;
    options.time_limit = std::chrono::seconds(20);
    options.seed = options_.seed;
    const auto result = stress(widened ? widened_ : native_, options);
    row.native_rounds += result.executions.all();
    for (const auto& outcome : outcomes_of(result)) {
      if (known.contains(outcome)) continue;
      if (!optimized_known) {
        const auto also = outcomes_of(
            explore(optimized_.path.string(), optimized_.build_id, exploration(size, true)));
        known.insert(also.begin(), also.end());
        optimized_known = true;
        if (known.contains(outcome)) continue;
      }
      const auto what =
          fmt::format("{}: native rounds come to '{}', which no explored schedule does",
                      to_string(size), outcome);
      if (const auto memory = weaker_memory_with(outcome, optimized_, exploration(size, true))) {
        report_.notes.push_back(
            fmt::format("{}: outside sequential consistency, inside {}: its stores and loads come "
                        "in another order than they are written",
                        what, *memory == MemoryModel::tso ? "x86 (TSO)" : "C++20 (RC11)"));
      } else if (keeps(Property::no_data_race)) {
        disagree(what, command_line(name_, options));
      } else {
        report_.notes.push_back(what +
                                ": outside sequential consistency, or torn into more than two "
                                "pieces, as a data race allows");
      }
      known.insert(outcome);
    }
  }
}

}  // namespace minusone
