#include "stress/cli/objects.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <optional>

#include "protocol/counted.h"
#include "stress/cli/programs.h"
#include "stress/cli/verbs.h"
#include "stress/modules/module.h"
#include "stress/report/text.h"

namespace minusone::cli {
namespace {

/// Of scenarios: agents, and operations of each at most.
struct ScenarioSize {
  int agents = 2;
  int operations = 2;
};
constexpr double most_scenarios = 100'000;

/// "3x2". @return nothing: it is no size
std::optional<ScenarioSize> size_of(const std::string& given) {
  ScenarioSize size;
  if (given.empty()) return size;
  const char* const end = given.data() + given.size();
  const auto [times, no_agents] = std::from_chars(given.data(), end, size.agents);
  if (no_agents != std::errc{} || times == end || *times != 'x') return std::nullopt;
  const auto [behind, no_operations] = std::from_chars(times + 1, end, size.operations);
  if (no_operations != std::errc{} || behind != end) return std::nullopt;
  if (size.agents < 1 || size.agents > 8 || size.operations < 1 || size.operations > 8) {
    throw UsageError(fmt::format(
        "--scenario {}: expected 1 to 8 agents with 1 to 8 operations each, such as 3x2", given));
  }
  return size;
}

/// How many all_scenarios() has: multisets of scripts.
double count_of(const ObjectDescription& description, const ScenarioSize& size) {
  double calls = 0, scripts = 0, all = 1;
  for (int i = 0; i < description.count; ++i) calls += description.operations[i]->samples;
  for (int length = 1; length <= size.operations; ++length) scripts += std::pow(calls, length);
  for (int agent = 1; agent <= size.agents; ++agent) all *= (scripts + agent - 1) / agent;
  return all;
}

/// @throws UsageError  it is no source file
const ObjectDescription& specified(const GivenObject& given) {
  if (!is_source(given.file)) {
    throw UsageError(fmt::format(
        "'{}' is the traced module of an object, which has no specification in it: give its source "
        "file",
        given.file));
  }
  return load_object(built(given.file, given.build, ModuleKind::native));
}

void add_up(Result& sum, const Result& one) {
  sum.executions.complete += one.executions.complete;
  sum.executions.stuck_rightly += one.executions.stuck_rightly;
  sum.executions.violating += one.executions.violating;
  sum.executions.too_long += one.executions.too_long;
  sum.executions.blocked += one.executions.blocked;
  sum.steps += one.steps;
  sum.seconds += one.seconds;
  sum.assurance = std::max(sum.assurance, one.assurance);
  sum.model.race_free &= one.model.race_free;
  for (std::size_t i = 0; i < sum.properties.size(); ++i) {
    if (one.properties[i].verdict == Verdict::inconclusive)
      sum.properties[i].verdict = Verdict::inconclusive;
  }
  for (const auto& [from, to] :
       {std::pair(&one.limits, &sum.limits), std::pair(&one.notes, &sum.notes)}) {
    for (const auto& line : *from) {
      if (std::ranges::find(*to, line) == to->end()) to->push_back(line);
    }
  }
  if (one.verdict == Verdict::inconclusive) sum.verdict = Verdict::inconclusive;
}

Result explore_one(const ModuleFile& module, const ObjectRun& run, ExploreOptions options,
                   const ExploreProgress& progress) {
  options.object = run;
  return explore(module.path.string(), build_with(module.build_id, to_string(run)), options,
                 progress);
}

std::string all_in_words(std::size_t count, const ScenarioSize& size) {
  return fmt::format("{}, all of {} with up to {} each", counted(count, "scenario"),
                     counted(size.agents, "agent"), counted(size.operations, "operation"));
}

Result explore_all(const ModuleFile& module, const ObjectDescription& description,
                   const ScenarioSize& size, ExploreOptions options,
                   const ExploreProgress& progress) {
  if (const auto count = count_of(description, size); count > most_scenarios) {
    throw UsageError(fmt::format(
        "--scenario {}x{}: these are {:.2g} scenarios, and at most {:.0f} are explored one after "
        "the other: ask for a smaller size, or give operations fewer arguments",
        size.agents, size.operations, count, most_scenarios));
  }
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + options.time_limit;
  const auto scenarios = all_scenarios(description, size.agents, size.operations);
  std::optional<Result> sum;
  std::size_t done = 0;
  for (const Scenario& scenario : scenarios) {
    options.time_limit =
        std::max(std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()),
                 std::chrono::milliseconds(1));
    auto one = explore_one(module, {&description, scenario}, options, progress);
    ++done;
    if (one.verdict == Verdict::violated) {
      one.notes.push_back(
          fmt::format("the first that is violated of {}, those with the fewest "
                      "calls first: {} before it",
                      all_in_words(scenarios.size(), size),
                      done == 1 ? "none" : counted(done - 1, "scenario")));
      return one;
    }
    if (!sum) {
      sum = std::move(one);
    } else {
      add_up(*sum, one);
    }
    const bool is_over =
        Clock::now() >= end || (options.interrupted != nullptr && options.interrupted->load());
    if (is_over && done < scenarios.size()) {
      sum->limits.push_back(fmt::format("ended within scenario {} of {}", done, scenarios.size()));
      sum->verdict = Verdict::inconclusive;
      sum->assurance = Assurance::bounded;
      for (PropertyResult& property : sum->properties) property.verdict = Verdict::inconclusive;
      break;
    }
  }
  sum->scenario = all_in_words(scenarios.size(), size);
  sum->outcomes.clear();  // of one scenario each
  return *std::move(sum);
}

}  // namespace

