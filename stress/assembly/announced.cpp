#include "stress/assembly/announced.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "stress/assembly/instruction.h"
#include "stress/assembly/operands.h"
#include "stress/assembly/registers.h"

namespace minusone::assembly {
namespace {

constexpr unsigned any_size = 1u << 30;

/// What is known before a line, on all paths to it.
struct State {
  unsigned reads = 0;  ///< bytes that were announced and not accessed yet
  unsigned writes = 0;
  bool is_range = false;      ///< by a hook of ranges: a copy may take more, and some of it twice
  bool is_pending = false;    ///< announced, and nothing of it accessed
  unsigned range = any_size;  ///< what a hook of ranges is told: the number in esi
  /// Pointers into the function's frame, or to what is constant: in registers, and in its frame.
  Registers harmless;
  std::set<std::string> harmless_slots;
  Registers constant;     ///< what they hold was written down by the compiler: 0, a pattern
  unsigned leftover = 0;  ///< bytes of an atomic load that clang leaves in place behind its hook
  bool behind_block = false;
  bool behind_call = false;

  /// @return whether it is another now
  bool meet(const State& other) {
    const State before = *this;
    reads = std::min(reads, other.reads);
    writes = std::min(writes, other.writes);
    is_range = is_range && other.is_range;
    is_pending = is_pending || other.is_pending;
    if (range != other.range) range = any_size;
    harmless &= other.harmless;
    constant &= other.constant;
    std::erase_if(harmless_slots,
                  [&](const auto& slot) { return !other.harmless_slots.contains(slot); });
    leftover = std::max(leftover, other.leftover);
    behind_block = behind_block || other.behind_block;
    behind_call = behind_call || other.behind_call;
    return !(*this == before);
  }
  bool operator==(const State&) const = default;
};

/// Of a hook before an access, its name without what tells its kind: "read4", "write_range".
std::string_view hook_of(const Statement& s) {
  constexpr std::string_view beginning = "__tsan_";
  if (s.operands.size() != 1) return {};
  std::string_view name = s.operands[0];
  if (!name.starts_with(beginning)) return {};
  name = name.substr(beginning.size(), name.find('@') - beginning.size());
  for (const std::string_view kind : {"unaligned_", "volatile_", "marked_"}) {
    if (name.starts_with(kind)) name.remove_prefix(kind.size());
  }
  return name.starts_with("read") || name.starts_with("write") || name.starts_with("vptr")
             ? name
             : std::string_view();
}

/// Of its function: a return, or a jump to another.
bool is_last(const Statement& s) {
  return s.mnemonic.starts_with("ret") ||
         (s.mnemonic.starts_with("jmp") && !s.operands.empty() &&
          !s.operands[0].starts_with(".L") && !s.operands[0].starts_with('*'));
}

/// Calls what the language and its libraries end a function with. What stands behind such a call
/// others jump to, who know more.
bool never_returns(const Statement& s) {
  if (s.operands.empty()) return false;
  const std::string_view called = s.operands[0];
  const auto name = called.substr(0, called.find('@'));
  return (name.starts_with("_ZSt") && name.find("__throw_") != name.npos) ||
         name.starts_with("__cxa_throw") || name == "__cxa_rethrow" || name == "_Unwind_Resume" ||
         name == "abort" || name == "__assert_fail" || name == "_ZSt9terminatev";
}

struct Function {
  std::set<int> taken;  ///< the variables whose addresses it takes: where they begin in its frame
  bool takes = false;   ///< an address of its frame, however told
  bool calls = false;   ///< another function, which may hand such an address on
  bool is_hooked = false;
  bool has_frame = false;  ///< that rbp points to

  /// Its frame ends, and nobody is told.
  bool ends_unseen() const { return takes && calls && !is_hooked; }
  bool is_in_frame(std::string_view operand) const {
    const auto base = address_of(operand).base;
    return base && points_to_frame(*base);
  }
  bool points_to_frame(const Register& one) const {
    return one.number == rsp || (one.number == rbp && has_frame);
  }
};

class Search {
 public:
  explicit Search(const Text& text) : text_(text) {
    note_constants();
    note_functions();
    by_gcc_ = std::ranges::any_of(text.lines, [](const Line& line) {
      return line.statement.mnemonic == ".ident" && line.text.find("GCC:") != line.text.npos;
    });
  }

