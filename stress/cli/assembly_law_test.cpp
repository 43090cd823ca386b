// Blocks of inline assembly that are drawn: explored with one thread, each leaves in registers,
// flags and memory what it leaves when the same source runs as it is.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "stress/cli/testing/source_file.h"

namespace minusone::cli {
namespace {

constexpr int blocks_of_a_program = 24;

template <class T>
T one_of(const std::vector<T>& all) {
  return *rc::gen::elementOf(all);
}

/// Without the registers that say where the cells are (r10, r11) and what the block is given.
std::string a_register(int size) {
  static const std::vector<std::vector<std::string>> names{
      {"al", "bl", "cl", "dl", "sil", "dil", "r8b", "r9b"},
      {"ax", "bx", "cx", "dx", "si", "di", "r8w", "r9w"},
      {"eax", "ebx", "ecx", "edx", "esi", "edi", "r8d", "r9d"},
      {"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9"}};
  return "%%" + one_of(names[static_cast<std::size_t>(size)]);
}

/// Eight cells of eight bytes lie there, the first four of them in reach.
std::string a_place() {
  return one_of<std::string>({"(%%r10)", "8(%%r10)", "3(%%r10)", "(%%r10,%%r11,8)",
                              "4(%%r10,%%r11,4)", "cells(%%rip)", "cells+16(%%rip)"});
}

std::string an_immediate(int size) {
  return fmt::format("${}",
                     size == 0 ? *rc::gen::inRange(-128, 128) : *rc::gen::inRange(-300, 300));
}

std::string a_condition() {
  return one_of<std::string>({"e", "ne", "l", "g", "b", "a", "s", "ns", "o", "no", "p", "c"});
}

std::string an_instruction() {
  const int size = *rc::gen::inRange(0, 4);
  const char letter = "bwlq"[size];
  const auto wide = std::max(size, 1);
  const std::string lock = one_of<std::string>({"", "lock ", "lock; "});
  switch (*rc::gen::inRange(0, 16)) {
    case 0:
      return fmt::format("mov{} {}, {}", letter, a_place(), a_register(size));
    case 1:
      return fmt::format("mov{} {}, {}", letter, a_register(size), a_place());
    case 2:
      return fmt::format("mov{} {}, {}", letter, an_immediate(size), a_place());
    case 3:
    case 4:
      return fmt::format(
          "{}{}{} {}, {}", lock,
          one_of<std::string>({"add", "sub", "adc", "sbb", "and", "or", "xor"}), letter,
          *rc::gen::arbitrary<bool>() ? an_immediate(size) : a_register(size), a_place());
    case 5:
      return fmt::format("{}{} {}, {}",
                         one_of<std::string>({"add", "sub", "and", "or", "xor", "cmp", "adc"}),
                         letter, a_place(), a_register(size));
    case 6:
      return fmt::format("{}{}{} {}", lock, one_of<std::string>({"inc", "dec", "not", "neg"}),
                         letter, a_place());
    case 7:
      return fmt::format("xchg{} {}, {}", letter, a_register(size), a_place());
    case 8:
      return fmt::format("{}xadd{} {}, {}", lock, letter, a_register(size), a_place());
    case 9:
      return fmt::format("{}cmpxchg{} {}, {}", lock, letter, a_register(size), a_place());
    case 10:
      return fmt::format("{}bt{}{} ${}, {}", lock, one_of<std::string>({"s", "r", "c"}),
                         "bwlq"[wide], *rc::gen::inRange(0, 16), a_place());
    case 11:  // what is in r11 is small, so that the bit lies in a cell
      return fmt::format(
          "lock bt{}{} {}, 8(%%r10)", one_of<std::string>({"s", "r", "c"}), "bwlq" [wide],
          std::array { "", "%%r11w", "%%r11d", "%%r11" }[static_cast<std::size_t>(wide)]);
    case 12:  // what lies on the stack is not the same, and neither are the flags behind it
      return one_of<std::string>({"lock cmpxchg16b cells+16(%%rip)", "lock; cmpxchg8b 8(%%r10)",
                                  "mfence", "lfence", "sfence", "pause", "prefetcht0 (%%r10)",
                                  "lock; addl $0, 0(%%rsp); cmpq %%rdx, %%rbx",
                                  "testl $12, 8(%%r10)"});
    case 13:
      return fmt::format("set{} {}", a_condition(), a_place());
    case 14:
      return fmt::format("cmov{}{} {}, {}", a_condition(), "bwlq"[wide], a_place(),
                         a_register(wide));
    default:
      return *rc::gen::arbitrary<bool>()
                 ? fmt::format("{}{} ${}, {}", one_of<std::string>({"shl", "shr", "sar", "rol"}),
                               letter, *rc::gen::inRange(0, 8), a_place())
                 : fmt::format("{} {}, {}", one_of<std::string>({"movzbl", "movsbl", "movzwl"}),
                               a_place(), a_register(2));
  }
}

std::string a_value() {
  return fmt::format("{}UL", *rc::gen::oneOf(rc::gen::inRange<std::uint64_t>(0, 4),
                                             rc::gen::arbitrary<std::uint64_t>()));
}

/// A function that sets all registers and cells, runs what is drawn and leaves all again.
std::string a_function(int number) {
  // Where the compiler's pass is off its own accesses are found, too.
  const auto hooks = *rc::gen::arbitrary<bool>() ? "" : "__attribute__((no_sanitize(\"thread\"))) ";
  std::string text =
      fmt::format("{}static void block_{}(unsigned long* s, double keep) {{\n", hooks, number);
  for (int cell = 0; cell < 8; ++cell) text += fmt::format("  cells[{}] = {};\n", cell, a_value());
  for (int value = 0; value < 8; ++value) text += fmt::format("  s[{}] = {};\n", value, a_value());
  // A value that lies in a vector register while the block runs, which knows nothing of it.
  text += fmt::format("  s[8] = {}UL;\n  __asm__ volatile(\"\" : \"+x\"(keep));\n",
                      *rc::gen::inRange(0, 4));
  text += "  __asm__ volatile(\n";
  const char* const registers[] = {"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r11"};
  for (std::size_t i = 0; i < std::size(registers); ++i)
    text += fmt::format("    \"movq {}(%0), %%{}\\n\\t\"\n", 8 * i, registers[i]);
  text += "    \"leaq cells(%%rip), %%r10\\n\\tcmpq %%rdx, %%rbx\\n\\t\"\n";
  for (int i = *rc::gen::inRange(1, 5); i > 0; --i)
    text += fmt::format("    \"{}\\n\\t\"\n", an_instruction());
  text += "    \"movq %%rax, %%r12\\n\\tlahf\\n\\tseto %%al\\n\\tmovzwl %%ax, %%eax\\n\\t\"\n";
  text += "    \"movq %%rax, 72(%0)\\n\\tmovq %%r12, 0(%0)\\n\\t\"\n";
  for (std::size_t i = 1; i < std::size(registers); ++i)
    text += fmt::format("    \"movq %%{}, {}(%0)\\n\\t\"\n", registers[i], 8 * i);
  text +=
      "    : : \"r\"(s) : \"rax\", \"rbx\", \"rcx\", \"rdx\", \"rsi\", \"rdi\", \"r8\", \"r9\", "
      "\"r10\", \"r11\", \"r12\", \"memory\", \"cc\");\n  __asm__ volatile(\"\" : \"+x\"(keep));\n"
      "  s[10] = (unsigned long)keep;\n}\n";
  return text;
}

/// With EXPECTED it compares with what it printed without.
std::string a_program() {
  std::string text =
      "#include <assert.h>\n#include <stdio.h>\n#undef no_sanitize\n#ifdef EXPECTED\n#include "
      "\"expected.h\"\n#endif\n"
      "unsigned long cells[8] __attribute__((aligned(64)));\n";
  for (int i = 0; i < blocks_of_a_program; ++i) text += a_function(i);
  text +=
      "static int result(int n, unsigned long* s) {\n#ifdef EXPECTED\n"
      "  for (int i = 0; i < 8; i++) if (cells[i] != expected[n][i]) return 0;\n"
      "  for (int i = 0; i < 11; i++) if (s[i] != expected[n][8 + i]) return 0;\n"
      "#else\n  (void)n;\n  for (int i = 0; i < 8; i++) printf(\"%luUL,\", cells[i]);\n"
      "  for (int i = 0; i < 11; i++) printf(\"%luUL,\", s[i]);\n  puts(\"\");\n"
      "#endif\n  return 1;\n}\nint main(void) {\n  unsigned long s[11];\n";
  for (int i = 0; i < blocks_of_a_program; ++i)
    text += fmt::format("  block_{0}(s, {1});\n  assert(result({0}, s));\n", i, 1000 + i);
  return text + "  return 0;\n}\n";
}

TEST_F(SourceFile, ExploredLeavesOfABlockWhatThatLeavesAlone) {
  const auto status_of = [](const std::string& line) {
    return WEXITSTATUS(std::system(line.c_str()));
  };
  std::vector<std::string> compilers{"g++"};
  if (status_of("command -v clang++ >/dev/null") == 0) compilers.emplace_back("clang++");
  EXPECT_TRUE(rc::check("explored, a block leaves what it leaves alone", [&] {
    const auto program = a_program();
    write("blocks.c", program);
    RC_ASSERT(status_of("cd " + directory_.string() +
                        " && cc -std=gnu11 -O1 -w -o alone blocks.c && ./alone >results") == 0);
    std::ifstream results(directory_ / "results");
    std::string expected = "static const unsigned long expected[][19] = {\n";
    for (std::string line; std::getline(results, line);) expected += "  {" + line + "},\n";
    write("expected.h", expected + "};\n");
    const auto compiler = one_of(compilers);
    const auto level = one_of<std::string>({"", " --optimized"});
    const auto ran = minusone("explore blocks.c -D EXPECTED -I . --compiler " + compiler + level);
    if (ran.status != 0) RC_FAIL(compiler + level + ":\n" + ran.out + ran.err + "\n" + program);
  }));
}

}  // namespace
}  // namespace minusone::cli
