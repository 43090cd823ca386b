#include "stress/assembly/steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "stress/assembly/instruction.h"
#include "stress/assembly/registers.h"
#include "stress/instrument/announcement.h"

namespace minusone::assembly {
namespace {

bool uses_stack_pointer(std::string_view operand) {
  return operand.find("(%rsp") != operand.npos || operand.find(",%rsp") != operand.npos;
}

Registers in(std::string_view operand) {
  Registers found;
  for (auto at = operand.find('%'); at != operand.npos; at = operand.find('%', at + 1)) {
    const auto name = operand.substr(at, operand.find_first_of(",) ", at) - at);
    if (const auto one = register_of(name)) found.set(static_cast<std::size_t>(one->number));
  }
  return found;
}

/// A register for the value between the two steps of an update without a lock; -1: none is free.
int scratch_for(const Statement& s) {
  Registers used;
  for (const auto& operand : s.operands) used |= in(operand);
  if (s.mnemonic.starts_with("cmpxchg")) used.set(rax);
  // The first can be named together with ah, bh, ch, dh.
  for (const int number : {rdx, rcx, rbx, rax, 11, 10, 9, 8}) {
    if (!used[static_cast<std::size_t>(number)]) return number;
  }
  return -1;
}

/// An update without a lock whose address is not the same when it writes, or is not known then.
bool moves_its_address(const Statement& s, const Instruction& does) {
  const Registers address = in(s.operands[static_cast<std::size_t>(does.memory)]);
  if (s.mnemonic.starts_with("cmpxchg") && address[rax]) return true;
  if (!s.mnemonic.starts_with("xadd")) return false;
  return (in(s.operands[0]) & address).any();
}

/// Whether an instruction can be made a step, or need not.
bool can_be_step(const Statement& s) {
  if (s.is_directive()) return is_harmless_directive(s);
  const Instruction does = judge(s);
  if (does.effect == Effect::unknown) return false;
  if (does.memory < 0) return true;
  const std::string_view at = s.operands[static_cast<std::size_t>(does.memory)];
  if (at.find("%esp") != at.npos) return false;
  if (does.effect != Effect::update || does.locked) return true;
  if (does.bit >= 0) return false;
  const bool other_stack = std::ranges::any_of(s.operands, [&](const std::string& operand) {
    const auto one = register_of(operand);
    return one && one->number == rsp;
  });
  return !other_stack && scratch_for(s) >= 0 && !moves_its_address(s, does);
}

/// The same of the compiler's own.
bool can_be_own_step(const Statement& s) {
  const Instruction does = judge(s);
  if (does.effect == Effect::fence || does.locked || does.effect == Effect::update)
    return can_be_step(s);
  const auto accesses = accesses_of(s);
  if (is_never_told(s) || accesses.size() != 1) return false;
  const auto& [memory, reads, writes, bytes] = accesses.front();
  return std::has_single_bit(bytes) && bytes <= 16 && !memory.starts_with('%') &&
         memory.find("%esp") == memory.npos && !(reads && writes);
}

/// A memory operand, as it is named while so many bytes more lie on the stack.
std::string shifted(const std::string& operand, unsigned bytes) {
  if (bytes == 0 || !uses_stack_pointer(operand)) return operand;
  return fmt::format("{}{}{}", bytes, operand.starts_with('(') ? "" : "+", operand);
}

char letter_of(unsigned bytes) {
  return bytes == 1 ? 'b' : bytes == 2 ? 'w' : bytes == 4 ? 'l' : 'q';
}

/// With hooks of marked accesses where the compiler has put those of volatile ones, of up to 8
/// bytes.
std::string marked(const std::string& line) {
  constexpr std::string_view hook = "__tsan_volatile_";
  const auto at = line.find(hook);
  if (at == line.npos) return line;
  const auto size = line.find_first_of("0123456789", at);
  if (size == line.npos || line.substr(size, 2) == "16") return line;
  return line.substr(0, at) + "__tsan_marked_" + line.substr(at + hook.size());
}

class Weaver {
 public:
  Weaver(const Text& text, bool mark_volatile)
      : text_(text), held_(held_before(text)), mark_volatile_(mark_volatile) {}