  /// For each line: the compiler's own, and its access was not announced.
  std::vector<std::optional<Unhooked>> take() {
    for (int unreached = 0; unreached < 2; ++unreached) {
      // Where only a table leads, or an exception, nothing is known.
      enters_anywhere_ = unreached == 1;
      do {
        changed_ = false;
        walk(nullptr);
      } while (changed_);
    }
    std::vector<std::optional<Unhooked>> found(text_.lines.size());
    walk(&found);
    return found;
  }

 private:
  void note_constants() {
    bool constant = false;
    for (const Line& line : text_.lines) {
      const Statement& s = line.statement;
      if (s.mnemonic == ".section") {
        const std::string name = s.operands.empty() ? "" : s.operands[0];
        constant = name.starts_with(".rodata") || name.starts_with(".data.rel.ro") ||
                   name.starts_with(".gcc_except_table");
      } else if (s.mnemonic == ".text" || s.mnemonic == ".data" || s.mnemonic == ".bss") {
        constant = false;
      }
      if (constant) constants_.insert(s.labels.begin(), s.labels.end());
    }
  }

  void note_functions() {
    Function* now = nullptr;
    for (std::size_t i = 0; i < text_.lines.size(); ++i) {
      const Statement& s = text_.lines[i].statement;
      if (s.mnemonic == ".cfi_startproc") now = &functions_[i];
      if (s.mnemonic == ".cfi_endproc") now = nullptr;
      if (now == nullptr) continue;
      for (const auto& label : s.labels) now->has_frame |= label.find(".cold") != label.npos;
      if (s.operands.empty()) continue;
      now->has_frame |=
          s.mnemonic == "movq" && s.operands.front() == "%rsp" && s.operands.back() == "%rbp";
      if (s.mnemonic.starts_with("call")) {
        const bool is_hook = s.operands[0].starts_with("__tsan_");
        now->calls |= !is_hook;
        now->is_hooked |= is_hook;
      } else if (s.mnemonic.starts_with("lea") && now->is_in_frame(s.operands[0])) {
        now->takes = true;
        if (const auto at = place_in_frame(s.operands[0])) now->taken.insert(*at);
      }
    }
  }

  void walk(std::vector<std::optional<Unhooked>>* found) {
    std::optional<State> now;
    for (std::size_t i = 0; i < text_.lines.size(); ++i) {
      const Line& line = text_.lines[i];
      const Statement& s = line.statement;
      if (s.mnemonic == ".cfi_startproc") function_ = functions_[i];
      for (const auto& label : s.labels) {
        if (line.block >= 0) continue;
        if (!label.starts_with(".L")) {
          now = State{};
          continue;
        }
        if (is_for_debugging(label)) continue;
        const auto known = at_label_.find(label);
        if (known != at_label_.end()) {
          if (now) arrive(label, *now);
          now = at_label_[label];
        } else if (now) {
          arrive(label, *now);
        } else if (enters_anywhere_) {
          now = at_label_[label] = State{};
          changed_ = true;
        }
      }
      if (s.mnemonic.empty() || s.is_directive() || !now) continue;
      if (line.block >= 0) {
        pass_block(s, *now);
        continue;
      }
      const auto kind = judge_access(s, *now);
      if (kind && found != nullptr) (*found)[i] = kind;
      step(s, now);
    }
  }

  static bool is_for_debugging(std::string_view label) {
    return std::ranges::any_of(
        std::initializer_list<std::string_view>{".LVL", ".LBB", ".LBE", ".LFB", ".LBI", ".LEH",
                                                ".Ltmp"},
        [&](auto one) { return label.starts_with(one) && label.find('_') == label.npos; });
  }

  void arrive(const std::string& label, const State& with) {
    const auto [at, is_new] = at_label_.try_emplace(label, with);
    changed_ |= is_new || at->second.meet(with);
  }

  /// A block may do anything to the registers that it does not name, too.
  void pass_block(const Statement& s, State& now) {
    now = State();
    now.behind_block = true;
    for (const auto& operand : s.operands) {
      if (operand.starts_with(".L")) arrive(operand, now);
    }
  }

  bool is_constant(std::string_view operand) const {
    const auto symbol = symbol_of(operand);
    // What the linker has written; what the language's own locks guard.
    if (symbol.find('@') != symbol.npos || symbol.starts_with("_ZGV")) return true;
    return constants_.contains(std::string(symbol));
  }

