#pragma once

namespace minusone {

/// From now on a fault (SIGSEGV, SIGBUS, SIGFPE, SIGILL) or an abort in an agent's code is the
/// announcement of a violation. Faults of our own end the program as always.
void catch_faults();

}  // namespace minusone
