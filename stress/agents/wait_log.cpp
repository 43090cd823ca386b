#include "stress/agents/wait_log.h"

#include <cstring>

namespace minusone {

void WaitLog::add(const Context& agent, const Step& step) {
  const auto* const low = reinterpret_cast<const std::byte*>(agent.stack);
  const auto bytes = static_cast<std::size_t>(agent.stack_high - low);
  if (bytes > most_stack) return clear();
  if (count_ == most_reads) {
    // Forget the oldest: its copy's place is taken over.
    const std::size_t place = reads_[0].saved;
    for (int i = 1; i < most_reads; ++i) {
      reads_[static_cast<std::size_t>(i - 1)] = reads_[static_cast<std::size_t>(i)];
    }
    reads_[most_reads - 1].saved = place;
    --count_;
  } else if (count_ == 0) {
    for (std::size_t i = 0; i < most_reads; ++i) reads_[i].saved = i * most_stack;
  }
  Read& read = reads_[static_cast<std::size_t>(count_++)];
  read.step = step;
  read.announced = {agent.code, agent.a, agent.b, agent.c, agent.d, agent.e};
  read.pc = agent.pc;
  read.stack = agent.stack;
  read.heap_next = agent.heap_next;
  read.bytes = bytes;
  std::memcpy(copies_.data() + read.saved, low, bytes);
}

void WaitLog::saw(std::uint64_t digest) {
  if (count_ > 0) reads_[static_cast<std::size_t>(count_ - 1)].seen = digest;
}

int WaitLog::find(const Context& agent) const {
  for (int i = 0; i < count_; ++i) {
    const Read& read = reads_[static_cast<std::size_t>(i)];
    if (read.pc == agent.pc && read.stack == agent.stack && read.announced[0] == agent.code &&
        read.announced[1] == agent.a && read.announced[2] == agent.b &&
        read.announced[3] == agent.c && read.announced[4] == agent.d &&
        std::memcmp(copies_.data() + read.saved, agent.stack, read.bytes) == 0) {
      return i;
    }
  }
  return -1;
}

WaitLog::Read WaitLog::undo(Context& agent) {
  const Read read = reads_[static_cast<std::size_t>(--count_)];
  agent.code = read.announced[0];
  agent.a = read.announced[1];
  agent.b = read.announced[2];
  agent.c = read.announced[3];
  agent.d = read.announced[4];
  agent.e = read.announced[5];
  agent.pc = read.pc;
  agent.stack = read.stack;
  agent.heap_next = read.heap_next;
  std::memcpy(agent.stack, copies_.data() + read.saved, read.bytes);
  return read;
}

}  // namespace minusone