  bool is_harmless(std::string_view operand, const State& now) const {
    if (operand.starts_with('%')) return operand.find('(') == operand.npos;  // "%fs:0"
    const Address at = address_of(operand);
    if (at.has_symbol) return is_constant(operand);
    const auto points = [&](const std::optional<Register>& one) {
      return one && now.harmless[static_cast<std::size_t>(one->number)];
    };
    return points(at.base) || (points(at.index) && !at.is_scaled);
  }

  /// Of a variable in the frame whose address others may have: what the compiler stores there
  /// behind a block, or of what a call has returned, has no hook. All else that it stores there has
  /// one where it needs one, but for what a variable holds that nobody has initialised.
  bool is_output(const Statement& s, const Access& access, const State& now) const {
    if (!access.writes || s.operands.size() != 2 || s.operands[0].starts_with('$')) return false;
    const auto source = place_of(s.operands[0]);
    if (source && now.constant[*source]) return false;
    const auto at = place_in_frame(access.memory);
    if (now.behind_block) {
      if (!at) return true;
      return !function_.taken.empty() && *at >= *function_.taken.begin();
    }
    return by_gcc_ && now.behind_call && at && function_.taken.contains(*at);
  }

  std::optional<Unhooked> judge_access(const Statement& s, State& now) {
    if (is_never_told(s)) {
      const auto kind = now.is_pending ? Unhooked::out_of_turn : Unhooked::left_out;
      disarm(now);
      return kind;
    }
    if (function_.ends_unseen() && is_last(s)) return Unhooked::left_out;
    std::optional<Unhooked> kind;
    for (const Access& access : accesses_of(s)) {
      if (is_announced(s, access, now)) continue;
      kind = now.is_pending ? Unhooked::out_of_turn : Unhooked::left_out;
    }
    if (kind) disarm(now);
    return kind;
  }

  bool is_announced(const Statement& s, const Access& access, State& now) const {
    if (function_.is_in_frame(access.memory)) return !is_output(s, access, now);
    const bool is_left = now.leftover != 0 && access.bytes == now.leftover && !access.writes &&
                         s.mnemonic.starts_with("mov") && register_of(s.operands.back());
    if (is_left) now.leftover = 0;
    return is_left || is_harmless(access.memory, now) || take_from(access, now);
  }

  /// Of what was announced. A part of a word is written by reading the word.
  static bool take_from(const Access& access, State& now) {
    const auto lasts = [&](unsigned left) {
      return left != 0 && (access.bytes <= left || now.is_range);
    };
    if (access.writes) {
      if (!lasts(now.writes)) return false;
      now.writes = access.bytes == 0 ? 0 : now.writes - std::min(now.writes, access.bytes);
      now.is_pending = false;
      return true;
    }
    if (lasts(now.reads)) {
      now.reads = access.bytes == 0 ? 0 : now.reads - std::min(now.reads, access.bytes);
      now.is_pending = now.writes != 0 && now.is_pending;
      return true;
    }
    return lasts(now.writes);
  }

  static void disarm(State& now) {
    now.reads = now.writes = 0;
    now.is_range = now.is_pending = false;
  }

  void step(const Statement& s, std::optional<State>& now) {
    const bool calls = s.mnemonic.starts_with("call");
    const bool jumps = s.mnemonic.starts_with('j');
    if (calls || (jumps && !s.operands.empty() && !s.operands[0].starts_with(".L"))) {
      call(s, *now);
      if (jumps || never_returns(s)) now.reset();
    } else if (jumps) {
      arrive(s.operands[0], *now);
      if (s.mnemonic.starts_with("jmp")) now.reset();
    } else if (s.mnemonic.starts_with("ret") || s.mnemonic == "ud2") {
      now.reset();
    } else {
      move(s, *now);
    }
  }

  void call(const Statement& s, State& now) const {
    const auto hook = hook_of(s);
    if (hook.empty()) {
      disarm(now);
      now.behind_call = s.operands.empty() || !s.operands[0].starts_with("__tsan_");
      now.leftover = by_gcc_ ? 0 : bytes_of_load(s);
    } else {
      arm(hook, now);
      now.behind_call = false;
      now.leftover = 0;
    }
    now.behind_block = false;
    now.range = any_size;
    now.harmless &= ~changed_by_calls();
    now.constant &= ~changed_by_calls();
  }

