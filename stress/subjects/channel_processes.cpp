#include "stress/subjects/channel_processes.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "protocol/os_error.h"

namespace minusone {

ChannelProcesses::Modules ChannelProcesses::load(const std::string& module,
                                                 const Workload& workload) {
  const int count = workload.writers + workload.readers;
  if (!workload.processes)
    throw ModuleRefused("agents in lock-step processes are processes: leave --agents threads out");
  if (count >= max_agents) {
    throw ModuleRefused("lock step carries at most " + std::to_string(max_agents - 1) +
                        " agents, asked for " + std::to_string(count));
  }
  Modules modules;
  for (int i = 0; i <= count; ++i) modules.push_back(std::make_unique<TracedModule>(module));
  if (modules.front()->protocol().alignment > 64)
    throw ModuleRefused(module + ": asks for more than the 64 bytes of alignment of a segment");
  return modules;
}

ChannelProcesses::ChannelProcesses(const std::string& module, const Workload& workload,
                                   const Settings& settings)
    : ChannelProcesses(load(module, workload), module, workload, settings) {}

ChannelProcesses::ChannelProcesses(Modules modules, const std::string& module,
                                   const Workload& workload, const Settings& settings)
    : ProcessMachine(modules.front()->protocol().bytes, settings),
      workload_(workload),
      modules_(std::move(modules)) {
  const auto count = static_cast<std::size_t>(workload.writers + workload.readers);
  const auto messages = static_cast<std::size_t>(workload.messages);
  board_bytes_ = count * (sizeof(Shown) + messages * sizeof(Operation));
  void* const at =
      mmap(nullptr, board_bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) throw OsError(errno, "mmap", "the operations of agents in lock step");
  board_ = static_cast<std::byte*>(at);
  agents_.resize(count);
  for (int i = 0; i < static_cast<int>(count); ++i) {
    ChannelAgent& agent = channel_agent(i);
    agent.protocol = &module_of(i).protocol();
    modules_[static_cast<std::size_t>(i) + 1]->remember();  // the description is part of it
    agent.segment = memory().data();
    agent.writes = i < workload.writers;
    agent.writer = static_cast<std::uint32_t>(i + 1);
    agent.messages = workload.messages;
    agent.text = workload.text;
    agent.clock = &page().clock;
    for (int k = 0; k < agent.messages; ++k) {
      Operation operation;
      operation.kind = agent.writes ? Operation::Kind::write : Operation::Kind::read;
      operation.agent = static_cast<std::uint16_t>(i);
      if (agent.writes) operation.message = {agent.writer, static_cast<std::uint32_t>(k)};
      agent.operations.push_back(operation);
    }
    std::ranges::copy(agent.operations, operations(i));
    add_agent(run_channel_agent, &agent);
  }
  ChannelAgent initialiser;
  initialiser.protocol = &protocol();
  initialiser.segment = memory().data();
  const auto failed = initialise(init_channel, &initialiser);
  if (!failed.empty()) throw ModuleRefused(module + ": init() failed: " + failed);
}

ChannelProcesses::~ChannelProcesses() { munmap(board_, board_bytes_); }

ChannelProcesses::Shown& ChannelProcesses::shown(int agent) const {
  return reinterpret_cast<Shown*>(board_)[agent];
}

Operation* ChannelProcesses::operations(int agent) const {
  auto* const first = reinterpret_cast<Operation*>(board_ + agents_.size() * sizeof(Shown));
  return first + static_cast<std::ptrdiff_t>(agent) * workload_.messages;
}

bool ChannelProcesses::is_shown(int agent) const {
  return shown(agent).execution == page().execution;
}

void ChannelProcesses::restart(int index) {
  if (index == agents()) return;  // who initialises
  modules_[static_cast<std::size_t>(index) + 1]->restart();
  ChannelAgent& agent = channel_agent(index);
  agent.restart();
  shown(index) = {page().execution, 0};
  std::ranges::copy(agent.operations, operations(index));
}

// As ChannelMachine::step(): an operation is called when its first step is taken.
void ChannelProcesses::taking(int index) {
  if (index == agents()) return;
  ChannelAgent& agent = channel_agent(index);
  if (agent.current == agent.messages) return;
  Operation& operation = agent.operations[static_cast<std::size_t>(agent.current)];
  if (operation.called == 0) operation.called = ++page().clock;
}

void ChannelProcesses::took(int index) {
  if (index == agents()) return;
  const ChannelAgent& agent = channel_agent(index);
  const int before = shown(index).current;
  for (int i = before; i <= std::min(agent.current, agent.messages - 1); ++i)
    operations(index)[i] = agent.operations[static_cast<std::size_t>(i)];
  shown(index).current = agent.current;
}

History ChannelProcesses::history() const {
  History history;
  for (int i = 0; i < agents(); ++i) {
    const bool dead = process(i) == -1 && state(i) == AgentState::finished;
    const int current = is_shown(i) ? shown(i).current : 0;
    for (int k = 0; k < workload_.messages; ++k) {
      Operation operation =
          is_shown(i)
              ? operations(i)[k]
              : agents_[static_cast<std::size_t>(i)].operations[static_cast<std::size_t>(k)];
      const bool begins = !dead && k == current && current < workload_.messages;
      if (operation.called == 0 && !begins) continue;
      if (operation.called == 0) operation.called = page().clock + 1;
      if (dead && operation.ending == Ending::pending) operation.ending = Ending::dead;
      history.push_back(operation);
    }
  }
  return history;
}

std::optional<int> ChannelProcesses::word() const {
  const StateWord& word = protocol().word;
  if (word.name.empty()) return std::nullopt;
  int value;
  std::memcpy(&value, segment().data() + word.offset, sizeof value);
  return value;
}

}  // namespace minusone
