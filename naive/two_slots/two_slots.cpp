// A second buffer, so that the writer need not wait for the reader. Each slot has a flag of its own
// and is handed over correctly, but nothing says which of two full slots is the older one.
#include <sched.h>

#include <atomic>
#include <cstring>

#include "protocol/protocol.h"

namespace {

struct TwoSlots {
  struct Slot {
    std::atomic<int> full;
    std::size_t length;
    char text[minusone::max_message];
  };
  Slot slots[2];

  void init() {
    for (Slot& slot : slots) slot.full = 0;
  }

  Slot& wait_for(int full) {
    for (;; sched_yield()) {
      for (Slot& slot : slots) {
        if (slot.full.load(std::memory_order_acquire) == full) return slot;
      }
    }
  }

  void write(const char* message, std::size_t size) {
    Slot& slot = wait_for(0);
    std::memcpy(slot.text, message, size);
    slot.length = size;
    slot.full.store(1, std::memory_order_release);
  }

  std::size_t read(char* message, std::size_t room) {
    Slot& slot = wait_for(1);
    const std::size_t size = slot.length;
    std::memcpy(message, slot.text, size < room ? size : room);
    slot.full.store(0, std::memory_order_release);
    return size;
  }
};

}  // namespace

const minusone::Protocol* minusone_protocol() {
  using namespace minusone;
  static const Protocol protocol = describe<TwoSlots>(
      "naive/two_slots", Summary{"two buffers, each handed over well, in whichever order"},
      Capacity{2}, AtMost{1, 1}, keeps(Property::legal_state, "each flag is 0 or 1"),
      keeps(Property::no_loss, "the one writer fills empty slots only"),
      keeps(Property::no_duplicate, "the one reader empties each slot that it read"),
      keeps(Property::no_tear, "writer and reader are never in the same slot"),
      breaks(Property::no_reorder,
             "the reader looks at slot 0 first, where the newer message may be",
             {.writers = 1, .readers = 1, .messages = 3}),
      keeps(Property::no_deadlock,
            "a full slot is found by the reader, an empty one by the writer"),
      keeps(Property::no_data_race, "each flag is stored with release and loaded with acquire"),
      keeps(Property::survives_death, "neither leaves anything half done that the other waits for"),
      acceptable("lost 0, duplicated 0, torn 0, reordered 0, stuck 0",
                 "the order was kept, by luck"),
      forbidden("reordered > 0",
                "a later message came out of slot 0 before an earlier one of slot 1"),
      forbidden("", "anything else"));
  return &protocol;
}
