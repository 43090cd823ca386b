#pragma once

#include <string>
#include <vector>

#include "stress/assembly/refusal.h"
#include "stress/assembly/text.h"

namespace minusone::assembly {

/// The instructions of blocks that are neither harmless nor can be made steps, the first of each
/// block.
std::vector<Unseen> unseen_in(const Text& text);

/// The file with a call of the runtime (stress/instrument/assembly_accesses.cpp) before each
/// instruction of a block that touches memory or orders accesses, which announces it; the
/// instruction itself stays as it is and performs the access when its turn has come. Registers and
/// flags are as they would be without.
///
/// An access has the order that x86-64 gives it: a load acquires, a store releases, what is locked
/// is sequentially consistent (Sewell, Sarkar, Owens, Zappa Nardelli, Myreen, "x86-TSO", CACM
/// 2010). An instruction that reads and writes without a lock is two steps. The time stamp counter
/// stands still, as all clocks do.
///
/// @param mark_volatile  hooks of volatile accesses become those of atomic ones, with the same
/// orders
/// @pre unseen_in(text) is empty; compiled without a red zone, and without register allocation
///      across functions, which would both go by what a block of assembly says that it changes
std::string with_steps(const Text& text, bool mark_volatile = false);

}  // namespace minusone::assembly
