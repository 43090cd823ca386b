#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "protocol/memory_model.h"
#include "protocol/workload.h"
#include "stress/machine/fault_plan.h"
#include "stress/machine/max_agents.h"

namespace minusone {

/// Which agent takes each step of one execution, so that it can be repeated.
struct Schedule {
  std::string build;         ///< id of the module that it belongs to
  Workload workload;         ///< of a channel
  bool is_program = false;   ///< then agents are main() and its threads
  std::vector<int> agents;   ///< by step; writers first, then readers
  FaultPlan faults;          ///< that befall agents on the way
  AgentSet stacks = 0;       ///< the agents on whose stacks accesses are steps
  bool is_position = false;  ///< it stops there, though somebody could go on
  MemoryModel memory = MemoryModel::sc;
  /// Under a memory model: in which way a step is taken (Machine::ways()), by its number; the
  /// others in the first.
  std::map<std::size_t, int> ways;
};

/// A string that is no schedule: what was expected, and where.
struct BadSchedule : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A step that cannot be taken because it is part of a round of a wait loop that has no effect.
struct GoesRound : BadSchedule {
  using BadSchedule::BadSchedule;
};

/// A schedule that ends where only a deadline lets somebody go on.
struct GivesUp : BadSchedule {
  using BadSchedule::BadSchedule;
};

/// In one word that a shell needs no quotes for: build, then writers, readers, messages and text of
/// the workload, then turns: "77108ab24f40:1w2r1m8b:w1x5.r1x3.r2x7.r1x4". Threads: "...8bt:...". A
/// whole program: "77108ab24f40:p:t0x3.t1x5", where t0 is main(); where threads use each other's
/// stacks, "...:ps1:..." with the set of them. Faults stand before the turns:
/// "...8b:r2-dies-5+w1-eintr-1:w1x5..." lets reader 2 die after five steps of its own, and
/// interrupts the first call of writer 1 that can be.
/// Under a memory model its name comes before them, and behind a step that reads or writes in
/// another way than the newest, which: "...:p:rc11:t0.t1x2.t2~1".
/// A position in the middle of an execution ends with a plus: "...:w1x5.r1+".
std::string to_string(const Schedule& schedule);

/// An agent in it: "w1", "r2", "t0".
std::string short_name(int agent, const Schedule& schedule);

/// @throws BadSchedule
Schedule parse_schedule(const std::string& text);

}  // namespace minusone
