#pragma once

#include "stress/assembly/text.h"

namespace minusone::assembly {

/// Makes blocks of those instructions of the compiler's own whose access none of its hooks
/// announces, one of each (Unhooked::left_out). The pass knows only what is an access in the
/// compiler's own terms: not what intrinsic functions do to memory, what a block of assembly leaves
/// in a register for it to store, that a struct is passed or returned in memory, or anything in a
/// function that asks to be left alone.
///
/// A hook is a call, and to a compiler a call may change all memory that others can reach. So an
/// access stands behind its hook with no other call between; one that does not, or that is one more
/// or wider than the hooks said, was not announced. What lies in its function's frame or is
/// constant needs no hook.
void find_left_out(Text& text);

}  // namespace minusone::assembly
