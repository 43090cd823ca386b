// What is known of instructions, and that all else is not.
#include "stress/assembly/instruction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "stress/assembly/refusal.h"

namespace minusone::assembly {
namespace {

std::vector<std::string> seen_as(Effect effect, const std::vector<std::string>& instructions) {
  std::vector<std::string> others;
  for (const auto& one : instructions) {
    if (judge(parse(one)).effect != effect) others.push_back(one);
  }
  return others;
}

TEST(Instruction, IsHarmlessOnRegistersAndAsAHint) {
  EXPECT_THAT(seen_as(Effect::none, {"pause",
                                     "rep nop",
                                     "rep; nop",
                                     "nop",
                                     "nopw 0(%rax)",
                                     "addl %eax, %ebx",
                                     "movq %rsp, %rax",
                                     "movzbl %al, %eax",
                                     "sete %al",
                                     "cmovne %eax, %ecx",
                                     "leaq 8(%rdi), %rsi",
                                     "prefetcht0 (%rax)",
                                     "prefetchw 64(%rdi)",
                                     "jne 1b",
                                     "1:",
                                     "jmp .L7",
                                     "xchgl %eax, %ebx",
                                     "bsfq %rax, %rax",
                                     "ud2",
                                     "cpuid"}),
              testing::ElementsAre("rep; nop"))
      << "two statements are no one statement";
}

TEST(Instruction, IsUnknownWhereItMayTouchMemoryInAWayThatIsNotListed) {
  EXPECT_THAT(seen_as(Effect::unknown, {"rep movsb",
                                        "movsb",
                                        "movsq",
                                        "rep stosq",
                                        "lodsb",
                                        "cmpsb",
                                        "scasb",
                                        "xlat",
                                        "pushq %rax",
                                        "popq (%rdi)",
                                        "pushfq",
                                        "popfq",
                                        "call f",
                                        "call *%rax",
                                        "ret",
                                        "jmp *%rax",
                                        "jmp *(%rax)",
                                        "jmp f",
                                        "jne f",
                                        "syscall",
                                        "int $0x80",
                                        "int3",
                                        "clflush (%rdi)",
                                        "clwb (%rdi)",
                                        "movnti %eax, (%rdi)",
                                        "movntdq %xmm0, (%rdi)",
                                        "movdqu (%rdi), %xmm0",
                                        "movaps %xmm0, (%rdi)",
                                        "fldl (%rdi)",
                                        "fxsave (%rdi)",
                                        "vmovdqa (%rdi), %ymm0",
                                        "movl %fs:16, %eax",
                                        "movl %eax, %gs:(%rdi)",
                                        "xbegin 1f",
                                        "movq %rax, %rsp",
                                        "addq $8, %rsp",
                                        "xchgq %rax, %rsp",
                                        "std",
                                        "cli",
                                        "hlt",
                                        "rdrand %eax",
                                        "rdseed %rax",
                                        "rdpid %rax",
                                        "movabs 0x1234, %al",
                                        "enter $8, $0",
                                        "leave",
                                        "movl [rdi], eax",
                                        "xacquire lock incl (%rax)",
                                        "lock movl %eax, (%rdi)",
                                        "lock cmpl %eax, (%rdi)",
                                        "lock incl %eax",
                                        "lock addl (%rdi), %eax",
                                        "lock nop",
                                        "inc (%rdi)",
                                        "add $1, (%rdi)",
                                        "mov $1, (%rdi)",
                                        "frobnicate (%rdi)",
                                        "in %dx, %al",
                                        "cmpxchg16b (%rdi)",
                                        "cmpxchg8b (%rdi)",
                                        "rep",
                                        ".byte 0xf3, 0x90",
                                        "movl /* what",
                                        "shll (%rdi), %eax",
                                        "movl (%rdi), (%rsi)"}),
              testing::IsEmpty());
}

struct Known {
  const char* text;
  Effect effect;
  Action action;
  unsigned bytes;
  bool locked = false;
};

TEST(Instruction, IsKnownByItsEffectActionAndSize) {
  const Known all[] = {
      {"movl (%rdi), %eax", Effect::load, Action::atomic_load, 4},
      {"movb %al, 3(%rdi,%rsi,4)", Effect::store, Action::atomic_store, 1},
      {"mov %rax, x(%rip)", Effect::store, Action::atomic_store, 8},
      {"movw $1, counter", Effect::store, Action::atomic_store, 2},
      {"movzbl (%rdi), %eax", Effect::load, Action::atomic_load, 1},
      {"movslq (%rdi), %rax", Effect::load, Action::atomic_load, 4},
      {"movq %xmm0, (%rdi)", Effect::store, Action::atomic_store, 8},
      {"cmpl $0, (%rdi)", Effect::load, Action::atomic_load, 4},
      {"addl (%rdi), %eax", Effect::load, Action::atomic_load, 4},
      {"cmovel (%rdi), %eax", Effect::load, Action::atomic_load, 4},
      {"sete 7(%rsp)", Effect::store, Action::atomic_store, 1},
      {"incl (%rdi)", Effect::update, Action::atomic_add, 4},
      {"shrq %cl, (%rdi)", Effect::update, Action::atomic_exchange, 8},
      {"lock incl (%rdi)", Effect::update, Action::atomic_add, 4, true},
      {"lock subw %ax, (%rdi)", Effect::update, Action::atomic_sub, 2, true},
      {"lock orb $1, (%rdi)", Effect::update, Action::atomic_or, 1, true},
      {"lock btsl $3, (%rdi)", Effect::update, Action::atomic_or, 4, true},
      {"xchgq %rax, (%rdi)", Effect::update, Action::atomic_exchange, 8, true},
      {"xchg (%rdi), %ax", Effect::update, Action::atomic_exchange, 2, true},
      {"lock xaddl %eax, (%rdi)", Effect::update, Action::atomic_add, 4, true},
      {"lock cmpxchgb %cl, (%rdi)", Effect::update, Action::atomic_cas, 1, true},
      {"lock cmpxchg8b (%rdi)", Effect::update, Action::atomic_cas, 8, true},
      {"lock cmpxchg16b (%rdi)", Effect::update, Action::atomic_cas, 16, true},
      {"mfence", Effect::fence, Action::fence, 0},
      {"rdtscp", Effect::time, Action::none, 0},
  };
  for (const Known& one : all) {
    const Instruction found = judge(parse(one.text));
    EXPECT_EQ(found.effect, one.effect) << one.text;
    EXPECT_EQ(found.action, one.action) << one.text;
    EXPECT_EQ(found.bytes, one.bytes) << one.text;
    EXPECT_EQ(found.locked, one.locked) << one.text;
  }
}

TEST(Text, FindsTheBlocksOfGccWithTheirPlaces) {
  const Text text = read(R"(	.file 1 "/usr/include/gcc/ck_cc.h"
f:
	.loc 1 121 1
	.cfi_startproc
	movl	%edi, -20(%rbp)
#APP
# 67 "/usr/include/gcc/x86_64/ck_pr.h" 1
	lock; incl (%rax); sete %al  # and 'what' is said
# 0 "" 2
	.loc 1 123 9
.LVL3:
# 70 "a.c" 1
	
# 0 "" 2
# 71 "a.c" 1
	1: pause /* a while */
	jmp 1b
# 0 "" 2
#NO_APP
	ret
	.cfi_endproc
#APP
	.globl foo
foo: ret
#NO_APP
)");
  ASSERT_EQ(text.blocks.size(), 4U);
  std::vector<std::string> statements;
  for (const Line& line : text.lines) {
    if (line.block >= 0)
      statements.push_back(std::to_string(line.block) + " " + line.statement.text());
  }
  EXPECT_THAT(statements, testing::ElementsAre("0 lock incl (%rax)", "0 sete %al", "2 pause",
                                               "2 jmp 1b", "3 .globl foo", "3 ret"));
  EXPECT_EQ(text.blocks[0].file, "/usr/include/gcc/x86_64/ck_pr.h");
  EXPECT_EQ(text.blocks[0].line, 67);
  EXPECT_EQ(text.blocks[2].line, 71);
  EXPECT_EQ(text.blocks[3].file, "");
}

TEST(Text, FindsTheBlocksOfClangByTheLineBeforeThem) {
  const Text text = read(R"(	# Start of file scope inline assembly
	.globl	foo
foo:
	retq

	# End of file scope inline assembly
	.file	0 "/tmp" "a.c" md5 0x9043ee5dd3d701ccdddcf3cf437aa7f9
f:                                      # @f
	.cfi_startproc
	.loc	0 8 23                          # a.c:8:23
	#APP
	lock
	decl	(%rax)
	#NO_APP
	jmp	.LBB0_1
)");
  ASSERT_EQ(text.blocks.size(), 2U);
  EXPECT_EQ(text.blocks[1].file, "/tmp/a.c");
  EXPECT_EQ(text.blocks[1].line, 8);
  const auto at = std::ranges::find(text.lines, 1, &Line::block);
  ASSERT_NE(at, text.lines.end());
  EXPECT_EQ(at->statement.text(), "lock decl (%rax)");
}

TEST(Refusal, NamesEachPlaceOnce) {
  const Unseen one{{"/nowhere/a.c", 3}, "syscall"};
  EXPECT_THAT(
      refusal({one, one, {{}, "ret"}}),
      testing::HasSubstr(": /nowhere/a.c:3 (`syscall`), outside of any function (`ret`); "));
}

}  // namespace
}  // namespace minusone::assembly
