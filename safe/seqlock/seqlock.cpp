// A sequence lock: the reader looks at a note without keeping the writer away, and looks again
// where the sequence number is odd or has changed meanwhile (Lameter, "Effective Synchronization on
// Linux/NUMA Systems", 2005). A note bears its number, and who read it whole takes it by that
// number, so each is taken once. The two fences are those of Boehm, "Can Seqlocks Get Along With
// Programming Language Memory Models?", MSPC 2012.
#include <sched.h>

#include <atomic>
#include <cstdint>
#include <cstring>

#include "protocol/deadline.h"
#include "protocol/protocol.h"

namespace {

struct Seqlock {
  std::atomic<unsigned> sequence;  // odd while the writer is at the note
  std::atomic<unsigned> number;    // of the note: the first is 1
  std::atomic<std::size_t> length;
  std::uint64_t words[minusone::max_message / sizeof(std::uint64_t)];
  std::atomic<unsigned> taken;  // the number of the note that was taken last

  void init() { sequence = number = taken = 0; }

  bool write(const char* message, std::size_t size, const timespec* deadline) {
    const unsigned before = number.load(std::memory_order_relaxed);
    while (taken.load(std::memory_order_acquire) != before) {
      if (minusone::has_passed(deadline)) return false;
      sched_yield();
    }
    const unsigned at = sequence.load(std::memory_order_relaxed);
    sequence.store(at + 1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);  // nothing below before that store
    number.store(before + 1, std::memory_order_relaxed);
    length.store(size, std::memory_order_relaxed);
    for (std::size_t i = 0; i < size; i += sizeof(std::uint64_t)) {
      std::uint64_t word = 0;
      std::memcpy(&word, message + i, size - i < sizeof word ? size - i : sizeof word);
      std::atomic_ref(words[i / sizeof word]).store(word, std::memory_order_relaxed);
    }
    sequence.store(at + 2, std::memory_order_release);
    return true;
  }

  bool read(char* message, std::size_t room, std::size_t& size, const timespec* deadline) {
    for (;; sched_yield()) {
      const unsigned at = sequence.load(std::memory_order_acquire);
      const unsigned seen = number.load(std::memory_order_relaxed);
      if (at % 2 == 0 && seen != taken.load(std::memory_order_relaxed)) {
        size = length.load(std::memory_order_relaxed);
        const std::size_t copied = size < room ? size : room;
        for (std::size_t i = 0; i < copied; i += sizeof(std::uint64_t)) {
          auto& shared = words[i / sizeof(std::uint64_t)];
          const std::uint64_t word = std::atomic_ref(shared).load(std::memory_order_relaxed);
          std::memcpy(message + i, &word, copied - i < sizeof word ? copied - i : sizeof word);
        }
        std::atomic_thread_fence(std::memory_order_acquire);  // nothing above after this load
        unsigned last = seen - 1;
        if (sequence.load(std::memory_order_relaxed) == at &&
            taken.compare_exchange_strong(last, seen, std::memory_order_release,
                                          std::memory_order_relaxed)) {
          return true;
        }
      }
      if (minusone::has_passed(deadline)) return false;
    }
  }
};

}  // namespace

const minusone::Protocol* minusone_protocol() {
  using namespace minusone;
  static const Protocol protocol = describe<Seqlock>(
      "safe/seqlock",
      Summary{"one writer, many readers: a sequence lock whose readers keep nobody away"},
      Capacity{1}, AtMost{1, 0},
      keeps(Property::legal_state, "the sequence has one owner and only ever grows by one"),
      keeps(Property::no_loss, "the writer waits until its last note was taken"),
      keeps(Property::no_duplicate, "one reader wins the compare-and-swap to the note's number"),
      keeps(
          Property::no_tear,
          "who sees a word of the next note sees, behind the fence, that the sequence has changed"),
      keeps(Property::no_reorder, "there is one note at a time"),
      keeps(Property::no_deadlock, "who waits looks again and again"),
      keeps(Property::no_data_race, "all that is shared is atomic"),
      keeps(Property::survives_death,
            "a reader leaves nothing half done, and for the writer's next note everybody waits "
            "rightly"),
      acceptable("lost 0, duplicated 0, torn 0, reordered 0, stuck 0",
                 "every note was taken once; whoever waits, waits rightly"),
      forbidden("", "anything else"));
  return &protocol;
}
