// The article's protocol as it stands: `written` is 0 (may be written) or 1 (may be read). Looking
// and acting are two steps, so two agents may act on one look.
#include <sched.h>

#include <cstring>

#include "protocol/protocol.h"

namespace {

struct Flag {
  int written;
  char text[minusone::max_message];

  void init() { written = 0; }

  void write(const char* message, std::size_t size) {
    while (written != 0) sched_yield();
    std::memcpy(text, message, size);
    written = 1;
  }

  std::size_t read(char* message, std::size_t room) {
    while (written == 0) sched_yield();
    std::memcpy(message, text, room);
    written = 0;
    return room;
  }
};

}  // namespace

const minusone::Protocol* minusone_protocol() {
  using namespace minusone;
  static const Protocol protocol = describe<Flag>(
      "naive/flag", Summary{"the article's flag: 0 may be written, 1 may be read"}, Capacity{1},
      StateWord{"written", offsetof(Flag, written), {0, 1}},
      keeps(Property::legal_state, "only 0 and 1 are ever stored, whatever else goes wrong"),
      breaks(Property::no_loss, "two writers pass the check at 0 and one overwrites the other",
             {.writers = 2, .readers = 1, .messages = 1}),
      breaks(Property::no_duplicate, "two readers pass the check at 1 and both take the message",
             {.writers = 1, .readers = 2, .messages = 1}),
      breaks(Property::no_tear, "two writers copy into the same text at the same time",
             {.writers = 2, .readers = 2, .messages = 2, .text = 2048}),
      keeps(Property::no_reorder, "there is one slot, and it only ever holds the newest message"),
      keeps(Property::no_deadlock, "who waits sees the flag change, for it is never left behind"),
      breaks(Property::no_data_race, "flag and text are plain memory that nothing orders",
             {.writers = 1, .readers = 1, .messages = 1}),
      keeps(Property::survives_death,
            "an agent that dies leaves the flag as it was: as empty or as "
            "full as before, and the next one goes on"),
      acceptable("written = 0, lost 0, duplicated 0, torn 0, reordered 0, stuck 0",
                 "every message was taken once; the other readers still wait"),
      acceptable("written = 1, lost 0, duplicated 0, torn 0, reordered 0, stuck 0",
                 "a message lies in the slot and nobody is left to take it"),
      forbidden("torn > 0", "a reader got parts of two messages"),
      forbidden("lost > 0", "two writers passed the check together, or a late reader erased"),
      forbidden("duplicated > 0", "two readers passed the check together"),
      forbidden("", "anything else"));
  return &protocol;
}