  /// "__tsan_atomic32_load": 4; else 0.
  static unsigned bytes_of_load(const Statement& s) {
    constexpr std::string_view beginning = "__tsan_atomic";
    if (s.operands.empty() || !s.operands[0].starts_with(beginning)) return 0;
    const std::string& name = s.operands[0];
    unsigned bits = 0;
    const auto end =
        std::from_chars(name.data() + beginning.size(), name.data() + name.size(), bits);
    return std::string_view(end.ptr).starts_with("_load") ? bits / 8 : 0;
  }

  /// Of a copy the write is told first, then the read. What lies in the frame is not counted.
  static void arm(std::string_view hook, State& now) {
    const bool reads = hook.starts_with("read") || hook == "vptr_read";
    const bool writes = hook.find("write") != hook.npos || hook == "vptr_update";
    if (writes || !now.is_pending) disarm(now);
    if (now.harmless[rdi]) return;
    unsigned bytes = hook.starts_with("vptr") ? 8 : 0;
    if (const auto at = hook.find_first_of("0123456789"); at != hook.npos)
      std::from_chars(hook.data() + at, hook.data() + hook.size(), bytes);
    if (hook.ends_with("range")) {
      bytes = now.range;
      now.is_range = true;
    }
    now.is_pending = true;
    if (reads) now.reads = bytes;
    if (writes) now.writes = bytes;
  }

  /// Which registers point where afterwards.
  void move(const Statement& s, State& now) const {
    if (s.operands.empty()) return;
    const std::string& to = s.operands.back();
    const std::string& from = s.operands.front();
    const bool moves = s.mnemonic.starts_with("mov") && s.operands.size() == 2;
    if (const auto place = place_of(to)) {
      now.constant[*place] = (moves && (from.starts_with('$') || is_constant(from))) ||
                             (s.mnemonic.find("xor") != std::string::npos && from == to);
    }
    const auto target = register_of(to);
    const auto source = register_of(from);
    const bool points = source && (function_.points_to_frame(*source) ||
                                   now.harmless[static_cast<std::size_t>(source->number)]);
    if (!target) {
      now.harmless_slots.erase(to);
      if (moves && points && function_.is_in_frame(to)) now.harmless_slots.insert(to);
      return;
    }
    const auto at = static_cast<std::size_t>(target->number);
    bool harmless = false;
    if (s.mnemonic.starts_with("lea")) {
      harmless = function_.is_in_frame(from) || is_harmless(from, now);
    } else if (moves) {
      const auto symbol = symbol_of(from);
      harmless = points || now.harmless_slots.contains(from) ||
                 (symbol.find("@GOTPCREL") != symbol.npos &&
                  constants_.contains(std::string(symbol.substr(0, symbol.find('@')))));
    } else if (s.mnemonic.starts_with("add")) {
      harmless = now.harmless[at] || points;
    } else if (s.mnemonic.starts_with("sub") || s.mnemonic.starts_with("and")) {
      harmless = now.harmless[at] && from.starts_with('$');  // else it is a distance
    } else if (s.mnemonic.starts_with("cmp") || s.mnemonic.starts_with("test") ||
               s.mnemonic.starts_with("push")) {
      harmless = now.harmless[at];
    }
    now.harmless[at] = harmless && target->bytes == 8;
    if (target->number == rsi) {
      now.range = any_size;
      unsigned size = 0;
      if (moves && from.starts_with('$') &&
          std::from_chars(from.data() + 1, from.data() + from.size(), size).ec == std::errc())
        now.range = size;
    }
  }

  const Text& text_;
  std::set<std::string> constants_;
  std::map<std::size_t, Function> functions_;  ///< by the line where each begins
  Function function_;                          ///< that is walked through
  std::map<std::string, State> at_label_;
  bool by_gcc_ = false;  ///< which stores in frames what a call returns
  bool changed_ = false;
  bool enters_anywhere_ = false;
};

}  // namespace

void find_left_out(Text& text) {
  const auto found = Search(text).take();
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (!found[i]) continue;
    Line& line = text.lines[i];
    line.block = static_cast<int>(text.blocks.size());
    text.blocks.push_back({text.files[line.file], line.source_line, *found[i]});
  }
}

}  // namespace minusone::assembly
