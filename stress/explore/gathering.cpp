#include "stress/explore/gathering.h"

#include <fmt/format.h>

#include <algorithm>

#include "stress/explore/counterexample.h"

namespace minusone {
namespace {

/// Calls on objects in an agent's own memory are steps too, and do not count.
bool touches_shared(const Step& step) {
  switch (step.action) {
    case Action::semget:
    case Action::semctl:
    case Action::semop:
      return true;  // the kernel's objects are everybody's
    default:
      break;
  }
  for (int i = 0; i < step.count; ++i) {
    const Access& access = step.accesses[static_cast<std::size_t>(i)];
    for (const SharedRange& range : minusone_shared) {
      if (access.address - range.base < range.bytes) return true;
    }
  }
  return false;
}

}  // namespace

void Gathering::look_for_shared(const Execution& execution) {
  touched_shared_ = std::ranges::any_of(execution.steps, touches_shared);
  // Who waits has looked, though that was no step.
  const Machine& machine = subject_.machine();
  for (int agent = 0; agent < machine.agents() && !touched_shared_; ++agent) {
    touched_shared_ =
        machine.state(agent) == AgentState::blocked && touches_shared(machine.pending(agent));
  }
}

void Gathering::add(const Execution& execution) {
  if (!touched_shared_) look_for_shared(execution);
  // Races first: judging may move the machine on, which is where the steps lie.
  const auto races = detector_.races(execution.steps);
  auto broken = subject_.judge(execution);
  if (!races.empty()) broken.push_back(Property::no_data_race);
  ++(execution.end == End::resting ? counts_.stuck_rightly : counts_.complete);
  if (!broken.empty()) ++counts_.violating;
  for (const RacePair& pair : races) {
    const Step& first = execution.steps[pair.first];
    const Step& second = execution.steps[pair.second];
    if (!racing_.insert({std::min(first.pc, second.pc), std::max(first.pc, second.pc)}).second)
      continue;
    races_.push_back(
        {narrator_.side(first), narrator_.side(second), Narrator::reason(first, second)});
  }
  for (const Property property : broken) note(property, execution);
  if (auto who = starvation_ ? std::string() : subject_.starved(); !who.empty()) {
    starvation_.emplace(std::move(who),
                        Course{subject_.machine().plan(), with_few_switches(execution.steps)});
  }
  if (!explains_) return;
  for (const Step& step : execution.steps) {
    Place& place = places_[step.pc];
    place.step = step;
    ++place.count;
  }
}

void Gathering::note(Property property, const Execution& execution) {
  ++broken_[property];
  // Only what is short as it stands is worth arranging; each trace is arranged at most once.
  const auto known = shortest_.find(property);
  Course taken{subject_.machine().plan(), {}};
  for (const Step& step : execution.steps) taken.agents.push_back(step.agent);
  if (known != shortest_.end()) {
    auto least = effort(known->second.arranged);
    least[1] += 3;
    if (effort(taken) > least) return;
  }
  Course arranged{taken.faults, with_few_switches(execution.steps)};
  // Among equals the one in which the first agents come first.
  const auto rank = [](const Course& course) { return std::pair(effort(course), course.agents); };
  if (known == shortest_.end() || rank(arranged) < rank(known->second.arranged))
    shortest_.insert_or_assign(property, Shortest{std::move(arranged), std::move(taken)});
}

void Gathering::put_into(Result& result) const {
  result.executions = counts_;
  result.outcomes = subject_.outcomes();
  for (PropertyResult& property : result.properties) {
    const auto found = broken_.find(property.property);
    if (found == broken_.end()) continue;
    property.verdict = Verdict::violated;
    property.count = found->second;
  }
  // Each agent has a copy of the module of its own: the same two lines are told once.
  std::set<std::tuple<std::string, int, std::string, int>> told;
  for (const Race& race : races_) {
    if (told.insert({race.a.file, race.a.line, race.b.file, race.b.line}).second)
      result.races.push_back(race);
  }
}

std::vector<std::string> Gathering::steps_by_place() const {
  std::map<std::string, std::uint64_t> lines;
  for (const auto& [pc, place] : places_) {
    const auto told = narrator_.tell({&place.step, 1}).front();
    const auto what = told.what.substr(0, told.what.find(" = "));
    lines[fmt::format("{}:{} in {}: {}", told.file, told.line, told.function, what)] += place.count;
  }
  std::vector<std::string> table;
  for (const auto& [line, count] : lines) table.push_back(fmt::format("{:>9} x {}", count, line));
  return table;
}

}  // namespace minusone
