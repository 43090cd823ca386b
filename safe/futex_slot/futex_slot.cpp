// The slot of four states, asleep while it waits: futex(2) without FUTEX_PRIVATE_FLAG, so that the
// wake-up crosses processes. The kernel compares `state` with what the agent saw before it lets it
// sleep, so a change in between is never slept through. Everybody who sleeps is woken at each
// change, because writers and readers sleep on one word.
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstring>
#include <system_error>

#include "protocol/deadline.h"
#include "protocol/protocol.h"

namespace {

struct FutexSlot {
  enum State : int { empty, full, writing, reading };

  std::atomic<int> state;
  std::size_t length;
  char text[minusone::max_message];

  void init() { state = empty; }

  void sleep_while(int seen, const timespec* deadline) {
    const long failed = syscall(SYS_futex, &state, FUTEX_WAIT_BITSET, seen, deadline, nullptr,
                                FUTEX_BITSET_MATCH_ANY);
    const int error = errno;
    if (failed == -1 && error != EAGAIN && error != EINTR && error != ETIMEDOUT) {
      throw std::system_error(error, std::system_category(), "futex(FUTEX_WAIT_BITSET)");
    }
  }

  bool take(State from, State to, const timespec* deadline) {
    for (;;) {
      int seen = from;
      if (state.compare_exchange_strong(seen, to)) return true;
      if (minusone::has_passed(deadline)) return false;
      sleep_while(seen, deadline);
    }
  }

  void give(State to) {
    state.store(to);
    syscall(SYS_futex, &state, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
  }

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
  static const Protocol protocol = describe<FutexSlot>(
      "safe/futex_slot", Summary{"the four-state slot, asleep on a shared futex while it waits"},
      Capacity{1}, StateWord{"state", offsetof(FutexSlot, state), {0, 1, 2, 3}},
      keeps(Property::legal_state,
            "each change of state is one compare-and-swap or its owner's store"),
      keeps(Property::no_loss, "a writer owns the slot before it touches it"),
      keeps(Property::no_duplicate, "one reader wins the compare-and-swap from full to reading"),
      keeps(Property::no_tear, "the slot has one owner while its text is copied"),
      keeps(Property::no_reorder, "the slot holds one message at a time"),
      keeps(Property::no_deadlock,
            "whoever sleeps is woken at each change, or saw it before it fell asleep"),
      keeps(Property::no_data_race, "the new owner's swap reads the old owner's store"),
      breaks(Property::survives_death, "the slot of an owner that died is never given back",
             {.writers = 2, .readers = 2, .messages = 2, .death = Death::any},
             "a robust mutex around the slot, and sleepers that look again now and then, as in "
             "safe/robust_mutex: nobody wakes them for the dead"),
      acceptable("lost 0, duplicated 0, torn 0, reordered 0, stuck 0",
                 "every message was taken once; whoever waits, waits rightly"),
      forbidden("stuck > 0", "an agent sleeps for a slot whose owner is dead"),
      forbidden("", "anything else"));
  return &protocol;
}
