// Before instructions of inline assembly, where stress/assembly has put calls of these. The
// instruction performs its access itself when the agent goes on, as compiled code does a plain one.
#include "stress/instrument/runtime.h"

using namespace minusone;
using namespace minusone::runtime;

/// @param code      of the action, its size and orders (code_of)
/// @param expected  by a compare-and-swap, at 16 bytes with its upper half: it only reads otherwise
MINUSONE_HOOK void minusone_rt_asm_access(void* at, std::uint64_t code, std::uint64_t expected,
                                          std::uint64_t upper) {
  Context* const agent = minusone_runtime->current;
  if (agent == nullptr) return;
  if (is_shared(agent, at)) {
    agent->pc = __builtin_return_address(0);
    announce(code | own_code, address(at), expected, 0, (code >> 8 & 0xff) == 16 ? upper : 0);
    return;
  }
  const auto action = static_cast<Action>(code & 0xff);
  const bool reads = action == Action::atomic_load || action == Action::plain_read;
  if (minusone_runtime->owned != nullptr) {
    agent->pc = __builtin_return_address(0);
    check_private(at, code >> 8 & 0xff, reads ? BadAccess::reads : BadAccess::writes);
  }
  if (!reads) note_private_write(at);
  // "lock; addl $0,0(%rsp)" is how a full fence was written before there was mfence.
  const bool locked = (code >> 16 & 0xff) == __ATOMIC_SEQ_CST;
  if (!locked || !is_on_stack(*agent, at)) return;
  agent->pc = __builtin_return_address(0);
  announce(code_of(Action::fence, 0, __ATOMIC_SEQ_CST) | own_code);
}

MINUSONE_HOOK void minusone_rt_asm_fence(std::uint64_t order) {
  Context* const agent = minusone_runtime->current;
  if (agent == nullptr) return;
  agent->pc = __builtin_return_address(0);
  announce(code_of(Action::fence, 0, static_cast<int>(order)) | own_code);
}
