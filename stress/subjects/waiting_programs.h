#pragma once

#include "stress/machine/execution.h"
#include "stress/machine/turn.h"
#include "stress/subjects/program_group_machine.h"

namespace minusone {

/// Which programs wait rightly at an execution's end, though nobody can go on: those that wait for
/// a line where the script of their input has ended, and those that wait for a change of what such
/// a program has changed because of a line, or another that waits rightly because of that: with one
/// more line it might do so again. What a program changes before it reads its first line it does
/// once, so nobody waits for that again. Whoever else waits waits for ever.
AgentSet wait_rightly(const ProgramGroupMachine& machine, const Execution& execution);

}  // namespace minusone
