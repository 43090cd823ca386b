#include "stress/assembly/registers.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <string>
#include <string_view>

#include "stress/assembly/instruction.h"

namespace minusone::assembly {
namespace {

constexpr std::size_t first_vector = 16;

Registers set_of(std::initializer_list<int> numbers, int vectors) {
  Registers all;
  for (const int number : numbers) all.set(static_cast<std::size_t>(number));
  for (int i = 0; i < vectors; ++i) all.set(first_vector + static_cast<std::size_t>(i));
  return all;
}

/// Arguments, the number of vectors among them, a nested function's chain.
const Registers at_entry = set_of({rdi, rsi, rdx, rcx, 8, 9, rax, 10}, 8);
const Registers returned = set_of({rax, rdx}, 2);

/// Calls visit(name) for each "%name" in the operands.
template <class Visit>
void for_each_register(const Statement& statement, const Visit& visit) {
  for (const std::string_view operand : statement.operands) {
    for (auto at = operand.find('%'); at != operand.npos; at = operand.find('%', at + 1)) {
      auto end = at + 1;
      while (end < operand.size() && std::isalnum(static_cast<unsigned char>(operand[end])) != 0)
        ++end;
      visit(operand.substr(at, end - at));
    }
  }
}

/// What an instruction uses that its operands do not tell. What is not known uses most.
Registers untold(const Statement& s) {
  const std::string_view name = s.mnemonic;
  const auto begins = [&](std::initializer_list<std::string_view> beginnings) {
    return std::ranges::any_of(beginnings, [&](auto one) { return name.starts_with(one); });
  };
  const Registers most = set_of({rax, rcx, rdx, rsi, rdi}, 1);
  if (!s.prefix.empty() && s.prefix != "lock") return most;
  if (begins({"mul", "imul", "div", "idiv", "cl", "cw", "cqt", "cbt", "cmpxchg"}))
    return name.ends_with("16b") || name.ends_with("8b") ? most : set_of({rax, rdx}, 0);
  if (begins({"leave", "ret", "nop", "pause", "ud2", "mfence", "lfence", "sfence"})) return {};
  if (s.operands.empty() || begins({"maskmov", "pcmp", "blend", "pblend", "sha"})) return most;
  const bool on_vectors = std::ranges::any_of(
      s.operands, [](const std::string& operand) { return operand.starts_with("%xmm"); });
  const bool known =
      on_vectors || begins({"mov", "lea",  "add", "sub",  "and", "or", "xor", "adc",  "sbb",
                            "cmp", "test", "j",   "call", "set", "sh", "sa",  "ro",   "push",
                            "pop", "inc",  "dec", "neg",  "not", "bt", "bs",  "xchg", "xadd"});
  return known ? Registers() : most;
}

Registers named_by(const Statement& s) {
  Registers all;
  if (s.mnemonic.empty() || s.is_directive()) return all;
  for_each_register(s, [&](std::string_view name) {
    if (const auto general = register_of(name)) all.set(static_cast<std::size_t>(general->number));
    if (!name.starts_with("%xmm")) return;
    const std::string digits(name.substr(4));
    if (!digits.empty() && digits.size() < 3)
      all.set(first_vector + (static_cast<std::size_t>(std::stoi(digits)) & 15));
  });
  return all | untold(s);
}

bool is_wide(const Statement& s) {
  if (s.mnemonic.empty() || s.is_directive()) return false;
  bool wide = s.mnemonic.starts_with('f') || s.mnemonic.starts_with('v');
  for_each_register(s, [&](std::string_view name) {
    wide |= name.starts_with("%ymm") || name.starts_with("%zmm") || name.starts_with("%st") ||
            name.starts_with("%mm") || (name.size() == 3 && name[1] == 'k');
  });
  return wide;
}

bool is_hook_at_entry(const Statement& s) {
  return !s.operands.empty() && s.operands[0].starts_with("__tsan_func_entry");
}

/// Calls another function, or goes on there.
bool leaves(const Statement& s) {
  return s.mnemonic.starts_with("call") ||
         (s.mnemonic.starts_with("jmp") && !s.operands.empty() && !s.operands[0].starts_with(".L"));
}

/// The function whose code each line is; its cold part is the same. Empty: none's.
std::vector<std::string> functions_of(const Text& text) {
  std::vector<std::string> all;
  std::string now;
  for (const Line& line : text.lines) {
    for (const auto& label : line.statement.labels) {
      if (line.block < 0 && !label.starts_with(".L")) now = label.substr(0, label.find(".cold"));
    }
    all.push_back(now);
  }
  return all;
}

/// Follows the paths through a file until nothing new is found.
class Flow {
 public:
  explicit Flow(const Text& text) : text_(text), functions_(functions_of(text)) {
    bool in_table = false;  // of landing pads, or of jumps
    std::map<std::string, bool> hooked, passes_on;
    for (std::size_t i = 0; i < text.lines.size(); ++i) {
      const Statement& s = text.lines[i].statement;
      const auto& function = functions_[i];
      named_[function] |= named_by(s);
      hooked[function] |= is_hook_at_entry(s);
      passes_on[function] |= leaves(s);
      if (s.mnemonic == ".section") {
        const std::string name = s.operands.empty() ? "" : s.operands[0];
        in_table = name.starts_with(".gcc_except_table") || name.starts_with(".rodata");
      } else if (s.mnemonic == ".text") {
        in_table = false;
      } else if (in_table && s.is_directive()) {
        note_labels(s);
      }
    }
    // Where the first call is none of a hook, it may be given what the function was.
    for (auto& [function, named] : named_) {
      if (passes_on[function] && !hooked[function]) named |= at_entry;
    }
  }

