// The bounded buffer of the textbook, its `count` guarded by Peterson's lock ("Myths about the
// Mutual Exclusion Problem", 1981), each store of the lock a release and each load an acquire. What
// the lock needs is another thing: that who says "I want" and then looks at the other is seen by
// the other, should that one look first. An x86 keeps a store to itself while it goes on to load.
#include <sched.h>

#include <atomic>
#include <cstring>

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

  void lock(int me) {
    const int other = 1 - me;
    wants[me].store(1, std::memory_order_release);
    turn.store(other, std::memory_order_release);
    while (wants[other].load(std::memory_order_acquire) == 1 &&
           turn.load(std::memory_order_acquire) == other) {
      sched_yield();
    }
  }

  void unlock(int me) { wants[me].store(0, std::memory_order_release); }

  void add_to_count(int me, int change) {
    lock(me);
    const int before = count.load(std::memory_order_relaxed);
    count.store(before + change, std::memory_order_release);
    unlock(me);
  }

  void write(const char* message, std::size_t size) {
    while (count.load(std::memory_order_acquire) == slots) sched_yield();
    auto& slot = buffer[in];
    std::memcpy(slot.text, message, size);
    slot.length = size;
    add_to_count(writer, 1);
    in = (in + 1) % slots;
  }

  std::size_t read(char* message, std::size_t room) {
    while (count.load(std::memory_order_acquire) == 0) sched_yield();
    const auto& slot = buffer[out];
    const std::size_t size = slot.length;
    std::memcpy(message, slot.text, size < room ? size : room);
    add_to_count(reader, -1);
    out = (out + 1) % slots;
    return size;
  }
};

}  // namespace

const minusone::Protocol* minusone_protocol() {
  using namespace minusone;
  constexpr Workload two{.writers = 1, .readers = 1, .messages = 2};
  constexpr Workload three{.writers = 1, .readers = 1, .messages = 3};
  static const Protocol protocol = describe<Peterson>(
      "naive/peterson",
      Summary{"Peterson's lock of release and acquire around the count of a buffer"},
      Capacity{Peterson::slots}, AtMost{1, 1},
      StateWord{"count", offsetof(Peterson, count), {0, 1, 2}},
      keeps(Property::legal_state, "who waits at an end of the count does not go beyond it"),
      breaks_under(MemoryModel::tso, Property::no_loss,
                   "both are in the section, and the reader's count overwrites the writer's", two),
      breaks_under(MemoryModel::tso, Property::no_duplicate,
                   "both are in the section, and the writer's count overwrites the reader's",
                   three),
      breaks_under(MemoryModel::tso, Property::no_tear,
                   "with a count that is one too high both are in the same slot", three),
      breaks_under(MemoryModel::tso, Property::no_reorder,
                   "with a count that is one too high an old message is read once more", three),
      breaks_under(MemoryModel::tso, Property::no_deadlock,
                   "the writer waits at a count that is three too high, and nobody will read again",
                   {.writers = 1, .readers = 1, .messages = 5}),
      breaks_under(MemoryModel::tso, Property::no_data_race,
                   "with a count that is one too high both are in the same slot", three),
      breaks(Property::survives_death, "a lock whose owner died is never given back",
             {.writers = 1, .readers = 1, .messages = 2, .death = Death::any},
             "a lock whose owner the kernel knows: a robust mutex, as in safe/robust_mutex"),
      acceptable("lost 0, duplicated 0, torn 0, reordered 0, stuck 0",
                 "every message was taken once; whoever waits, waits rightly"),
      forbidden("lost > 0", "both were in the section, and the reader's count stayed"),
      forbidden("duplicated > 0", "both were in the section, and the writer's count stayed"),
      forbidden("stuck > 0",
                "an agent waits for a count that is wrong, or for a dead owner's lock"),
      forbidden("", "anything else"));
  return &protocol;
}