  std::string take() {
    int block = -1;
    bool first = true;  // of its block, where nobody jumps back to: nothing reads flags from before
    for (std::size_t i = 0; i < text_.lines.size(); ++i) {
      const Line& line = text_.lines[i];
      if (line.block != block) first = true;
      block = line.block;
      // Before its own instructions the compiler may leave flags that it reads behind them.
      const bool is_own =
          block >= 0 && text_.blocks[static_cast<std::size_t>(block)].kind != Unhooked::block;
      if (is_own) first = false;
      const Statement& s = line.statement;
      if (block < 0 && judge(s).effect != Effect::time) {
        all_ += (mark_volatile_ ? marked(line.text) : line.text) + '\n';
        continue;
      }
      first &= s.labels.empty();
      for (const auto& label : s.labels) all_ += label + ":\n";
      if (is_own) {
        weave_own(s, held_[i]);
      } else {
        weave(s, held_[i], !first);
      }
      first &= s.mnemonic.empty();
    }
    return std::move(all_);
  }

 private:
  template <class... Parts>
  void put(fmt::format_string<Parts...> format, Parts&&... parts) {
    all_ += '\t';
    fmt::format_to(std::back_inserter(all_), format, std::forward<Parts>(parts)...);
    all_ += '\n';
  }

  void weave(const Statement& s, const Registers& held, bool flags) {
    if (s.mnemonic.empty()) return;
    const Instruction does = s.is_directive() ? Instruction{Effect::none} : judge(s);
    if (does.effect == Effect::time) return put_time(s);
    if (does.effect == Effect::update && !does.locked) return put_update(s, does, held, flags);
    if (does.effect != Effect::none) announce(s, does, held, flags);
    put("{}", s.text());
  }

  /// The compiler's own instruction: the source's plain access, unless it orders others.
  void weave_own(const Statement& s, const Registers& held) {
    const Instruction does = judge(s);
    if (does.effect == Effect::fence || does.locked) return weave(s, held, true);
    if (does.effect == Effect::update) return put_update(s, does, held, true, true);
    const Access access = accesses_of(s).front();
    Statement at;
    at.operands = {access.memory};
    Instruction plain;
    plain.action = access.writes ? Action::plain_write : Action::plain_read;
    plain.bytes = access.bytes;
    plain.memory = 0;
    announce(at, plain, held, true);
    put("{}", s.text());
  }

  void put_time(const Statement& s) {
    put("movl ${}, %eax", now_seconds);
    put("movl $0, %edx");
    if (s.mnemonic == "rdtscp") put("movl $0, %ecx");
  }

  /// Reads into a register, changes that, and writes it: two steps.
  void put_update(const Statement& s, const Instruction& does, Registers held, bool flags,
                  bool plain = false) {
    Instruction reads = does, writes = does;
    reads.action = plain ? Action::plain_read : Action::atomic_load;
    reads.order = plain ? 0 : __ATOMIC_ACQUIRE;
    writes.action = plain ? Action::plain_write : Action::atomic_store;
    writes.order = plain ? 0 : __ATOMIC_RELEASE;
    const auto at = static_cast<std::size_t>(does.memory);
    const int scratch = scratch_for(s);
    Statement on_register = s, behind_push = s;
    on_register.operands[at] = name_of(scratch, does.bytes);
    behind_push.operands[at] = shifted(s.operands[at], 8);

    announce(s, reads, held, flags);
    put("pushq {}", name_of(scratch, 8));
    put("mov{} {}, {}", letter_of(does.bytes), behind_push.operands[at], on_register.operands[at]);
    put("{}", on_register.text());
    held.set(static_cast<std::size_t>(scratch));
    announce(behind_push, writes, held & changed_by_calls(), true);
    put("mov{} {}, {}", letter_of(does.bytes), on_register.operands[at], behind_push.operands[at]);
    put("popq {}", name_of(scratch, 8));
  }

  /// Calls the runtime, which comes back when the instruction's turn has come.
  void announce(const Statement& s, const Instruction& does, const Registers& held, bool flags) {
    const unsigned pushed = save(held, flags);
    if (does.effect == Effect::fence) {
      put("movl ${}, %edi", does.order);
      call("minusone_rt_asm_fence");
    } else {
      const auto& operand = s.operands[static_cast<std::size_t>(does.memory)];
      put_address(s, does, operand, pushed);
      if (does.action == Action::atomic_cas) put_expected(s, does);
      const int failure = does.action == Action::atomic_cas ? does.order : 0;
      put("movl ${}, %esi", code_of(does.action, does.bytes, does.order, failure));
      call("minusone_rt_asm_access");
    }
    restore(held, flags);
  }

