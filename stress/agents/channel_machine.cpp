#include "stress/agents/channel_machine.h"

namespace minusone {

ChannelMachine::ChannelMachine(const std::string& module, const Workload& workload)
    : FiberMachine(workload.processes), workload_(workload) {
  const int count = workload.writers + workload.readers;
  if (count > max_agents) {
    throw ModuleRefused("the explorer carries at most " + std::to_string(max_agents) +
                        " agents, asked for " + std::to_string(count));
  }
  const int copies = workload.processes ? count + 1 : 1;
  for (int i = 0; i < copies; ++i) modules_.push_back(std::make_unique<TracedModule>(module));
  segment_ = std::make_unique<SharedArena>(protocol().bytes, protocol().alignment);

  channel_agents_.resize(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    ChannelAgent& agent = channel_agents_[static_cast<std::size_t>(i)];
    agent.protocol =
        &modules_[workload.processes ? static_cast<std::size_t>(i) + 1 : 0]->protocol();
    agent.segment = segment_->bytes().data();
    agent.writes = i < workload.writers;
    agent.writer = static_cast<std::uint32_t>(i + 1);
    agent.messages = workload.messages;
    agent.text = workload.text;
    agent.clock = &clock_;
    for (int k = 0; k < workload.messages; ++k) {
      Operation operation;
      operation.kind = agent.writes ? Operation::Kind::write : Operation::Kind::read;
      operation.agent = static_cast<std::uint16_t>(i);
      if (agent.writes) operation.message = {agent.writer, static_cast<std::uint32_t>(k)};
      agent.operations.push_back(operation);
    }
  }
  share(segment_->bytes());
  ChannelAgent initialiser;
  initialiser.protocol = &protocol();
  initialiser.segment = segment_->bytes().data();
  if (!run_alone(init_channel, &initialiser)) {
    throw ModuleRefused(module + ": init() failed: " + violation());
  }
  for (auto& copy : modules_) copy->remember();
  remember();
}

void ChannelMachine::begin() {
  for (auto& copy : modules_) copy->restart();
  clock_ = 0;
  for (ChannelAgent& agent : channel_agents_) {
    agent.restart();
    add_agent(run_channel_agent, &agent);
  }
}

// An operation is called when its first step is taken, not when its agent could have called it:
// the later call is as possible, and says more about what came before it.
Effect ChannelMachine::step(int index) {
  ChannelAgent& agent = channel_agents_[static_cast<std::size_t>(index)];
  Operation& operation = agent.operations[static_cast<std::size_t>(agent.current)];
  const bool first = operation.called == 0;
  if (first) operation.called = ++clock_;
  const Effect effect = FiberMachine::step(index);
  if (first && effect == Effect::no_effect) operation.called = 0;
  return effect;
}

History ChannelMachine::history() const {
  History history;
  for (const ChannelAgent& agent : channel_agents_) {
    for (const Operation& operation : agent.operations) {
      if (operation.called != 0) history.push_back(operation);
    }
  }
  return history;
}

const TracedModule& ChannelMachine::module_of(int agent) const {
  return *modules_[workload_.processes ? static_cast<std::size_t>(agent) + 1 : 0];
}

std::size_t ChannelMachine::offset_of(std::uint64_t address) const {
  return address - reinterpret_cast<std::uint64_t>(segment_->bytes().data());
}

}  // namespace minusone
