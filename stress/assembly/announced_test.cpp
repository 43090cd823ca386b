// Which accesses of the compiler's own its hooks tell of, and that all others are found.
#include "stress/assembly/announced.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "stress/assembly/steps.h"

namespace minusone::assembly {
namespace {

/// What is left out of a function with this code, as GCC writes it.
std::vector<std::string> left_out(const std::string& code, const std::string& beside = "") {
  Text text = read("\t.file 1 \"a.c\"\n" + beside +
                   "\t.text\nf:\n\t.loc 1 7 3\n\t.cfi_startproc\n\tmovq %rsp, %rbp\n" + code +
                   "\t.cfi_endproc\n\t.ident \"GCC: (Debian) 12\"\n");
  find_left_out(text);
  std::vector<std::string> found;
  for (const Line& line : text.lines) {
    if (line.block < 0 || text.blocks[static_cast<std::size_t>(line.block)].kind == Unhooked::block)
      continue;
    const Block& block = text.blocks[static_cast<std::size_t>(line.block)];
    EXPECT_EQ(block.line, 7);
    found.push_back((block.kind == Unhooked::out_of_turn ? "! " : "") + line.statement.text());
  }
  return found;
}

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Announced, IsTheAccessBehindItsHook) {
  EXPECT_THAT(left_out("call __tsan_read4@PLT\nmovl (%rax), %edx\n"
                       "call __tsan_write4@PLT\nmovl %edx, (%rax)\n"
                       "call __tsan_volatile_write2@PLT\nmovw %dx, x(%rip)\n"
                       "call __tsan_unaligned_read8@PLT\nmovhpd (%rax), %xmm0\n"
                       "call __tsan_read8@PLT\ncall *8(%rax)\n"),
              IsEmpty());
}

TEST(Announced, IsNoMoreThanTheHookSays) {
  EXPECT_THAT(left_out("call __tsan_read4@PLT\nmovl (%rax), %edx\nmovl 4(%rax), %ecx\n"),
              ElementsAre("movl 4(%rax), %ecx"));
  EXPECT_THAT(left_out("call __tsan_write4@PLT\nmovl %edx, (%rax)\nmovhps %xmm0, (%rbx)\n"),
              ElementsAre("movhps %xmm0, (%rbx)"));
  EXPECT_THAT(left_out("call __tsan_read8@PLT\nmovq %rdx, (%rax)\n"),
              ElementsAre("! movq %rdx, (%rax)"))
      << "of a read it tells no write";
  EXPECT_THAT(left_out("call __tsan_read4@PLT\nlddqu (%rax), %xmm0\n"),
              ElementsAre("! lddqu (%rax), %xmm0"));
}

TEST(Announced, IsNothingBehindAnotherCall) {
  EXPECT_THAT(left_out("call __tsan_write8@PLT\ncall f\nmovq %rdx, (%rax)\n"),
              ElementsAre("movq %rdx, (%rax)"));
}

TEST(Announced, IsWhatAllPathsHaveAnnounced) {
  const std::string both = "\tje .L2\ncall __tsan_read4@PLT\njmp .L3\n.L2:\ncall ";
  EXPECT_THAT(left_out(both + "__tsan_read4@PLT\n.L3:\nmovl (%rax), %edx\n"), IsEmpty());
  EXPECT_THAT(left_out(both + "__tsan_func_exit@PLT\n.L3:\nmovl (%rax), %edx\n"),
              ElementsAre("! movl (%rax), %edx"));
}

TEST(Announced, NeedNotBeOnAPathThatEndsInACall) {
  EXPECT_THAT(left_out("\tje .L2\ncall abort@PLT\n.L2:\nleaq -8(%rbp), %rbx\nje .L3\ncall g\n"
                       "leaq x(%rip), %rbx\ncall _ZSt20__throw_length_errorPKc@PLT\n.LEHE7:\n.L3:\n"
                       "movl $1, (%rbx)\n"),
              IsEmpty());
  EXPECT_THAT(left_out("\tleaq -8(%rbp), %rbx\nje .L3\nleaq x(%rip), %rbx\ncall g\n.L3:\n"
                       "movl $1, (%rbx)\n"),
              ElementsAre("movl $1, (%rbx)"));
}

TEST(Announced, IsAStructByTwoHooksForItsCopy) {
  const std::string hooks =
      "movl $24, %esi\ncall __tsan_write_range@PLT\nmovl $24, %esi\ncall __tsan_read_range@PLT\n";
  const std::string copy =
      "movq (%rax), %rcx\nmovq %rcx, (%rdx)\nmovups 8(%rax), %xmm0\nmovups %xmm0, 8(%rdx)\n";
  EXPECT_THAT(left_out(hooks + copy), IsEmpty());
  EXPECT_THAT(left_out(hooks + "rep movsq\n"), IsEmpty());
  EXPECT_THAT(left_out(hooks + copy + "movlps %xmm0, (%rbx)\n"),
              ElementsAre("movlps %xmm0, (%rbx)"));
}

TEST(Announced, IsTheWordOfABitField) {
  EXPECT_THAT(left_out("call __tsan_write4@PLT\nmovzbl b(%rip), %eax\norl $24, %eax\n"
                       "movb %al, b(%rip)\n"),
              IsEmpty());
}

TEST(Announced, NeedNotBeWhatIsInTheFrameOrConstant) {
  EXPECT_THAT(left_out("call g\nmovq $0, -8(%rbp)\nleaq -64(%rbp), %rdi\nmovl $6, %ecx\n"
                       "rep stosq\nmovq %rsp, %rcx\nmovq %rax, 8(%rcx)\nmovq %fs:0, %rax\n"
                       "movq y@GOTPCREL(%rip), %rax\nmovss .LC0(%rip), %xmm0\n"
                       "leaq table(%rip), %rdx\nmovslq (%rdx,%rax,4), %rax\n"
                       "call __tsan_func_exit@PLT\n",
                       "\t.section .rodata\n.LC0:\n\t.long 1\ntable:\n\t.long 2\n"),
              IsEmpty());
}

TEST(Announced, NeedsToBeWhatADistanceInTheFrameLeadsTo) {
  EXPECT_THAT(left_out("leaq -8(%rbp), %rax\nleaq -16(%rbp), %rdx\nsubq %rdx, %rax\n"
                       "leaq x(%rip), %rdx\naddq %rdx, %rax\nmovb $1, (%rax)\n"),
              ElementsAre("movb $1, (%rax)"));
}

TEST(Announced, IsNoPartOfAFunctionWithoutHooks) {
  EXPECT_THAT(left_out("movl x(%rip), %eax\naddl $1, %eax\nmovl %eax, x(%rip)\naddl $1, (%rdi)\n"
                       "movq (%rdi), %rax\nret\n"),
              ElementsAre("movl x(%rip), %eax", "movl %eax, x(%rip)", "addl $1, (%rdi)",
                          "movq (%rdi), %rax"));
  EXPECT_THAT(left_out("leaq -8(%rbp), %rdi\ncall g\nret\n"), ElementsAre("ret"))
      << "whose frame ends unseen";
}

TEST(Announced, IsNeverWhatOrdersAccessesOrTouchesOthersThanItNames) {
  EXPECT_THAT(left_out("mfence\nlock incl (%rax)\nxchgl %eax, (%rbx)\nmaskmovdqu %xmm0, %xmm1\n"
                       "rdrand %eax\nxchgl %eax, %ebx\nint3\n"),
              ElementsAre("mfence", "lock incl (%rax)", "xchgl %eax, (%rbx)",
                          "maskmovdqu %xmm0, %xmm1", "rdrand %eax"));
}

TEST(Announced, IsNotWhatABlockLeavesToBeStored) {
  const std::string block =
      "leaq -20(%rbp), %rax\n#APP\n# 9 \"a.c\" 1\nincl %eax; jz .L5\n"
      "# 0 \"\" 2\n#NO_APP\n";
  EXPECT_THAT(left_out(block + "movl %eax, x(%rip)\nmovl %eax, -20(%rbp)\nmovl %eax, -24(%rbp)\n"),
              ElementsAre("movl %eax, x(%rip)", "movl %eax, -20(%rbp)"));
  EXPECT_THAT(left_out(block + "ret\n.L5:\nmovl %eax, -20(%rbp)\nmovl %eax, x(%rip)\n"),
              ElementsAre("movl %eax, -20(%rbp)", "movl %eax, x(%rip)"))
      << "nor where it jumps to";
  EXPECT_THAT(left_out(block + "fstpl d(%rip)\nvmovups %ymm0, v(%rip)\nsete b(%rip)\n"),
              ElementsAre("fstpl d(%rip)", "vmovups %ymm0, v(%rip)", "sete b(%rip)"));
}

TEST(Announced, IsNotAStructThatACallReturnsOrIsGiven) {
  EXPECT_THAT(left_out("leaq -40(%rbp), %rdi\ncall __tsan_func_entry@PLT\ncall g\n"
                       "movq %rax, x(%rip)\nmovq %rdx, -40(%rbp)\nmovq %rdx, -48(%rbp)\n"),
              ElementsAre("movq %rax, x(%rip)", "movq %rdx, -40(%rbp)"));
  EXPECT_THAT(left_out("leaq -16(%rbp), %rdi\nleaq -32(%rbp), %rsi\ncall g\nmovabsq $-1, %rax\n"
                       "movq %rax, -16(%rbp)\npxor %xmm0, %xmm0\nmovaps %xmm0, -32(%rbp)\n"
                       "call __tsan_func_exit@PLT\n"),
              IsEmpty())
      << "nobody has initialised these";
  EXPECT_THAT(left_out("call __tsan_func_entry@PLT\nmovq x(%rip), %rax\npushq 8(%rbx)\ncall g\n"),
              ElementsAre("movq x(%rip), %rax", "pushq 8(%rbx)"));
}

}  // namespace
}  // namespace minusone::assembly
