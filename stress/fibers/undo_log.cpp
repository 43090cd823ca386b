#include "stress/fibers/undo_log.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "protocol/check.h"
#include "stress/fibers/fiber_memory.h"
#include "stress/sync/family.h"
#include "stress/sync/memory/memory_steps.h"

namespace minusone {

namespace {

/// Of all that was kept: beyond it the undo log forgets, and the next execution runs from the
/// start.
constexpr std::size_t most_kept = 12 * 1024 * 1024;

std::size_t bytes_on_stack(const Context& context) {
  return static_cast<std::size_t>(context.stack_high -
                                  reinterpret_cast<const std::byte*>(context.stack));
}

/// What a round made of the memory and the locks that it changed.
class Balance {
 public:
  /// @return false where what the step does is not known to be undone
  bool memory(const Access& access, std::uint64_t before, std::uint64_t after) {
    for (Change& change : std::span(changes_).first(changed_)) {
      if (change.address != access.address || change.bytes != access.bytes) continue;
      const bool follows = change.now == before;  // else another agent has written between
      change.now = after;
      return follows;
    }
    if (changed_ == changes_.size()) return false;
    changes_[changed_++] = {access.address, access.bytes, before, after};
    return true;
  }
  bool lock(std::uint64_t object, Action with) {
    if (held_ == locks_.size()) return false;
    locks_[held_++] = {object, with};
    return true;
  }
  bool unlock(std::uint64_t object, Action with) {
    const auto held = std::span(locks_).first(held_);
    const auto found = std::ranges::find(held, std::pair{object, with});
    if (found == held.end()) return false;
    *found = held.back();
    --held_;
    return true;
  }
  bool is_nil() const {
    return held_ == 0 && std::ranges::all_of(std::span(changes_).first(changed_),
                                             [](const Change& c) { return c.was == c.now; });
  }

 private:
  struct Change {
    std::uint64_t address;
    std::uint32_t bytes;
    std::uint64_t was, now;
  };
  std::array<Change, 4> changes_;
  std::size_t changed_ = 0;
  std::array<std::pair<std::uint64_t, Action>, 4> locks_;
  std::size_t held_ = 0;
};

}  // namespace

void Places::add(const Access& access, bool object) {
  for (int i = 0; i < std::min<int>(count, most); ++i) {
    const Access& known = read[static_cast<std::size_t>(i)];
    if (known.address == access.address && known.bytes == access.bytes) return;
  }
  if (count < most) {
    read[count] = access;
    objects = static_cast<std::uint8_t>(objects | (object ? 1 << count : 0));
  }
  if (count <= most) ++count;
}

bool UndoLog::is_a_look(const Step& step) {
  if (step.count == 0) return false;
  return !step.writes() || (is_word_access(step.action) && step.before == step.after);
}

std::optional<UndoLog::Round> UndoLog::round_of(std::span<const Step* const> youngest_first) {
  Round round;
  Balance balance;
  for (std::size_t i = youngest_first.size(); i-- > 0;) {
    const Step& step = *youngest_first[i];
    const Access& first = step.accesses[0];
    const Action returned_by = gives_back(step.action);
    bool known = true;
    if (step.fault != FaultKind::none) return std::nullopt;
    if (is_fence(step.action) || is_frame_end(step.action)) {
      continue;
    } else if (is_a_look(step)) {
      const bool in_vain = returned_by != Action::none;
      known = in_vain || step.action <= Action::range_read;
      round.places.add(first, in_vain);
    } else if (is_word_access(step.action)) {
      known = balance.memory(first, step.before, step.after);
      round.changes = true;
    } else if (returned_by != Action::none) {
      known = step.after == 0 && balance.lock(first.address, returned_by);
      round.locks = true;
    } else {
      known = balance.unlock(first.address, step.action);
    }
    if (!known) return std::nullopt;
  }
  if (!balance.is_nil() || !round.places.all_known()) return std::nullopt;
  return round;
}

void UndoLog::grow(std::size_t bytes) { store_.resize(std::max(2 * store_.size(), bytes)); }

UndoLog::Record& UndoLog::begin(const AgentSnapshot& agent, std::byte* deepest,
                                const std::byte* high, int agents) {
  if (used_ > most_kept) {
    used_ = 0;
    sealed_ = forgotten_ = size();
  }
  if (records_.size() == static_cast<std::size_t>(size_)) records_.emplace_back();
  ++size_;
  Record& record = last();
  record.before = agent;
  record.agents = agents;
  record.stack = deepest;
  record.stack_bytes = static_cast<std::uint32_t>(high - deepest);
  record.changed = 0;
  record.synchronises = false;
  record.saved = used_;
  std::memcpy(reserve(record.stack_bytes), deepest, record.stack_bytes);
  return record;
}

void UndoLog::keep(std::span<std::byte> memory) {
  const Piece piece{memory.data(), memory.size()};
  std::byte* const at = reserve(sizeof piece + memory.size());
  std::memcpy(at, &piece, sizeof piece);
  std::memcpy(at + sizeof piece, memory.data(), memory.size());
  ++last().changed;
}

const UndoLog::Record& UndoLog::take_back() {
  MINUSONE_CHECK(size_ > 0, "only a step that was taken is taken back");
  Record& record = last();
  const std::byte* at = store_.data() + record.saved;
  std::memcpy(record.stack, at, record.stack_bytes);
  at += record.stack_bytes;
  for (std::uint32_t i = 0; i < record.changed; ++i) {
    Piece piece;
    std::memcpy(&piece, at, sizeof piece);
    std::memcpy(piece.at, at + sizeof piece, piece.bytes);
    at += sizeof piece + piece.bytes;
  }
  used_ = record.saved;
  --size_;
  return record;
}

void UndoLog::clear() {
  size_ = 0;
  used_ = 0;
  sealed_ = forgotten_ = 0;
}

bool UndoLog::is_where_it_was(int i, const AgentSnapshot& agent) const {
  const Record& record = at(i);
  const Context& now = agent.context;
  const Context& then = record.before.context;
  if (then.pc != now.pc || then.stack != now.stack || then.code != now.code || then.a != now.a ||
      then.b != now.b || then.c != now.c || then.d != now.d) {
    return false;
  }
  const auto* const stack = reinterpret_cast<const std::byte*>(now.stack) + moved_by(now);
  return std::memcmp(store_.data() + record.saved + (stack - record.stack), stack,
                     bytes_on_stack(now)) == 0;
}

int UndoLog::find(const AgentSnapshot& agent) const {
  int oldest = -1;
  for_each_read(agent, [&](int i) {
    if (is_where_it_was(i, agent)) oldest = i;
    return false;
  });
  return oldest;
}

const UndoLog::Record& UndoLog::step_back(AgentSnapshot& agent) const {
  const Record& record = at(agent.last_read);
  Context& now = agent.context;
  const Context& then = record.before.context;
  now.code = then.code;
  now.a = then.a;
  now.b = then.b;
  now.c = then.c;
  now.d = then.d;
  now.e = then.e;
  now.pc = then.pc;
  now.stack = then.stack;
  now.heap_next = then.heap_next;
  now.printed = then.printed;
  auto* const stack = reinterpret_cast<std::byte*>(now.stack) + moved_by(now);
  std::memcpy(stack, store_.data() + record.saved + (stack - record.stack), bytes_on_stack(now));
  agent.last_read = record.previous_read;
  --agent.reads;
  agent.last_own = record.previous_own;
  --agent.own;
  agent.faults = record.before.faults;
  return record;
}

}  // namespace minusone