  std::vector<Registers> take() {
    std::vector<Registers> held(text_.lines.size());
    do {
      changed_ = false;
      walk(held);
    } while (changed_);
    return held;
  }

 private:
  void note_labels(const Statement& s) {
    for (const std::string& operand : s.operands) {
      for (auto at = operand.find(".L"); at != operand.npos; at = operand.find(".L", at + 1)) {
        auto end = at + 1;
        while (end < operand.size() &&
               (std::isalnum(static_cast<unsigned char>(operand[end])) != 0 || operand[end] == '_'))
          ++end;
        indirect_[operand.substr(at, end - at)] = true;
      }
    }
  }

  static std::string key_of(const std::string& label, int block) {
    if (label.starts_with(".L")) return label;
    std::string digits = label;
    if (digits.ends_with('b') || digits.ends_with('f')) digits.pop_back();
    return std::to_string(block) + ":" + digits;
  }

  void arrive(Registers& at, const Registers& with) {
    if ((at | with) == at) return;
    at |= with;
    changed_ = true;
  }

  void walk(std::vector<Registers>& held) {
    Registers now;
    for (std::size_t i = 0; i < text_.lines.size(); ++i) {
      const Line& line = text_.lines[i];
      const Statement& s = line.statement;
      const std::string& function = functions_[i];
      for (const auto& label : s.labels) {
        if (line.block < 0 && !label.starts_with(".L")) {
          now = label.find(".cold") == label.npos ? at_entry : at_label_[key_of(label, -1)];
          continue;
        }
        now |= at_label_[key_of(label, line.block)];
        if (indirect_.contains(label)) now |= returned | by_indirect_[function];
      }
      if (s.mnemonic.empty() || s.is_directive()) continue;
      const Registers named = named_by(s);
      held[i] = (now | named) & named_[function] & changed_by_calls();
      step(s, line.block, function, now | named, now);
    }
  }

  void step(const Statement& s, int block, const std::string& function, const Registers& here,
            Registers& now) {
    now = here;
    if (s.mnemonic.starts_with("call")) {
      // Hooks before accesses return nothing.
      const bool is_hook = !s.operands.empty() && s.operands[0].starts_with("__tsan_") &&
                           s.operands[0].find("atomic") == std::string::npos &&
                           s.operands[0].find("mem") == std::string::npos;
      now = is_hook ? Registers() : returned;
    } else if (s.mnemonic.starts_with('j') && s.operands.size() == 1) {
      if (s.operands[0].starts_with('*')) {
        arrive(by_indirect_[function], here);
      } else {
        arrive(at_label_[key_of(s.operands[0], block)], here);
      }
      if (s.mnemonic.starts_with("jmp")) now = {};
    } else if (s.mnemonic.starts_with("ret")) {
      now = {};
    }
  }

  const Text& text_;
  const std::vector<std::string> functions_;
  std::map<std::string, Registers> named_, at_label_, by_indirect_;
  std::map<std::string, bool> indirect_;
  bool changed_ = false;
};

}  // namespace

Registers changed_by_calls() { return set_of({rax, rcx, rdx, rsi, rdi, 8, 9, 10, 11}, 16); }

std::vector<Registers> held_before(const Text& text) { return Flow(text).take(); }

std::vector<bool> beside_wide_registers(const Text& text) {
  const auto functions = functions_of(text);
  std::map<std::string, bool> wide;
  for (std::size_t i = 0; i < text.lines.size(); ++i)
    wide[functions[i]] |= is_wide(text.lines[i].statement);
  std::vector<bool> all;
  for (const auto& function : functions) all.push_back(wide[function]);
  return all;
}

}  // namespace minusone::assembly
