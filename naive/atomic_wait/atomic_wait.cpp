// A correct slot of four states that sleeps by std::atomic::wait. Between threads it works. Between
// processes it hangs: libstdc++ 12 counts its waiters in memory of the process and waits on a
// process-private futex, so another process's notify finds nobody to wake.
#include <atomic>
#include <cstring>

#include "protocol/protocol.h"

namespace {

struct AtomicWait {
  enum State : int { empty, full, writing, reading };

  std::atomic<int> state;
  std::size_t length;
  char text[minusone::max_message];

  void init() { state = empty; }

  void take(State from, State to) {
    for (;;) {
      int seen = from;
      if (state.compare_exchange_strong(seen, to)) return;
      state.wait(seen);
    }
  }

  void give(State to) {
    state = to;
    state.notify_all();
  }

  void write(const char* message, std::size_t size) {
    take(empty, writing);
    std::memcpy(text, message, size);
    length = size;
    give(full);
  }

  std::size_t read(char* message, std::size_t room) {
    take(full, reading);
    const std::size_t size = length;
    std::memcpy(message, text, size < room ? size : room);
    give(empty);
    return size;
  }
};

}  // namespace

const minusone::Protocol* minusone_protocol() {
  using namespace minusone;
  static const Protocol protocol = describe<AtomicWait>(
      "naive/atomic_wait",
      Summary{"std::atomic wait and notify: fine in threads, deaf in processes"}, Capacity{1},
      StateWord{"state", offsetof(AtomicWait, state), {0, 1, 2, 3}},
      keeps(Property::legal_state, "each change of state is one compare-and-swap by its owner"),
      keeps(Property::no_loss, "a writer owns the slot before it touches it"),
      keeps(Property::no_duplicate, "one reader wins the compare-and-swap from full to reading"),
      keeps(Property::no_tear, "the slot has one owner while its text is copied"),
      keeps(Property::no_reorder, "the slot holds one message at a time"),
      breaks(Property::no_deadlock, "the notify does not reach a waiter in another process",
             {.writers = 1, .readers = 1, .messages = 4}),
      keeps(Property::no_data_race, "acquiring and releasing the state orders the text"),
      breaks(Property::survives_death, "the slot of an owner that died is never given back",
             {.writers = 1, .readers = 2, .messages = 2, .death = Death::any}),
      acceptable("lost 0, duplicated 0, torn 0, reordered 0, stuck 0",
                 "whoever waited was still spinning when the state changed"),
      forbidden("stuck > 0", "an agent sleeps although the state permits it to go on"),
      forbidden("", "anything else"));
  return &protocol;
}
