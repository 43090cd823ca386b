// Runs on fibers, between calls of traced code: built without sanitizers, like the runtime.
#include "stress/subjects/channel_agent.h"

#include <alloca.h>

namespace minusone {

void ChannelAgent::forget_from(int first) {
  for (; current >= first; --current) {
    if (current == messages) continue;
    Operation& operation = operations[static_cast<std::size_t>(current)];
    operation.ending = Ending::pending;
    operation.torn = false;
    operation.called = operation.returned = 0;
    if (!writes) operation.message = {};
  }
  current = first;
}

namespace {

void finish(ChannelAgent& agent, bool done) {
  Operation& operation = agent.operations[static_cast<std::size_t>(agent.current)];
  operation.ending = done ? Ending::done : Ending::timed_out;
  operation.returned = ++*agent.clock;
}

// The message lies on the stack, so that it belongs to the state by which waits are recognised.
void write_messages(ChannelAgent& agent) {
  const std::size_t room = message_frame_bytes + agent.text;
  auto* const message = static_cast<char*>(alloca(room));
  for (agent.current = 0; agent.current < agent.messages; ++agent.current) {
    const MessageId id{agent.writer, static_cast<std::uint32_t>(agent.current)};
    auto* const text = static_cast<char*>(alloca(agent.text + 1));
    make_text(id, {text, agent.text});
    const std::size_t size = seal_message(id, {text, agent.text}, {message, room});
    finish(agent, agent.protocol->write(agent.segment, message, size, nullptr));
  }
}

void read_messages(ChannelAgent& agent) {
  const std::size_t room = message_frame_bytes + agent.text;
  auto* const message = static_cast<char*>(alloca(room));
  for (agent.current = 0; agent.current < agent.messages; ++agent.current) {
    for (std::size_t i = 0; i < room; ++i) message[i] = 0;
    std::size_t size = 0;
    const bool done = agent.protocol->read(agent.segment, message, room, &size, nullptr);
    Operation& operation = agent.operations[static_cast<std::size_t>(agent.current)];
    const auto id = open_message({message, size < room ? size : room});
    operation.torn = done && !id;
    if (done && id) operation.message = *id;
    finish(agent, done);
  }
}

}  // namespace

void run_channel_agent(void* argument) {
  auto& agent = *static_cast<ChannelAgent*>(argument);
  agent.writes ? write_messages(agent) : read_messages(agent);
}

void init_channel(void* argument) {
  auto& agent = *static_cast<ChannelAgent*>(argument);
  agent.protocol->init(agent.segment, 0x6d310001);
}

}  // namespace minusone
