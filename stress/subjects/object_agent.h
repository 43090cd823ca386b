#pragma once

#include <vector>

#include "protocol/object.h"

namespace minusone {

/// One agent that runs operations on an object, and what they returned.
struct ObjectAgent {
  struct Run {
    const ObjectOperation* operation = nullptr;  ///< of the agent's copy of the module
    ObjectOperation::Arguments arguments{};
    ObjectValue result{};  ///< of those before `current`
  };
  const ObjectDescription* object = nullptr;
  void* at = nullptr;  ///< the object, in the segment
  std::vector<Run> runs;
  std::size_t current = 0;  ///< the run that it is in
  bool has_begun = false;   ///< it has taken a step of that
};

/// An agent's body, runs on its fiber.
void run_object_agent(void* object_agent);

/// The body that initialises the object.
void init_object(void* object_agent);

}  // namespace minusone
