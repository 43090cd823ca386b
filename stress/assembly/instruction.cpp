#include "stress/assembly/instruction.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <span>

namespace minusone::assembly {
namespace {

constexpr std::array<std::array<std::string_view, 4>, 16> names{{
    {"al", "ax", "eax", "rax"},
    {"cl", "cx", "ecx", "rcx"},
    {"dl", "dx", "edx", "rdx"},
    {"bl", "bx", "ebx", "rbx"},
    {"spl", "sp", "esp", "rsp"},
    {"bpl", "bp", "ebp", "rbp"},
    {"sil", "si", "esi", "rsi"},
    {"dil", "di", "edi", "rdi"},
    {"r8b", "r8w", "r8d", "r8"},
    {"r9b", "r9w", "r9d", "r9"},
    {"r10b", "r10w", "r10d", "r10"},
    {"r11b", "r11w", "r11d", "r11"},
    {"r12b", "r12w", "r12d", "r12"},
    {"r13b", "r13w", "r13d", "r13"},
    {"r14b", "r14w", "r14d", "r14"},
    {"r15b", "r15w", "r15d", "r15"},
}};

/// What the instructions of a name do with an operand in memory.
enum class Form {
  registers,   ///< none of its operands may be memory
  hint,        ///< an operand in memory is not looked at
  move,        ///< writes the last operand, reads the first
  look,        ///< reads whichever operand is memory
  source,      ///< reads it where it is not the last operand
  change,      ///< reads it; where it is the last operand, writes it as well
  change_only  ///< the same, and cannot be locked
};

struct Named {
  std::string_view name;
  Form form;
  Action action = Action::atomic_exchange;  ///< how the change is told
  bool lockable = false;
};

/// With a letter for the size behind the name, or without.
constexpr Named sized[] = {
    {"mov", Form::move},
    {"add", Form::change, Action::atomic_add, true},
    {"sub", Form::change, Action::atomic_sub, true},
    {"adc", Form::change, Action::atomic_add, true},
    {"sbb", Form::change, Action::atomic_sub, true},
    {"and", Form::change, Action::atomic_and, true},
    {"or", Form::change, Action::atomic_or, true},
    {"xor", Form::change, Action::atomic_xor, true},
    {"inc", Form::change, Action::atomic_add, true},
    {"dec", Form::change, Action::atomic_sub, true},
    {"not", Form::change, Action::atomic_xor, true},
    {"neg", Form::change, Action::atomic_sub, true},
    {"bts", Form::change, Action::atomic_or, true},
    {"btr", Form::change, Action::atomic_and, true},
    {"btc", Form::change, Action::atomic_xor, true},
    {"xadd", Form::change, Action::atomic_add, true},
    {"cmpxchg", Form::change, Action::atomic_cas, true},
    {"xchg", Form::change, Action::atomic_exchange, true},
    {"shl", Form::change_only},
    {"shr", Form::change_only},
    {"sal", Form::change_only},
    {"sar", Form::change_only},
    {"rol", Form::change_only},
    {"ror", Form::change_only},
    {"cmp", Form::look},
    {"test", Form::look},
    {"bt", Form::look},
    {"mul", Form::look},
    {"imul", Form::source},
    {"div", Form::look},
    {"idiv", Form::look},
    {"bsf", Form::source},
    {"bsr", Form::source},
    {"popcnt", Form::source},
    {"lzcnt", Form::source},
    {"tzcnt", Form::source},
    {"lea", Form::hint},
    {"nop", Form::hint},
    {"bswap", Form::registers},
};

/// Just so.
constexpr Named exact[] = {
    {"movabs", Form::registers},  {"movabsq", Form::registers}, {"pause", Form::registers},
    {"cltq", Form::registers},    {"cltd", Form::registers},    {"cqto", Form::registers},
    {"cwtl", Form::registers},    {"cwtd", Form::registers},    {"cbtw", Form::registers},
    {"clc", Form::registers},     {"stc", Form::registers},     {"cmc", Form::registers},
    {"cld", Form::registers},     {"lahf", Form::registers},    {"sahf", Form::registers},
    {"endbr64", Form::registers}, {"ud2", Form::registers},     {"cpuid", Form::registers},
    {"prefetch", Form::hint},     {"prefetchw", Form::hint},    {"prefetcht0", Form::hint},
    {"prefetcht1", Form::hint},   {"prefetcht2", Form::hint},   {"prefetchnta", Form::hint},
};

const Named* find(std::span<const Named> among, std::string_view name) {
  const auto at = std::ranges::find(among, name, &Named::name);
  return at == among.end() ? nullptr : &*at;
}

unsigned size_of(char letter) {
  switch (letter) {
    case 'b':
      return 1;
    case 'w':
      return 2;
    case 'l':
      return 4;
    case 'q':
      return 8;
    default:
      return 0;
  }
}

bool is_condition(std::string_view text) {
  static constexpr std::array known{"o",  "no", "b",  "c",  "nae", "nb", "ae", "nc", "z",   "e",
                                    "nz", "ne", "be", "na", "nbe", "a",  "s",  "ns", "p",   "pe",
                                    "np", "po", "l",  "ge", "nge", "nl", "le", "ng", "nle", "g"};
  return std::ranges::find(known, text) != known.end();
}

/// A label in the same function: "1b", ".L7".
bool is_local(std::string_view label) {
  if (label.starts_with(".L")) return true;
  const bool numbered = label.size() > 1 && (label.back() == 'b' || label.back() == 'f');
  return numbered && std::ranges::all_of(label.substr(0, label.size() - 1),
                                         [](unsigned char c) { return std::isdigit(c) != 0; });
}

bool is_branch(const Statement& statement) {
  if (!statement.mnemonic.starts_with('j') || statement.operands.size() != 1) return false;
  const auto condition = std::string_view(statement.mnemonic).substr(1);
  return (condition == "mp" || is_condition(condition)) && is_local(statement.operands[0]);
}

bool is_vector(std::string_view operand) { return operand.starts_with("%xmm"); }

Instruction loads(unsigned bytes, int memory) {
  return {Effect::load, Action::atomic_load, __ATOMIC_ACQUIRE, bytes, memory};
}
Instruction stores(unsigned bytes, int memory) {
  return {Effect::store, Action::atomic_store, __ATOMIC_RELEASE, bytes, memory};
}
constexpr Instruction harmless{.effect = Effect::none};

/// Code that goes on with another stack than the compiler believes.
bool writes_stack_pointer(const Statement& s) {
  for (std::size_t i = 0; i < s.operands.size(); ++i) {
    const auto one = register_of(s.operands[i]);
    const bool is_written = i + 1 == s.operands.size() || s.mnemonic.starts_with("x");
    if (one && one->number == rsp && is_written) return true;
  }
  return false;
}

/// What is one line in the manual.
std::optional<Instruction> special(const Statement& s) {
  const std::string_view name = s.mnemonic;
  if (name == "mfence" || name == "lfence" || name == "sfence") {
    const int order = name == "mfence"   ? __ATOMIC_SEQ_CST
                      : name == "lfence" ? __ATOMIC_ACQUIRE
                                         : __ATOMIC_RELEASE;
    return Instruction{.effect = Effect::fence, .action = Action::fence, .order = order};
  }
  if (name == "rdtsc" || name == "rdtscp") return Instruction{.effect = Effect::time};
  if (s.prefix == "rep" && name == "nop" && s.operands.empty()) return harmless;
  if (!s.prefix.empty() && s.prefix != "lock") return Instruction{};
  if (is_branch(s) && s.prefix.empty()) return harmless;
  return std::nullopt;
}

/// Which operand lies in memory; -1: none, -2: several.
int memory_of(const Statement& s) {
  int found = -1;
  for (std::size_t i = 0; i < s.operands.size(); ++i) {
    if (is_memory(s.operands[i])) found = found == -1 ? static_cast<int>(i) : -2;
  }
  return found;
}

/// Instructions whose name tells a condition, or two sizes: setne, cmovel, movzbl, movslq.
std::optional<Instruction> with_parts(const Statement& s, int memory) {
  const std::string_view name = s.mnemonic;
  const auto read = [&](unsigned bytes) {
    return memory < 0 ? harmless : memory == 0 && bytes != 0 ? loads(bytes, 0) : Instruction{};
  };
  if (name.starts_with("set") && is_condition(name.substr(3)) && s.operands.size() == 1)
    return memory < 0 ? harmless : stores(1, 0);
  if (name.starts_with("cmov") && s.operands.size() == 2) {
    auto condition = name.substr(4);
    if (!is_condition(condition)) condition.remove_suffix(condition.empty() ? 0 : 1);
    const auto to = register_of(s.operands[1]);
    if (is_condition(condition) && to) return read(to->bytes);
  }
  const bool widens = name.starts_with("movz") || name.starts_with("movs");
  if (widens && name.size() == 6 && s.operands.size() == 2 && size_of(name[4]) != 0)
    return read(size_of(name[4]));
  return std::nullopt;
}

/// The size of the access, by the letter behind the name or by a register; 0: it is not said.
unsigned bytes_of(const Statement& s, std::string_view base, int memory) {
  if (s.mnemonic.size() > base.size()) return size_of(s.mnemonic.back());
  // Of a shift it says by how much.
  if (base.starts_with("sh") || base.starts_with("sa") || base.starts_with("ro")) return 0;
  for (std::size_t i = s.operands.size(); i-- > 0;) {
    if (static_cast<int>(i) == memory) continue;
    if (const auto one = register_of(s.operands[i])) return one->bytes;
  }
  return 0;
}

Instruction on_memory(const Statement& s, const Named& named, int memory) {
  const bool last = memory == static_cast<int>(s.operands.size()) - 1;
  const unsigned bytes = bytes_of(s, named.name, memory);
  if (bytes == 0) return {};
  const bool exchanges = named.name == "xchg";
  Instruction found;
  switch (named.form) {
    case Form::move:
      found = last ? stores(bytes, memory) : loads(bytes, memory);
      break;
    case Form::look:
      found = loads(bytes, memory);
      break;
    case Form::source:
      if (last && s.operands.size() > 1) return {};
      found = loads(bytes, memory);
      break;
    default:
      if (!last && !exchanges) {
        const bool two_ways = named.form == Form::change && !named.name.starts_with("bt") &&
                              named.name != "xadd" && named.name != "cmpxchg";
        if (!two_ways) return {};
        found = loads(bytes, memory);
      } else {
        found = {Effect::update, named.action, __ATOMIC_SEQ_CST, bytes, memory};
        found.locked = s.prefix == "lock" || exchanges;
      }
  }
  if (named.name.starts_with("bt") && !s.operands.empty() && register_of(s.operands[0]))
    found.bit = 0;
  if (found.bit == 0 && bytes == 1) return {};
  return found;
}

/// Of an instruction on vector registers, the size of its operand in memory; 0: not known.
unsigned vector_bytes(const Statement& s) {
  std::string_view name = s.mnemonic;
  unsigned whole = 0;
  for (const std::string_view operand : s.operands) {
    const unsigned width = operand.starts_with("%xmm")   ? 16
                           : operand.starts_with("%ymm") ? 32
                           : operand.starts_with("%zmm") ? 64
                                                         : 0;
    whole = std::max(whole, width);
  }
  if (whole == 0 || name.starts_with("cvt") || name.starts_with("vcvt")) return 0;
  if (name.starts_with('v')) name.remove_prefix(1);
  if (name.ends_with("ss") || name == "movd" || name == "extractps") return 4;
  for (const std::string_view half : {"movq", "movlps", "movhps", "movlpd", "movhpd"}) {
    if (name == half) return 8;
  }
  if (name.ends_with("sd") && !name.starts_with("pmov")) return 8;
  for (const std::string_view part : {"pextr", "pinsr", "pmov", "broadcast", "movddup", "extract",
                                      "insert", "pbroadcast", "mask", "compress", "expand"}) {
    if (name.starts_with(part)) return 0;
  }
  return whole;
}

}  // namespace

std::optional<Register> register_of(std::string_view text) {
  if (!text.starts_with('%')) return std::nullopt;
  text.remove_prefix(1);
  for (int number = 0; number < 16; ++number) {
    for (unsigned size = 0; size < 4; ++size) {
      if (names[static_cast<std::size_t>(number)][size] == text)
        return Register{number, 1u << size};
    }
  }
  if (text.size() == 2 && text[1] == 'h') {
    static constexpr std::string_view high = "acdb";
    if (const auto at = high.find(text[0]); at != high.npos)
      return Register{static_cast<int>(at), 1};
  }
  return std::nullopt;
}

std::string name_of(int number, unsigned bytes) {
  const unsigned size = bytes == 1 ? 0 : bytes == 2 ? 1 : bytes == 4 ? 2 : 3;
  return "%" + std::string(names[static_cast<std::size_t>(number)][size]);
}

bool is_memory(std::string_view operand) {
  if (operand.starts_with('$')) return false;
  return !operand.starts_with('%') || (operand.size() > 3 && operand[3] == ':');
}

Instruction judge(const Statement& s) {
  if (s.mnemonic.empty()) return s.prefix.empty() ? harmless : Instruction{};
  if (const auto found = special(s)) return *found;
  const int memory = memory_of(s);
  if (memory == -2) return {};
  const bool strange = std::ranges::any_of(s.operands, [](const std::string& operand) {
    const bool names_a_register = operand.starts_with('%') && !is_memory(operand);
    // What another segment holds is not at the address that it seems to be.
    return operand.empty() || (operand.starts_with('%') && is_memory(operand)) ||
           operand.find_first_of("[]*{}/") != operand.npos ||
           (names_a_register && !register_of(operand) && !is_vector(operand));
  });
  if (strange || writes_stack_pointer(s)) return {};
  const bool locked = s.prefix == "lock";
  if (!locked) {
    if (const auto found = with_parts(s, memory)) return *found;
  }
  if (s.mnemonic == "cmpxchg8b" || s.mnemonic == "cmpxchg16b") {
    if (!locked || memory != 0 || s.operands.size() != 1) return {};
    return {Effect::update,
            Action::atomic_cas,
            __ATOMIC_SEQ_CST,
            s.mnemonic == "cmpxchg8b" ? 8u : 16u,
            0,
            -1,
            true};
  }
  const Named* named = find(exact, s.mnemonic);
  if (named == nullptr) named = find(sized, s.mnemonic);
  if (named == nullptr && size_of(s.mnemonic.back()) != 0)
    named = find(sized, std::string_view(s.mnemonic).substr(0, s.mnemonic.size() - 1));
  if (named == nullptr) return {};
  const bool moves_vector =
      std::ranges::any_of(s.operands, [](const auto& o) { return is_vector(o); });
  if (moves_vector && s.mnemonic != "movq") return {};
  if (named->form == Form::hint) return locked ? Instruction{} : harmless;
  if (memory == -1) return locked ? Instruction{} : harmless;
  if (named->form == Form::registers || s.operands.size() > 3 || (locked && !named->lockable))
    return {};
  const Instruction found = on_memory(s, *named, memory);
  return locked && found.effect != Effect::update ? Instruction{} : found;
}

std::vector<Access> accesses_of(const Statement& s) {
  if (s.mnemonic.empty() || s.is_directive()) return {};
  std::string_view name = s.mnemonic;
  if (const auto at = name.find(';'); at != name.npos) name.remove_prefix(at + 1);  // "rep;stosq"
  const bool on_strings =
      s.operands.empty() || std::ranges::any_of(s.operands, [](const std::string& operand) {
        return operand.starts_with("%es:");
      });
  if (on_strings && name.starts_with("stos")) return {{"(%rdi)", false, true}};
  if (on_strings && name.starts_with("movs"))
    return {{"(%rsi)", true, false}, {"(%rdi)", false, true}};
  if (on_strings && (name.starts_with("cmps") || name.starts_with("scas")))
    return {{"(%rsi)", true, false}, {"(%rdi)", true, false}};
  if (on_strings && name.starts_with("lods")) return {{"(%rsi)", true, false}};
  if (name.starts_with("lea") || name.starts_with("nop") || name.starts_with("prefetch")) return {};
  const bool goes = name.starts_with('j') || name.starts_with("call");
  if (goes) {
    if (s.operands.size() != 1 || !s.operands[0].starts_with('*')) return {};
    const auto target = s.operands[0].substr(1);
    if (!is_memory(target)) return {};
    return {{target, true, false, 8}};
  }
  const int memory = memory_of(s);
  if (memory < 0) return {};
  const auto& operand = s.operands[static_cast<std::size_t>(memory)];
  if (name.starts_with("push")) return {{operand, true, false, 8}};
  if (name.starts_with("pop") && !name.starts_with("popcnt")) return {{operand, false, true, 8}};
  switch (const Instruction does = judge(s); does.effect) {
    case Effect::load:
      return {{operand, true, false, does.bytes}};
    case Effect::store:
      return {{operand, false, true, does.bytes}};
    case Effect::update:
      return {{operand, true, true, does.bytes}};
    default:
      break;
  }
  const bool last = memory + 1 == static_cast<int>(s.operands.size());
  const bool stores = s.operands.size() == 1
                          ? name.starts_with("fst") || name.starts_with("fist") ||
                                name.starts_with("fnst") || name.ends_with("stmxcsr") ||
                                name.starts_with("fbst")
                          : last;
  return {{operand, !stores, stores, vector_bytes(s)}};
}

bool is_never_told(const Statement& s) {
  if (s.mnemonic.empty() || s.is_directive()) return false;
  static constexpr std::array known{
      "maskmov", "vmaskmov", "vpmaskmov", "vpgather", "vgather", "vpscatter", "vscatter",
      "clflush", "clwb",     "cldemote",  "clzero",   "fxsave",  "fxrstor",   "xsave",
      "xrstor",  "xbegin",   "movdir",    "enqcmd",   "rdrand",  "rdseed",    "rdpid",
      "rdpmc",   "syscall",  "int",       "mfence",   "lfence",  "sfence",    "in",
      "out",     "monitor",  "tile",      "xabort",   "xend"};
  const std::string_view name = s.mnemonic;
  const auto is_known = [&](std::string_view one) {
    return one.size() < 4 ? name == one : name.starts_with(one);
  };
  if (std::ranges::any_of(known, is_known) || s.prefix == "lock") return true;
  const bool in_memory = std::ranges::any_of(s.operands, is_memory);
  const bool masked = std::ranges::any_of(
      s.operands, [](const std::string& operand) { return operand.find("{%k") != operand.npos; });
  return in_memory && (masked || name.starts_with("xchg"));
}

bool is_harmless_directive(const Statement& s) {
  static constexpr std::array known{".p2align", ".balign",    ".align",   ".symver",
                                    ".globl",   ".global",    ".hidden",  ".weak",
                                    ".ident",   ".protected", ".internal"};
  return std::ranges::find(known, s.mnemonic) != known.end();
}

}  // namespace minusone::assembly
