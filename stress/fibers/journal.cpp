#include "stress/fibers/journal.h"

#include <algorithm>
#include <cstring>

#include "protocol/check.h"

namespace minusone {

namespace {

/// Of all that was kept: beyond it the journal forgets, and the next execution runs from the start.
constexpr std::size_t most_kept = 12 * 1024 * 1024;

}  // namespace

std::byte* Journal::reserve(std::size_t bytes) {
  if (used_ + bytes > store_.size()) store_.resize(std::max(2 * store_.size(), used_ + bytes));
  std::byte* const at = store_.data() + used_;
  used_ += bytes;
  return at;
}

Journal::Record& Journal::begin(const Standing& agent, std::byte* deepest, int agents) {
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
  record.stack_bytes =
      static_cast<std::uint32_t>(agent.context.stack_high - static_cast<const std::byte*>(deepest));
  record.changed = 0;
  record.synchronises = false;
  record.saved = used_;
  std::memcpy(reserve(record.stack_bytes), deepest, record.stack_bytes);
  return record;
}

void Journal::keep(std::span<std::byte> memory) {
  const Piece piece{memory.data(), memory.size()};
  std::byte* const at = reserve(sizeof piece + memory.size());
  std::memcpy(at, &piece, sizeof piece);
  std::memcpy(at + sizeof piece, memory.data(), memory.size());
  ++last().changed;
}

const Journal::Record& Journal::take_back() {
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

void Journal::clear() {
  size_ = 0;
  used_ = 0;
  sealed_ = forgotten_ = 0;
}

int Journal::find(const Standing& agent) const {
  const Context& now = agent.context;
  int oldest = -1;
  for_each_read(agent, [&](int i) {
    const Record& record = at(i);
    const Context& then = record.before.context;
    if (then.pc == now.pc && then.stack == now.stack && then.code == now.code && then.a == now.a &&
        then.b == now.b && then.c == now.c && then.d == now.d) {
      const auto* const stack = reinterpret_cast<const std::byte*>(now.stack);
      if (std::memcmp(store_.data() + record.saved + (stack - record.stack), stack,
                      static_cast<std::size_t>(now.stack_high - stack)) == 0) {
        oldest = i;
      }
    }
    return false;
  });
  return oldest;
}

const Journal::Record& Journal::step_back(Standing& agent) const {
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
  auto* const stack = reinterpret_cast<std::byte*>(now.stack);
  std::memcpy(stack, store_.data() + record.saved + (stack - record.stack),
              static_cast<std::size_t>(now.stack_high - stack));
  agent.last_read = record.previous_read;
  --agent.reads;
  agent.fate = record.before.fate;
  return record;
}

}  // namespace minusone
