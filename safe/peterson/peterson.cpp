// The bounded buffer of the textbook, its `count` guarded by Peterson's lock ("Myths about the
// Mutual Exclusion Problem", 1981), which needs loads and stores only. They are sequentially
// consistent: who has said "I want" and then does not see the other want is seen by the other, who
// comes later.
#include <sched.h>

#include <atomic>
#include <cstring>

#include "protocol/deadline.h"
#include "protocol/protocol.h"

namespace {

struct Peterson {
  enum { writer, reader };
  static constexpr int slots = 2;

  std::atomic<int> wants[2];
  std::atomic<int> turn;
  std::atomic<int> count;  // messages in the buffer: changed by both, under the lock only
  int in, out;             // the next slot to fill is the writer's, the next to empty the reader's
  struct {
    std::size_t length;
    char text[minusone::max_message];
  } buffer[slots];

  void init() {
    wants[writer] = wants[reader] = turn = count = 0;
    in = out = 0;
  }

  bool lock(int me, const timespec* deadline) {
    const int other = 1 - me;
    wants[me].store(1);
    turn.store(other);
    while (wants[other].load() == 1 && turn.load() == other) {
      if (minusone::has_passed(deadline)) {
        unlock(me);
        return false;
      }
      sched_yield();
    }
    return true;
  }

  void unlock(int me) { wants[me].store(0); }

  bool add_to_count(int me, int change, const timespec* deadline) {
    if (!lock(me, deadline)) return false;
    const int before = count.load();
    count.store(before + change);
    unlock(me);
    return true;
  }

  bool write(const char* message, std::size_t size, const timespec* deadline) {
    while (count.load() == slots) {
      if (minusone::has_passed(deadline)) return false;
      sched_yield();
    }
    auto& slot = buffer[in];
    std::memcpy(slot.text, message, size);
    slot.length = size;
    if (!add_to_count(writer, 1, deadline)) return false;
    in = (in + 1) % slots;
    return true;
  }

  bool read(char* message, std::size_t room, std::size_t& size, const timespec* deadline) {
    while (count.load() == 0) {
      if (minusone::has_passed(deadline)) return false;
      sched_yield();
    }
    const auto& slot = buffer[out];
    size = slot.length;
    std::memcpy(message, slot.text, size < room ? size : room);
    if (!add_to_count(reader, -1, deadline)) return false;
    out = (out + 1) % slots;
    return true;
  }
};

}  // namespace

const minusone::Protocol* minusone_protocol() {
  using namespace minusone;
  static const Protocol protocol = describe<Peterson>(
      "safe/peterson",
      Summary{"Peterson's lock, sequentially consistent, around the count of a buffer"},
      Capacity{Peterson::slots}, AtMost{1, 1},
      StateWord{"count", offsetof(Peterson, count), {0, 1, 2}},
      keeps(Property::legal_state,
            "only who has waited for room adds, only who has seen one takes"),
      keeps(Property::no_loss, "the count is changed by one at a time"),
      keeps(Property::no_duplicate, "the count is changed by one at a time"),
      keeps(Property::no_tear, "the count keeps writer and reader out of the same slot"),
      keeps(Property::no_reorder, "slots are filled and emptied in turn"),
      keeps(Property::no_deadlock, "of two who want the lock the one whose turn it is goes on"),
      keeps(Property::no_data_race, "who sees the other's count sees what was done before it"),
      breaks(Property::survives_death, "a lock whose owner died is never given back",
             {.writers = 1, .readers = 1, .messages = 2, .death = Death::any},
             "a lock whose owner the kernel knows: a robust mutex, as in safe/robust_mutex"),
      acceptable("lost 0, duplicated 0, torn 0, reordered 0, stuck 0",
                 "every message was taken once; whoever waits, waits rightly"),
      forbidden("stuck > 0", "an agent waits for the lock of a dead owner"),
      forbidden("", "anything else"));
  return &protocol;
}
