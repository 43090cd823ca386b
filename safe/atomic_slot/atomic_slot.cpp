// The least that makes the article's flag correct: four states instead of two, and looking and
// acting in one compare-and-swap. `writing` and `reading` say that the slot has an owner, so nobody
// else touches the text.
#include <sched.h>

#include <atomic>
#include <cstring>

#include "protocol/deadline.h"
#include "protocol/protocol.h"

namespace {

struct AtomicSlot {
  enum State : int { empty, full, writing, reading };

  std::atomic<int> state;
  std::size_t length;
  char text[minusone::max_message];

  void init() { state = empty; }

  bool take(State from, State to, const timespec* deadline) {
    for (;;) {
      int seen = from;
      if (state.compare_exchange_strong(seen, to, std::memory_order_acquire,
                                        std::memory_order_relaxed)) {
        return true;
      }
      if (minusone::has_passed(deadline)) return false;
      sched_yield();
    }
  }

  void give(State to) { state.store(to, std::memory_order_release); }

  bool write(const char* message, std::size_t size, const timespec* deadline) {
    if (!take(empty, writing, deadline)) return false;
    std::memcpy(text, message, size);
    length = size;
    give(full);
    return true;
  }

  bool read(char* message, std::size_t room, std::size_t& size, const timespec* deadline) {
    if (!take(full, reading, deadline)) return false;
    size = length;
    std::memcpy(message, text, size < room ? size : room);
    give(empty);
    return true;
  }
};

}  // namespace

const minusone::Protocol* minusone_protocol() {
  using namespace minusone;
  static const Protocol protocol = describe<AtomicSlot>(
      "safe/atomic_slot", Summary{"four states and a compare-and-swap: check and act are one step"},
      Capacity{1}, StateWord{"state", offsetof(AtomicSlot, state), {0, 1, 2, 3}},
      keeps(Property::legal_state,
            "each change of state is one compare-and-swap or its owner's store"),
      keeps(Property::no_loss, "a writer owns the slot before it touches it"),
      keeps(Property::no_duplicate, "one reader wins the compare-and-swap from full to reading"),
      keeps(Property::no_tear, "the slot has one owner while its text is copied"),
      keeps(Property::no_reorder, "the slot holds one message at a time"),
      keeps(Property::no_deadlock, "who waits looks again and again"),
      keeps(Property::no_data_race,
            "release by the old owner and acquire by the new order the text"),
      breaks(Property::survives_death, "the slot of an owner that died is never given back",
             {.writers = 2, .readers = 2, .messages = 2, .death = Death::any},
             "a lock whose owner the kernel knows: a robust mutex around the slot, as in "
             "safe/robust_mutex"),
      acceptable("lost 0, duplicated 0, torn 0, reordered 0, stuck 0",
                 "every message was taken once; whoever waits, waits rightly"),
      forbidden("stuck > 0", "an agent waits for a slot whose owner is dead"),
      forbidden("", "anything else"));
  return &protocol;
}