  /// Leaves the address in rdi.
  void put_address(const Statement& s, const Instruction& does, const std::string& operand,
                   unsigned pushed) {
    if (does.bit < 0) return put("leaq {}, %rdi", shifted(operand, pushed));
    // A bit's number in a register is one in memory from there on, and may be negative.
    const auto bit = register_of(s.operands[static_cast<std::size_t>(does.bit)]);
    put("pushq {}", name_of(bit->number, 8));
    put("leaq {}, %rdi", shifted(operand, pushed + 8));
    put("popq %rsi");
    if (does.bytes == 2) put("movswq %si, %rsi");
    if (does.bytes == 4) put("movslq %esi, %rsi");
    put("sarq ${}, %rsi", does.bytes == 2 ? 4 : does.bytes == 4 ? 5 : 6);
    put("leaq (%rdi,%rsi,{}), %rdi", does.bytes);
  }

  /// Leaves what a compare-and-swap expects in rdx, and its upper half in rcx.
  void put_expected(const Statement& s, const Instruction& does) {
    if (does.bytes == 16 || s.mnemonic == "cmpxchg8b") put("movq %rdx, %rcx");
    put("movq %rax, %rdx");
    if (s.mnemonic != "cmpxchg8b") return;
    put("movl %edx, %edx");
    put("shlq $32, %rcx");
    put("orq %rcx, %rdx");
  }

  /// From a stack of any alignment.
  void call(const char* hook) {
    put("pushq %rsp");
    put("pushq (%rsp)");
    put("andq $-16, %rsp");
    put("movq $0, (%rsp)");  // what lay there is no part of the agent's state
    put("call {}@PLT", hook);
    put("movq 8(%rsp), %rsp");
  }

  /// @return how many bytes more lie on the stack
  unsigned save(const Registers& held, bool flags) {
    unsigned pushed = 0;
    for (int i = 0; i < 16; ++i) {
      if (!held[static_cast<std::size_t>(i)]) continue;
      put("pushq {}", name_of(i, 8));
      pushed += 8;
    }
    if (flags) put("pushfq");
    pushed += flags ? 8 : 0;
    const unsigned vectors = vectors_in(held) * 16;
    if (vectors == 0) return pushed;
    put("leaq -{}(%rsp), %rsp", vectors);
    move_vectors(held, "movups %xmm{0}, {1}(%rsp)");
    return pushed + vectors;
  }

  void restore(const Registers& held, bool flags) {
    if (const unsigned vectors = vectors_in(held) * 16; vectors != 0) {
      move_vectors(held, "movups {1}(%rsp), %xmm{0}");
      put("leaq {}(%rsp), %rsp", vectors);
    }
    if (flags) put("popfq");
    for (int i = 16; i-- > 0;) {
      if (held[static_cast<std::size_t>(i)]) put("popq {}", name_of(i, 8));
    }
  }

  static unsigned vectors_in(const Registers& held) {
    return static_cast<unsigned>((held >> 16).count());
  }

  void move_vectors(const Registers& held, const char* how) {
    unsigned offset = 0;
    for (unsigned i = 0; i < 16; ++i) {
      if (!held[16 + i]) continue;
      put("{}", fmt::format(fmt::runtime(how), i, offset));
      offset += 16;
    }
  }

  std::string all_;
  const Text& text_;
  const std::vector<Registers> held_;
  const std::vector<int> known_from_;
  const bool mark_volatile_;
};

}  // namespace

std::vector<Unseen> unseen_in(const Text& text) {
  std::vector<Unseen> found;
  const auto wide = beside_wide_registers(text);
  int last = -1;
  for (std::size_t i = 0; i < text.lines.size(); ++i) {
    const Line& line = text.lines[i];
    if (line.block < 0 || line.block == last) continue;
    const Block& where = text.blocks[static_cast<std::size_t>(line.block)];
    const bool is_own = where.kind != Unhooked::block;
    // Outside of a function an instruction is a function of its own, with its own rules.
    const bool is_code = !line.statement.is_directive() && !line.statement.mnemonic.empty();
    const bool beside = wide[i] && is_code && judge(line.statement).effect != Effect::none;
    const bool known = is_own ? where.kind == Unhooked::left_out && can_be_own_step(line.statement)
                              : can_be_step(line.statement) && !(where.file.empty() && is_code);
    if (known && !beside) continue;
    last = line.block;
    const char* const why = known    ? ", beside x87 or AVX registers"
                            : is_own ? ", before which the compiler has put no hook"
                                     : "";
    found.push_back({where, line.statement.text(), why});
  }
  return found;
}

std::string with_steps(const Text& text, bool mark_volatile) {
  return Weaver(text, mark_volatile).take();
}

}  // namespace minusone::assembly
