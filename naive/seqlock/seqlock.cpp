// A sequence lock, of one reader here, which is enough to go wrong: the reader looks at a note
// without keeping the writer away, and looks again where the sequence number is odd or has changed
// meanwhile. A note bears its number, and who read it whole takes it by that number. All of it is
// atomic, and under sequential consistency it is right. But nothing keeps the note's words between
// the two stores of the sequence, nor between its two loads.
#include <sched.h>

#include <atomic>
#include <cstdint>
#include <cstring>

#include "protocol/protocol.h"

namespace {

struct Seqlock {
  std::atomic<unsigned> sequence;  // odd while the writer is at the note
  std::atomic<unsigned> number;    // of the note: the first is 1
  std::atomic<std::size_t> length;
  std::uint64_t words[minusone::max_message / sizeof(std::uint64_t)];
  std::atomic<unsigned> taken;  // the number of the note that was taken last

  void init() { sequence = number = taken = 0; }

  void write(const char* message, std::size_t size) {
    const unsigned before = number.load(std::memory_order_relaxed);
    while (taken.load(std::memory_order_acquire) != before) sched_yield();
    const unsigned at = sequence.load(std::memory_order_relaxed);
    sequence.store(at + 1, std::memory_order_relaxed);
    number.store(before + 1, std::memory_order_relaxed);
    length.store(size, std::memory_order_relaxed);
    for (std::size_t i = 0; i < size; i += sizeof(std::uint64_t)) {
      std::uint64_t word = 0;
      std::memcpy(&word, message + i, size - i < sizeof word ? size - i : sizeof word);
      std::atomic_ref(words[i / sizeof word]).store(word, std::memory_order_relaxed);
    }
    sequence.store(at + 2, std::memory_order_release);
  }

  std::size_t read(char* message, std::size_t room) {
    for (;; sched_yield()) {
      const unsigned at = sequence.load(std::memory_order_acquire);
      const unsigned seen = number.load(std::memory_order_relaxed);
      if (at % 2 == 0 && seen != taken.load(std::memory_order_relaxed)) {
        const std::size_t size = length.load(std::memory_order_relaxed);
        const std::size_t copied = size < room ? size : room;
        for (std::size_t i = 0; i < copied; i += sizeof(std::uint64_t)) {
          auto& shared = words[i / sizeof(std::uint64_t)];
          const std::uint64_t word = std::atomic_ref(shared).load(std::memory_order_relaxed);
          std::memcpy(message + i, &word, copied - i < sizeof word ? copied - i : sizeof word);
        }
        unsigned last = seen - 1;
        if (sequence.load(std::memory_order_relaxed) == at &&
            taken.compare_exchange_strong(last, seen, std::memory_order_release,
                                          std::memory_order_relaxed)) {
          return size;
        }
      }
    }
  }
};

}  // namespace

const minusone::Protocol* minusone_protocol() {
  using namespace minusone;
  static const Protocol protocol = describe<Seqlock>(
      "naive/seqlock",
      Summary{"a sequence lock without its fences: atomic, free of races, and torn"}, Capacity{1},
      AtMost{1, 1},
      keeps(Property::legal_state, "the sequence has one owner and only ever grows by one"),
      breaks_under(MemoryModel::rc11, Property::no_loss,
                   "a reader takes the second note by its number and has the words of the first",
                   {.writers = 1, .readers = 1, .messages = 2}),
      breaks_under(MemoryModel::rc11, Property::no_duplicate,
                   "a reader takes the second note by its number and has the words of the first",
                   {.writers = 1, .readers = 1, .messages = 2}),
      breaks_under(MemoryModel::rc11, Property::no_tear,
                   "a reader sees some of the new words and both times the old sequence",
                   {.writers = 1, .readers = 1, .messages = 1}),
      keeps(Property::no_reorder, "what was seen of a word once is never seen older again"),
      keeps(Property::no_deadlock, "who waits looks again and again"),
      keeps(Property::no_data_race, "all that is shared is atomic"),
      keeps(Property::survives_death,
            "the reader leaves nothing half done, and for the writer's next note it waits rightly"),
      acceptable("lost 0, duplicated 0, torn 0, reordered 0, stuck 0",
                 "every note was taken once; whoever waits, waits rightly"),
      forbidden("torn > 0", "a reader took a note of which it saw a part"),
      forbidden("duplicated > 0", "a reader took a new note's number and an old note's words"),
      forbidden("", "anything else"));
  return &protocol;
}
