#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stress/assembly/text.h"
#include "stress/sync/actions.h"

/// What an instruction of inline assembly does to memory (Intel 64 and IA-32 Architectures Software
/// Developer's Manual, volume 2). Only what is listed here is known; all else is not.
namespace minusone::assembly {

/// A general register, by its number in the instruction set: 0 is rax, 4 rsp, 8 to 15 r8 to r15.
struct Register {
  int number;
  unsigned bytes;
};
inline constexpr int rax = 0, rcx = 1, rdx = 2, rbx = 3, rsp = 4, rbp = 5, rsi = 6, rdi = 7;

/// @param text  "%ecx"
std::optional<Register> register_of(std::string_view text);
/// "%ecx". @pre bytes is 1, 2, 4 or 8
std::string name_of(int number, unsigned bytes);

enum class Effect {
  unknown,  ///< it may do anything
  none,     ///< on registers and flags only, or a hint
  load,
  store,
  update,  ///< one access that reads and writes; without a lock, two
  fence,
  time,  ///< reads a clock: it stands still while exploring
};

struct Instruction {
  Effect effect = Effect::unknown;
  Action action = Action::none;  ///< how the step is told
  int order = 0;                 ///< its memory order
  unsigned bytes = 0;            ///< of the access
  int memory = -1;               ///< which operand lies in memory
  int bit = -1;                  ///< which operand is a register with a bit's number in it
  bool locked = false;           ///< one access that is a full fence, too
};

/// Whether an operand is memory: "8(%rdi)", "x(%rip)", "%fs:16", "counter".
bool is_memory(std::string_view operand);

Instruction judge(const Statement& statement);

/// An access of an instruction of the compiler's own, be it known as a step or not.
struct Access {
  std::string memory;  ///< the operand, or what an instruction on strings takes for one: "(%rdi)"
  bool reads = false;
  bool writes = false;
  unsigned bytes = 0;  ///< 0: not known
};

/// Its accesses by operands, by the stack pointer apart: two of an instruction that copies.
std::vector<Access> accesses_of(const Statement& statement);

/// Whether no hook of the compiler's ever tells what an instruction does: it orders accesses, has
/// no operand for what it touches, looks at a part of it only, or reads what differs from run to
/// run. Such are those of intrinsic functions (immintrin.h), and atomic ones where the pass is off.
bool is_never_told(const Statement& statement);

/// Whether a directive of a block neither makes code nor says where code or data go.
bool is_harmless_directive(const Statement& statement);

}  // namespace minusone::assembly
