#include "stress/explore/result_collector.h"

#include <fmt/format.h>

#include <algorithm>

#include "protocol/check.h"
#include "protocol/counted.h"
#include "stress/explore/counterexample.h"

namespace minusone {
namespace {

/// Calls on objects in an agent's own memory are steps too, and do not count.
bool touches_shared(const Machine& machine, const Step& step) {
  return std::ranges::any_of(std::span(step.accesses).first(step.count),
                             [&](const Access& access) { return machine.is_shared(access); });
}

}  // namespace

void ResultCollector::look_for_shared(const Execution& execution) {
  const Machine& machine = subject_.machine();
  touched_shared_ = std::ranges::any_of(
      execution.steps, [&](const Step& step) { return touches_shared(machine, step); });
  // An agent that waits has looked, though that was no step.
  for (int agent = 0; agent < machine.agents() && !touched_shared_; ++agent) {
    touched_shared_ = machine.state(agent) == AgentState::blocked &&
                      touches_shared(machine, machine.pending(agent));
  }
}

/// Where an execution counts that breaks nothing. An agent that was held in a loop that counts
/// might have gone on: nothing is known of that execution's end.
std::uint64_t& ResultCollector::unbroken(End end, bool held) {
  MINUSONE_CHECK(end != End::violation, "what a machine ends as a violation breaks a property");
  if (end == End::complete) return counts_.complete;
  return end == End::quiescent && !held ? counts_.stuck_rightly : counts_.too_long;
}

bool ResultCollector::ends_by_itself(const Execution& execution) const {
  if (execution.end == End::complete || execution.end == End::violation) return true;
  return execution.end == End::quiescent && !subject_.machine().is_open();
}

/// Notes the execution's races. @return whether one of them is not allowed
bool ResultCollector::races(const Execution& execution) {
  ++judged_;
  bool found = false;
  for (const RacePair& pair : detector_.races(execution.steps)) {
    const Step& first = execution.steps[pair.first];
    const Step& second = execution.steps[pair.second];
    const std::pair places(std::min(first.pc, second.pc), std::max(first.pc, second.pc));
    auto at = racing_.find(places);
    if (at == racing_.end()) at = racing_.emplace(places, note_race(first, second)).first;
    KnownRace& known = races_[at->second];
    found |= !known.allowed;
    if (std::exchange(known.last, judged_) != judged_) ++known.executions;
  }
  return found;
}

/// Each agent has a copy of the module of its own: a race of the same two lines is the same race.
std::size_t ResultCollector::note_race(const Step& first, const Step& second) {
  const auto lines = [](const Race& race) {
    return std::tie(race.a.path, race.a.file, race.a.line, race.b.path, race.b.file, race.b.line);
  };
  Race race{narrator_.side(first), narrator_.side(second), Narrator::reason(first, second)};
  const auto same = std::ranges::find_if(
      races_, [&](const KnownRace& known) { return lines(known.race) == lines(race); });
  if (same != races_.end()) return static_cast<std::size_t>(same - races_.begin());
  const bool allowed = allowed_.allow(race);
  races_.push_back({std::move(race), allowed});
  return races_.size() - 1;
}

void ResultCollector::add(const Execution& execution) {
  if (!touched_shared_) look_for_shared(execution);
  came_to_an_end_ |= ends_by_itself(execution);
  cut_at_limits_ += execution.end == End::too_long && !subject_.machine().limit().empty();
  // Races first: judging may move the machine on, which is where the steps lie.
  const bool is_racy = races(execution);
  const bool held = subject_.machine().throttles();
  Deaths* const deaths = note_death(execution);
  auto broken = subject_.judge(execution);
  if (is_racy) broken.push_back(Property::no_data_race);
  ++(broken.empty() ? unbroken(execution.end, held) : counts_.violating);
  for (const Property property : broken) note(property, execution);
  // Executions without a death are searched first.
  if (deaths == nullptr) {
    broken_in_life_.insert(broken.begin(), broken.end());
  } else {
    std::erase_if(broken, [&](Property property) { return broken_in_life_.contains(property); });
  }
  if (deaths != nullptr && !broken.empty()) {
    ++deaths->violating;
    deaths->broken.insert(broken.begin(), broken.end());
    auto& known = deaths->shortest;
    if (auto shorter = shorter_than(known ? &*known : nullptr, execution))
      known = std::move(shorter);
  }
  if (auto who = starvation_ ? std::string() : subject_.starved(); !who.empty()) {
    starvation_.emplace(std::move(who), arranged(schedule_of(execution), execution));
  }
  if (!explains_) return;
  for (const Step& step : execution.steps) {
    Place& place = places_[step.pc];
    place.step = step;
    ++place.count;
  }
}

/// Where the first death of the execution befell its agent; null: nobody died.
ResultCollector::Deaths* ResultCollector::note_death(const Execution& execution) {
  if (subject_.machine().faults().plan().empty()) return nullptr;
  const auto died = std::ranges::find(execution.steps, Action::died, &Step::action);
  if (died == execution.steps.end()) return nullptr;
  int own = 0;
  const Step* last = nullptr;
  for (auto step = execution.steps.begin(); step != died; ++step) {
    if (step->agent != died->agent) continue;
    ++own;
    last = &*step;
  }
  Deaths& deaths = deaths_[{died->agent, own, died->pc}];
  if (deaths.executions++ == 0) {
    deaths.died = *died;
    if (last != nullptr) deaths.last = *last;
  }
  return &deaths;
}

/// The schedule of the execution that the machine stands at the end of.
Schedule ResultCollector::schedule_of(const Execution& execution) const {
  Schedule schedule = blank_;
  schedule.faults = subject_.machine().faults().plan();
  schedule.is_position = execution.end == End::too_long;
  for (const Step& step : execution.steps) {
    if (step.way > 0) schedule.ways[schedule.agents.size()] = step.way;
    schedule.agents.push_back(step.agent);
  }
  return schedule;
}

// In an order with few switches, where that is the same execution: under a memory model ways are
// counted from what is there when the step is taken. Arranging is quadratic.
Schedule ResultCollector::arranged(Schedule schedule, const Execution& execution) {
  constexpr std::size_t longest = 8'000;
  if (schedule.memory == MemoryModel::sc && execution.steps.size() <= longest)
    schedule.agents = with_few_switches(execution.steps);
  return schedule;
}

void ResultCollector::note(Property property, const Execution& execution) {
  ++broken_[property];
  const auto known = shortest_.find(property);
  if (auto shorter = shorter_than(known == shortest_.end() ? nullptr : &known->second, execution))
    shortest_.insert_or_assign(property, *std::move(shorter));
}

/// The execution, if it is easier to follow than the one that is known (null: none is).
std::optional<ResultCollector::Shortest> ResultCollector::shorter_than(
    const Shortest* known, const Execution& execution) const {
  // Only what is short as it stands is worth arranging; each trace is arranged at most once.
  Schedule taken = schedule_of(execution);
  if (known != nullptr) {
    auto least = effort(known->arranged);
    least[1] += 3;
    if (effort(taken) > least) return std::nullopt;
  }
  Schedule arranged = ResultCollector::arranged(taken, execution);
  // Among equals the one in which the first agents come first.
  const auto rank = [](const Schedule& schedule) {
    return std::pair(effort(schedule), schedule.agents);
  };
  if (known != nullptr && rank(arranged) >= rank(known->arranged)) return std::nullopt;
  return Shortest{std::move(arranged), std::move(taken)};
}

void ResultCollector::put_into(Result& result) const {
  result.executions = counts_;
  result.outcomes = subject_.outcomes();
  for (PropertyResult& property : result.properties) {
    const auto found = broken_.find(property.property);
    if (found == broken_.end()) continue;
    property.verdict = Verdict::violated;
    property.count = found->second;
  }
  for (const KnownRace& known : races_) {
    if (!known.allowed) {
      result.races.push_back(known.race);
      continue;
    }
    result.allowed_races.push_back({known.race, known.executions});
    result.limits.push_back(fmt::format("allowed: a data race of {}:{} and {}:{}, in {} of {}",
                                        known.race.a.file, known.race.a.line, known.race.b.file,
                                        known.race.b.line, known.executions,
                                        counted(judged_, "execution")));
  }
  for (const auto& allowance : allowed_.unused())
    result.notes.push_back("allowed, and never met: a data race at " + allowance);
}

std::vector<std::pair<DeathPoint, std::optional<ResultCollector::Shortest>>>
ResultCollector::deaths() const {
  std::vector<std::pair<DeathPoint, std::optional<Shortest>>> all;
  for (const auto& [place, deaths] : deaths_) {
    const auto where = narrator_.tell(deaths.died);
    DeathPoint point{.agent = where.agent,
                     .steps = std::get<1>(place),
                     .file = where.file,
                     .line = where.line,
                     .function = where.function,
                     .path = where.path,
                     .executions = deaths.executions,
                     .violating = deaths.violating,
                     .broken = {deaths.broken.begin(), deaths.broken.end()}};
    if (point.steps > 0) point.after = action_of(narrator_.describe(deaths.last));
    all.emplace_back(std::move(point), deaths.shortest);
  }
  return all;
}

std::vector<std::string> ResultCollector::steps_by_place() const {
  std::map<std::string, std::uint64_t> lines;
  for (const auto& [pc, place] : places_) {
    const auto told = narrator_.describe(place.step);
    lines[fmt::format("{}:{} in {}: {}", told.file, told.line, told.function, action_of(told))] +=
        place.count;
  }
  std::vector<std::string> table;
  for (const auto& [line, count] : lines) table.push_back(fmt::format("{:>9} x {}", count, line));
  return table;
}

}  // namespace minusone
