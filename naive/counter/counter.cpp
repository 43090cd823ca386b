// The article's "improved" flag: a writer enters only at 0 and then adds 1, a reader enters only at
// non-zero and then subtracts 1. Check, act and count are three steps, so two agents may pass the
// check together.
#include <sched.h>

#include <cstring>

#include "protocol/protocol.h"

namespace {

struct Counter {
  int written;
  char text[minusone::max_message];

  void init() { written = 0; }

  void write(const char* message, std::size_t size) {
    while (written != 0) sched_yield();
    std::memcpy(text, message, size);
    written = written + 1;
  }

  std::size_t read(char* message, std::size_t room) {
    while (written == 0) sched_yield();
    std::memcpy(message, text, room);
    written = written - 1;
    return room;
  }
};

}  // namespace

const minusone::Protocol* minusone_protocol() {
  using namespace minusone;
  static const Protocol protocol = describe<Counter>(
      "naive/counter", Summary{"the article's counter: +1 by the writer, -1 by the reader"},
      Capacity{1}, StateWord{"written", offsetof(Counter, written), {0, 1}},
      breaks(Property::legal_state, "two readers pass the check at 1 and both subtract",
             {.writers = 1, .readers = 2, .messages = 1}),
      breaks(Property::no_loss, "two writers pass the check at 0 and one overwrites the other",
             {.writers = 2, .readers = 1, .messages = 1}),
      breaks(Property::no_duplicate, "both readers pass the check before either subtracts",
             {.writers = 1, .readers = 2, .messages = 1}),
      breaks(Property::no_tear, "two writers copy into the same text at the same time",
             {.writers = 2, .readers = 2, .messages = 1, .text = 2048}),
      keeps(Property::no_reorder, "there is one slot, and it only ever holds the newest message"),
      breaks(Property::no_deadlock, "below zero no writer may ever enter again",
             {.writers = 1, .readers = 2, .messages = 2}),
      breaks(Property::no_data_race, "counter and text are plain memory that nothing orders",
             {.writers = 1, .readers = 2, .messages = 1}),
      breaks(Property::survives_death, "a death mends nothing: below zero the living stay stuck",
             {.writers = 2, .readers = 2, .messages = 3, .death = Death::any}),
      acceptable("written = 0, lost 0, duplicated 0, torn 0, reordered 0, stuck 0",
                 "every message was taken once; the other readers still wait"),
      acceptable("written = 1, lost 0, duplicated 0, torn 0, reordered 0, stuck 0",
                 "a message lies in the slot and nobody is left to take it"),
      forbidden("written < 0", "readers passed the check together and each subtracted"),
      forbidden("written > 1", "writers passed the check together and each added"),
      forbidden("torn > 0", "a reader got parts of two messages"),
      forbidden("duplicated > 0", "one message was handed to two readers"),
      forbidden("lost > 0", "one writer overwrote the other's message"),
      forbidden("stuck > 0", "an agent waits for what is already there"),
      forbidden("", "anything else"));
  return &protocol;
}
