// Runs on fibers, between calls of traced code: built without sanitizers, like the runtime.
#include "stress/subjects/object_agent.h"

namespace minusone {

// What differs from call to call lies on the stack, so that it belongs to the state by which waits
// are recognised: else two calls alike that only read would be two rounds of a wait loop.
void run_object_agent(void* argument) {
  auto& agent = *static_cast<ObjectAgent*>(argument);
  volatile std::size_t number = 0;
  for (agent.current = 0; agent.current < agent.runs.size(); ++agent.current) {
    number = agent.current;
    const ObjectOperation& operation = *agent.runs[agent.current].operation;
    ObjectOperation::Arguments arguments = agent.runs[agent.current].arguments;
    const ObjectValue result = operation.run(operation, agent.at, arguments.data());
    agent.runs[agent.current].result = result;
    agent.has_begun = false;
  }
  static_cast<void>(number);
}

void init_object(void* argument) {
  const auto& agent = *static_cast<ObjectAgent*>(argument);
  agent.object->init(agent.at, 0x6d310001);
}

}  // namespace minusone
