#pragma once

#include <bitset>
#include <vector>

#include "stress/assembly/text.h"

namespace minusone::assembly {

/// 0 to 15: general registers by their numbers; 16 to 31: xmm0 to xmm15.
using Registers = std::bitset<32>;

/// Those that a called function may change (System V ABI for x86-64, 3.2.1).
Registers changed_by_calls();

/// Before each line of a block: which of these may hold something that is still read. A call of a
/// hook must leave these alone, and need not keep others; and what it keeps should be values of the
/// program, not what earlier hooks left, for it is part of the state by which a wait is recognised.
/// A register holds something on a path on which its function names it and has called nobody since,
/// and never where its function does not name it at all.
std::vector<Registers> held_before(const Text& text);

/// The functions' lines that keep registers which are not known here: x87, MMX, AVX.
std::vector<bool> beside_wide_registers(const Text& text);

}  // namespace minusone::assembly
