// One writer, one reader, several slots: the ring of Lamport (1977). Each index has one owner, so
// nothing needs a compare-and-swap: the writer publishes a slot by storing `head` with release, the
// reader gives it back by storing `tail`.
#include <sched.h>

#include <atomic>
#include <cstring>

#include "protocol/deadline.h"
#include "protocol/protocol.h"

namespace {

struct SpscRing {
  static constexpr unsigned slots = 4;  // a power of two: the indices wrap around

  std::atomic<unsigned> head;  // messages written so far
  std::atomic<unsigned> tail;  // messages read so far
  struct {
    std::size_t length;
    char text[minusone::max_message];
  } ring[slots];

  void init() {
    head = 0;
    tail = 0;
  }

  bool write(const char* message, std::size_t size, const timespec* deadline) {
    const unsigned at = head.load(std::memory_order_relaxed);
    while (at - tail.load(std::memory_order_acquire) == slots) {
      if (minusone::has_passed(deadline)) return false;
      sched_yield();
    }
    auto& slot = ring[at % slots];
    std::memcpy(slot.text, message, size);
    slot.length = size;
    head.store(at + 1, std::memory_order_release);
    return true;
  }

  bool read(char* message, std::size_t room, std::size_t& size, const timespec* deadline) {
    const unsigned at = tail.load(std::memory_order_relaxed);
    while (head.load(std::memory_order_acquire) == at) {
      if (minusone::has_passed(deadline)) return false;
      sched_yield();
    }
    const auto& slot = ring[at % slots];
    size = slot.length;
    std::memcpy(message, slot.text, size < room ? size : room);
    tail.store(at + 1, std::memory_order_release);
    return true;
  }
};

}  // namespace

const minusone::Protocol* minusone_protocol() {
  using namespace minusone;
  static const Protocol protocol = describe<SpscRing>(
      "safe/spsc_ring", Summary{"one writer, one reader, a ring of slots: no lock and no swap"},
      Capacity{static_cast<int>(SpscRing::slots)}, AtMost{1, 1},
      keeps(Property::legal_state, "each index has one owner and only ever grows by one"),
      keeps(Property::no_loss, "the writer waits for a free slot"),
      keeps(Property::no_duplicate, "the reader passes each slot once"),
      keeps(Property::no_tear, "a slot is the writer's or the reader's, never both's"),
      keeps(Property::no_reorder, "slots are filled and emptied in turn"),
      keeps(Property::no_deadlock, "who waits looks again and again"),
      keeps(Property::no_data_race, "each index is stored with release and loaded with acquire"),
      keeps(Property::survives_death,
            "neither leaves anything half done that the other waits for; "
            "what is in the ring is still read"),
      acceptable("lost 0, duplicated 0, torn 0, reordered 0, stuck 0",
                 "every message was taken once; whoever waits, waits rightly"),
      forbidden("", "anything else"));
  return &protocol;
}
