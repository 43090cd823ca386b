#include "stress/subjects/object_machine.h"

#include <fmt/format.h>

#include "stress/subjects/loaded_programs.h"

namespace minusone {

std::string name_of_object_agent(int agent) { return fmt::format("agent {}", agent + 1); }

ObjectMachine::ObjectMachine(const std::string& module, const Scenario& scenario,
                             std::size_t max_memory)
    : FiberMachine(true, max_memory), scenario_(scenario) {
  for (std::size_t i = 0; i <= scenario.size(); ++i)
    modules_.push_back(std::make_unique<TracedModule>(module, runtime()));
  segment_ = std::make_unique<SharedArena>(object().bytes, object().alignment);
  first_call_.push_back(0);
  for (std::size_t i = 0; i < scenario.size(); ++i) {
    ObjectAgent agent;
    agent.object = &modules_[i + 1]->object();
    agent.at = segment_->bytes().data();
    for (const ScenarioCall& call : scenario[i])
      agent.runs.push_back({agent.object->operations[call.operation], call.arguments, {}});
    first_call_.push_back(first_call_.back() + agent.runs.size());
    object_agents_.push_back(std::move(agent));
  }
  share(segment_->bytes());
  ObjectAgent initialiser;
  initialiser.object = &object();
  initialiser.at = segment_->bytes().data();
  if (!run_alone(init_object, &initialiser)) {
    throw ModuleRefused(module + ": init() failed: " + (limit().empty() ? violation() : limit()));
  }
  for (auto& copy : modules_) copy->remember();
  remember();
  // Of the agents; init() ran in a process of its own, which is none of theirs.
  std::vector<const TracedModule*> modules;
  for (std::size_t i = 1; i <= modules_.size(); ++i)
    modules.push_back(modules_[i % modules_.size()].get());
  own(owned_ranges(modules));
}

std::string ObjectMachine::name_of(int agent) const { return name_of_object_agent(agent); }

void ObjectMachine::begin() {
  for (auto& copy : modules_) copy->restart();
  for (ObjectAgent& agent : object_agents_) {
    agent.current = 0;
    agent.has_begun = false;
    add_agent(run_object_agent, &agent);
  }
}

void ObjectMachine::reset() {
  before_.clear();
  FiberMachine::reset();
}

template <class Go>
Effect ObjectMachine::noted(int index, const Go& go) {
  ObjectAgent& agent = object_agents_[static_cast<std::size_t>(index)];
  before_.push_back({static_cast<std::size_t>(index), agent.current, agent.has_begun, true});
  const Effect effect = go();
  before_.back().was_step = effect != Effect::no_effect;
  if (agent.current == before_.back().current && effect != Effect::no_effect)
    agent.has_begun = true;
  return effect;
}

Effect ObjectMachine::step(int index) {
  // The kernel's step behind a death is none of the operation's.
  const bool dies = pending(index).action == Action::died;
  ObjectAgent& agent = object_agents_[static_cast<std::size_t>(index)];
  const bool had_begun = agent.has_begun;
  const Effect effect = noted(index, [&] { return FiberMachine::step(index); });
  if (dies) agent.has_begun = had_begun;
  return effect;
}

Effect ObjectMachine::time_out(int index) {
  return noted(index, [&] { return FiberMachine::time_out(index); });
}

Effect ObjectMachine::kill(int index) {
  ObjectAgent& agent = object_agents_[static_cast<std::size_t>(index)];
  const bool had_begun = agent.has_begun;
  const Effect effect = noted(index, [&] { return FiberMachine::kill(index); });
  agent.has_begun = had_begun;
  return effect;
}

bool ObjectMachine::rewind(int mark) {
  if (!FiberMachine::rewind(mark)) return false;
  for (; before_.size() > static_cast<std::size_t>(mark); before_.pop_back()) {
    const Before& last = before_.back();
    object_agents_[last.agent].current = last.current;
    object_agents_[last.agent].has_begun = last.has_begun;
  }
  return true;
}

std::vector<int> ObjectMachine::call_of_each_step() const {
  std::vector<int> all;
  for (const Before& before : before_) {
    if (!before.was_step) continue;
    const bool is_through = before.current == object_agents_[before.agent].runs.size();
    all.push_back(is_through ? -1 : static_cast<int>(first_call_[before.agent] + before.current));
  }
  return all;
}

std::vector<std::optional<ObjectCall>> ObjectMachine::calls(bool waiting) const {
  std::vector<std::optional<ObjectCall>> all;
  for (std::size_t i = 0; i < object_agents_.size(); ++i) {
    const ObjectAgent& agent = object_agents_[i];
    for (std::size_t k = 0; k < agent.runs.size(); ++k) {
      all.emplace_back();
      const bool begun =
          agent.has_begun || (waiting && state(static_cast<int>(i)) == AgentState::blocked);
      if (k > agent.current || (k == agent.current && !begun)) continue;
      ObjectCall call{.agent = static_cast<int>(i),
                      .operation = scenario_[i][k].operation,
                      .arguments = agent.runs[k].arguments};
      if (k < agent.current) {
        call.ending = Ending::done;
        call.result = agent.runs[k].result;
      } else if (is_dead(static_cast<int>(i))) {
        call.ending = Ending::dead;
      }
      all.back() = call;
    }
  }
  return all;
}

}  // namespace minusone
