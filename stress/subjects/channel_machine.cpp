#include "stress/subjects/channel_machine.h"

#include <algorithm>
#include <cstring>

#include "stress/subjects/loaded_programs.h"

namespace minusone {

ChannelMachine::ChannelMachine(const std::string& module, const Workload& workload,
                               std::size_t max_memory)
    : FiberMachine(workload.processes, max_memory), workload_(workload) {
  const int count = workload.writers + workload.readers;
  if (count >= max_agents) {
    throw ModuleRefused("the explorer carries at most " + std::to_string(max_agents - 1) +
                        " agents, asked for " + std::to_string(count));
  }
  const int copies = workload.processes ? count + 2 : 1;
  for (int i = 0; i < copies; ++i)
    modules_.push_back(std::make_unique<TracedModule>(module, runtime()));
  segment_ = std::make_unique<SharedArena>(protocol().bytes, protocol().alignment);

  channel_agents_.resize(static_cast<std::size_t>(count) + 1);
  for (int i = 0; i <= count; ++i) {
    ChannelAgent& agent = channel_agents_[static_cast<std::size_t>(i)];
    agent.protocol =
        &modules_[workload.processes ? static_cast<std::size_t>(i) + 1 : 0]->protocol();
    agent.segment = segment_->bytes().data();
    agent.writes = i < workload.writers;
    agent.writer = static_cast<std::uint32_t>(i + 1);
    agent.messages = i < count ? workload.messages : protocol().capacity + 1;
    agent.text = workload.text;
    agent.clock = &clock_;
    for (int k = 0; k < agent.messages; ++k) {
      Operation operation;
      operation.kind = agent.writes ? Operation::Kind::write : Operation::Kind::read;
      operation.agent = static_cast<std::uint16_t>(i);
      if (agent.writes) operation.message = {agent.writer, static_cast<std::uint32_t>(k)};
      agent.operations.push_back(operation);
    }
  }
  // Threads share the module's globals too.
  share(segment_->bytes(), workload.processes ? std::span<std::byte>{} : modules_[0]->data());
  ChannelAgent initialiser;
  initialiser.protocol = &protocol();
  initialiser.segment = segment_->bytes().data();
  if (!run_alone(init_channel, &initialiser)) {
    throw ModuleRefused(module + ": init() failed: " + (limit().empty() ? violation() : limit()));
  }
  for (auto& copy : modules_) copy->remember();
  if (!workload.processes) separate_tls(modules_[0]->tls_module(), modules_[0]->tls_start());
  remember();
  if (!workload.processes) return;
  // Of the agents; init() ran in a process of its own, which is none of theirs.
  std::vector<const TracedModule*> modules;
  for (std::size_t i = 1; i <= modules_.size(); ++i)
    modules.push_back(modules_[i % modules_.size()].get());
  own(owned_ranges(modules));
}

void ChannelMachine::begin() {
  for (auto& copy : modules_) copy->restart();
  clock_ = 0;
  for (ChannelAgent& agent : channel_agents_) {
    agent.restart();
    if (&agent != &channel_agents_.back()) add_agent(run_channel_agent, &agent);
  }
}

void ChannelMachine::drain() {
  channel_agents_.back().restart();
  const int agent = add_agent(run_channel_agent, &channel_agents_.back());
  if (!start_new_agents()) return;
  tell_users_apart(false);
  while (state(agent) == AgentState::ready && step(agent) == Effect::stepped) {
  }
  tell_users_apart(true);
  if (!limit().empty())
    throw NotModelled("a fresh reader, which is to find what the channel still holds: " + limit());
}

bool ChannelMachine::has_begun(int index) const {
  const ChannelAgent& agent = channel_agents_[static_cast<std::size_t>(index)];
  return agent.current < agent.messages &&
         agent.operations[static_cast<std::size_t>(agent.current)].called != 0;
}

std::optional<int> ChannelMachine::word() const {
  const StateWord& word = protocol().word;
  if (word.name.empty()) return std::nullopt;
  int value;
  std::memcpy(&value, segment().data() + word.offset, sizeof value);
  return value;
}

bool ChannelMachine::writes_illegal_word(const Step& step) const {
  const StateWord& word = protocol().word;
  const Access& access = step.accesses[0];
  return !word.name.empty() && step.count > 0 && access.writes && access.bytes == sizeof(int) &&
         offset_of(access.address) == word.offset &&
         std::ranges::find(word.legal, static_cast<int>(static_cast<std::uint32_t>(step.after))) ==
             word.legal.end();
}

void ChannelMachine::reset() {
  progress_.clear();
  past_ = HistoryMonitor::nothing;
  FiberMachine::reset();
}

// An operation is called when its first step is taken, not when its agent could have called it:
// the later call is as possible, and says more about what came before it.
template <class Go>
Effect ChannelMachine::noted(int index, bool dies, const Go& go) {
  ChannelAgent& agent = channel_agents_[static_cast<std::size_t>(index)];
  const bool exits = agent.current == agent.messages;
  Operation& operation =
      agent.operations[static_cast<std::size_t>(exits ? agent.current - 1 : agent.current)];
  progress_.push_back({index, agent.current, operation, clock_, past_});
  if (exits || dies) return go();
  const bool first = operation.called == 0;
  if (first) operation.called = ++clock_;
  if (first && monitors_) past_ = monitor_->behind_call(past_, operation);
  const Effect effect = go();
  if (first && effect == Effect::no_effect) {
    operation.called = 0;
    past_ = progress_.back().past;
  }
  if (monitors_ && operation.returned != 0) past_ = monitor_->behind_end(past_, operation);
  return effect;
}

Effect ChannelMachine::step(int index) {
  return noted(index, pending(index).action == Action::died,
               [&] { return FiberMachine::step(index); });
}

Effect ChannelMachine::time_out(int index) {
  return noted(index, false, [&] { return FiberMachine::time_out(index); });
}

Effect ChannelMachine::kill(int index) {
  return noted(index, true, [&] { return FiberMachine::kill(index); });
}

bool ChannelMachine::rewind(int mark) {
  if (!FiberMachine::rewind(mark)) return false;
  for (; progress_.size() > static_cast<std::size_t>(mark); progress_.pop_back()) {
    const Progress& last = progress_.back();
    ChannelAgent& agent = channel_agents_[static_cast<std::size_t>(last.agent)];
    agent.forget_from(last.current);
    if (last.current < agent.messages) {
      agent.operations[static_cast<std::size_t>(last.current)] = last.operation;
    }
    clock_ = last.clock;
    past_ = last.past;
  }
  forget_agents_from(drainer());
  return true;
}

History ChannelMachine::history() const {
  History history;
  for (int i = 0; i < agents(); ++i) {
    const ChannelAgent& agent = channel_agents_[static_cast<std::size_t>(i)];
    for (const Operation& operation : agent.operations) {
      const bool begins = state(i) != AgentState::finished && agent.current < agent.messages &&
                          &operation == &agent.operations[static_cast<std::size_t>(agent.current)];
      if (operation.called == 0 && !begins) continue;
      history.push_back(operation);
      if (is_dead(i) && operation.ending == Ending::pending) history.back().ending = Ending::dead;
      if (operation.called == 0) history.back().called = clock_ + 1;
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

std::vector<std::span<const std::byte>> ChannelMachine::globals_of(int agent) const {
  return {module_of(agent).data(), module_of(agent).tls()};
}

std::vector<std::span<const std::byte>> ChannelMachine::shared_beside() const {
  if (workload_.processes) return {};
  return {module_of(0).data(), module_of(0).load_heap()};
}

// A member that is added to Operation belongs into the fingerprint.
static_assert(sizeof(Operation) == 32,
              "a state has got another part: add it to the fingerprint, then mend this line");

Fingerprint ChannelMachine::agent_fingerprint(int index) const {
  Digest digest;
  digest.add(FiberMachine::agent_fingerprint(index));
  // What the dead had of its own is gone; whether it died in an operation or before is judged.
  if (is_dead(index)) digest.add(has_begun(index));
  // Threads share their module's memory: then it is part of the whole, below.
  if (workload_.processes && !is_dead(index)) {
    for (const auto globals : globals_of(index)) digest.add(globals);
  }
  const ChannelAgent& agent = channel_agents_[static_cast<std::size_t>(index)];
  digest.add(agent.current);
  for (const Operation& operation : agent.operations) {
    digest.add(operation.ending);
    digest.add(operation.torn);
    digest.add(operation.message.writer);
    digest.add(operation.message.sequence);
  }
  return digest.value();
}

void ChannelMachine::merges_states(bool on) {
  FiberMachine::merges_states(on);
  past_ = HistoryMonitor::nothing;
  monitors_ = on;
  if (on && !monitor_) {
    monitor_ = std::make_unique<HistoryMonitor>(workload_.writers, drainer(), protocol().capacity,
                                                workload_.messages > 1);
  }
}

// When an operation was called and returned the monitor knows.
Fingerprint ChannelMachine::own_part(int index) const {
  Digest digest;
  digest.add(FiberMachine::own_part(index));
  if (is_dead(index)) digest.add(has_begun(index));  // or before it
  if (workload_.processes && !is_dead(index)) {
    for (const auto memory : {module_of(index).data(), module_of(index).load_heap()})
      digest.add(memory);
  }
  const ChannelAgent& agent = channel_agents_[static_cast<std::size_t>(index)];
  digest.add(agent.current);
  for (const Operation& operation : agent.operations) {
    digest.add(operation.ending);
    digest.add(operation.torn);
    digest.add(operation.message.writer);
    digest.add(operation.message.sequence);
  }
  return digest.value();
}

// Order between messages is judged by which reads had returned before which were called; with one
// message of each writer there is no order to judge.
Fingerprint ChannelMachine::state_fingerprint() const {
  Digest digest;
  digest.add(FiberMachine::state_fingerprint());
  if (!workload_.processes) {
    for (const auto globals : globals_of(0)) digest.add(globals);
  }
  if (workload_.messages == 1) return digest.value();
  std::vector<const Operation*> reads;
  for (const ChannelAgent& agent : channel_agents_) {
    if (agent.writes || &agent == &channel_agents_.back()) continue;
    for (const Operation& operation : agent.operations) reads.push_back(&operation);
  }
  for (const Operation* read : reads) {
    digest.add(read->called != 0);
    for (const Operation* other : reads)
      digest.add(read->called != 0 && other->returned != 0 && other->returned < read->called);
  }
  return digest.value();
}

}  // namespace minusone
