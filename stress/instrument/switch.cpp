#include "stress/instrument/announcement.h"

namespace {
constinit minusone::Runtime idle;
}  // namespace

constinit thread_local minusone::Runtime* minusone_runtime = &idle;

minusone::Runtime& minusone::idle_runtime() { return idle; }

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
