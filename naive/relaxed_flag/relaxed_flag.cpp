// A flag that says when the text is there, atomic, and one word short: it is raised without
// release. So nothing says that who sees the flag sees the text. x86 keeps stores in order and
// forgives it; C++, and an ARM, do not.
#include <sched.h>

#include <atomic>
#include <cstdint>
#include <cstring>

#include "protocol/protocol.h"

namespace {

struct RelaxedFlag {
  std::atomic<int> full;
  std::size_t length;
  std::uint64_t words[minusone::max_message / sizeof(std::uint64_t)];

  void init() { full = 0; }

  void write(const char* message, std::size_t size) {
    while (full.load(std::memory_order_acquire) != 0) sched_yield();
    for (std::size_t at = 0; at < size; at += sizeof(std::uint64_t)) {
      std::uint64_t word = 0;
      std::memcpy(&word, message + at, size - at < sizeof word ? size - at : sizeof word);
      words[at / sizeof word] = word;
    }
    length = size;
    full.store(1, std::memory_order_relaxed);
  }

  std::size_t read(char* message, std::size_t room) {
    while (full.load(std::memory_order_acquire) == 0) sched_yield();
    const std::size_t size = length;
    const std::size_t copied = size < room ? size : room;
    for (std::size_t at = 0; at < copied; at += sizeof(std::uint64_t)) {
      const std::uint64_t word = words[at / sizeof word];
      std::memcpy(message + at, &word, copied - at < sizeof word ? copied - at : sizeof word);
    }
    full.store(0, std::memory_order_release);
    return size;
  }
};

}  // namespace

const minusone::Protocol* minusone_protocol() {
  using namespace minusone;
  static const Protocol protocol = describe<RelaxedFlag>(
      "naive/relaxed_flag", Summary{"an atomic flag that is raised without release"}, Capacity{1},
      AtMost{1, 1}, StateWord{"full", offsetof(RelaxedFlag, full), {0, 1}},
      keeps(Property::legal_state, "only 0 and 1 are ever stored"),
      breaks_under(MemoryModel::rc11, Property::no_loss,
                   "the reader sees the flag of the second message and the text of the first, and "
                   "lowers the flag",
                   {.writers = 1, .readers = 1, .messages = 2}),
      breaks_under(MemoryModel::rc11, Property::no_duplicate,
                   "the reader sees the flag of the second message and the text of the first",
                   {.writers = 1, .readers = 1, .messages = 2}),
      breaks_under(MemoryModel::rc11, Property::no_tear,
                   "the reader sees the flag, and some of the text has not reached it",
                   {.writers = 1, .readers = 1, .messages = 1}),
      keeps(Property::no_reorder, "what was seen of a word once is never seen older again"),
      keeps(Property::no_deadlock, "who waits sees the flag change at last"),
      breaks(Property::no_data_race, "a relaxed store of the flag orders nothing before it",
             {.writers = 1, .readers = 1, .messages = 1}),
      keeps(Property::survives_death, "an agent that dies leaves the flag as it was"),
      acceptable("lost 0, duplicated 0, torn 0, reordered 0, stuck 0",
                 "every message was taken once; whoever waits, waits rightly"),
      forbidden("torn > 0", "the reader saw the flag before it saw all of the text"),
      forbidden("duplicated > 0", "the reader saw the new flag and the old text"),
      forbidden("", "anything else"));
  return &protocol;
}
