#include "stress/instrument/announcement.h"

namespace {
constinit minusone::Runtime idle;
}  // namespace

constinit thread_local minusone::Runtime* minusone_runtime = &idle;

minusone::Runtime& minusone::idle_runtime() { return idle; }

extern "C" {
/// What minusone_moved_address asks: where steps have what lies there for the agent that runs.
__attribute__((used, visibility("hidden"), target("general-regs-only"))) std::uint64_t
minusone_find_moved(std::uint64_t at) {
  const minusone::Runtime& now = *minusone_runtime;
  for (int i = 0; i < now.moved_count; ++i) {
    const minusone::MovedRange& moved = now.moved[i];
    if (at - moved.range.base < moved.range.bytes) return at + moved.by;
  }
  return at;
}
}

// From rax to rax; no other register changes.
asm(R"(
.text
.globl minusone_moved_address
.hidden minusone_moved_address
.type minusone_moved_address, @function
minusone_moved_address:
  push %rbp
  mov %rsp, %rbp
  push %rcx
  push %rdx
  push %rsi
  push %rdi
  push %r8
  push %r9
  push %r10
  push %r11
  and $-16, %rsp
  mov %rax, %rdi
  call minusone_find_moved
  lea -64(%rbp), %rsp
  pop %r11
  pop %r10
  pop %r9
  pop %r8
  pop %rdi
  pop %rsi
  pop %rdx
  pop %rcx
  pop %rbp
  ret
.size minusone_moved_address, .-minusone_moved_address
)");

// A switch saves the registers that a call preserves, and nothing of the engine lies between them
// and the frame of the code under test: what stands on the stack from here up is exactly the
// agent's private state, to be compared and restored (stress/fibers/undo_log.h).
asm(R"(
.text
.globl minusone_announce
.hidden minusone_announce
.type minusone_announce, @function
minusone_announce:
  mov minusone_runtime@gottpoff(%rip), %rax
  mov %fs:(%rax), %rax
  mov (%rax), %rax
  mov %rdi, 0(%rax)
  mov %rsi, 8(%rax)
  mov %rdx, 16(%rax)
  mov %rcx, 24(%rax)
  mov %r8, 32(%rax)
  mov %r9, 40(%rax)
  push %rbp
  push %rbx
  push %r12
  push %r13
  push %r14
  push %r15
  mov %rsp, 48(%rax)
  mov 56(%rax), %rsp
.globl minusone_leave
minusone_leave:
  pop %r15
  pop %r14
  pop %r13
  pop %r12
  pop %rbx
  pop %rbp
  ret
.size minusone_announce, .-minusone_announce

.globl minusone_resume
.type minusone_resume, @function
minusone_resume:
  push %rbp
  push %rbx
  push %r12
  push %r13
  push %r14
  push %r15
  mov %rsp, 56(%rdi)
  mov 48(%rdi), %rsp
  mov 64(%rdi), %rax
  mov 72(%rdi), %rdx
  pop %r15
  pop %r14
  pop %r13
  pop %r12
  pop %rbx
  pop %rbp
  ret
.size minusone_resume, .-minusone_resume
)");