void add_scenario(Verb& verb, std::string& scenario) {
  verb.add_option(
      "--scenario", scenario,
      "of an object: what each agent performs, 'push(1) push(2) | pop pop | pop', or all of a "
      "size: 3x2 are those of 3 agents with up to 2 operations each");
}

void refuse_scenario(const std::string& scenario, const std::string& given) {
  if (scenario.empty()) return;
  throw UsageError(fmt::format(
      "--scenario '{}': {} is no object with operations of its own (protocol/object.h): leave "
      "it out",
      scenario, given.empty() ? "what is explored" : "'" + given + "'"));
}

ObjectRun run_of(const GivenObject& given) {
  if (given.scenario.empty()) {
    throw UsageError(
        fmt::format("'{}' is an object: expected --scenario, as explore was given it or has "
                    "printed it",
                    given.file));
  }
  const ObjectDescription& description = specified(given);
  return {&description, parse_scenario(given.scenario, description)};
}

std::string to_string(const ObjectRun& run) { return to_string(run.scenario, *run.specified); }

Result explore_object(const ModuleFile& module, const GivenObject& given,
                      const ExploreOptions& options, const ExploreProgress& progress) {
  if (options.workload.processes == false) {
    throw UsageError(
        "--agents threads: the agents on an object are processes, so far: leave it out");
  }
  if (!options.arguments.empty()) {
    throw UsageError(fmt::format(
        "'{}' is an object, whose agents do what --scenario says: arguments are for a program's "
        "main()",
        given.file));
  }
  const FaultBudget& faults = options.strategy.faults;
  if (faults.deaths > 0 && faults.mortals != Death::any) {
    throw UsageError(fmt::format(
        "--crash {}: the agents on an object are neither writers nor readers: expected any",
        minusone::name_of(faults.mortals)));
  }
  if (const auto size = size_of(given.scenario))
    return explore_all(module, specified(given), *size, options, progress);
  return explore_one(module, run_of(given), options, progress);
}

std::string scenario_words(const Result& result, const std::string& given) {
  // That of many begins with their number, and no operation does.
  const bool is_one =
      !result.scenario.empty() && (result.scenario[0] < '0' || result.scenario[0] > '9');
  const auto& scenario = is_one ? result.scenario : given;
  return scenario.empty() ? "" : " --scenario " + in_shell(scenario);
}

}  // namespace minusone::cli
