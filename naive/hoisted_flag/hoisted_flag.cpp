// The plain flag without a sleep or a yield in the loop. Nothing in the loop can change `written`,
// says the optimiser, and it is right by the rules: a plain int is nobody else's business. So it
// reads the flag once, before the loop, and the loop is endless (or quits at once).
//
// Built with -fno-finite-loops, as C is: C++ compilers may otherwise take it for granted that a
// loop without effects ends, and delete the wait altogether ([intro.progress]).
#include <cstring>

#include "protocol/protocol.h"

namespace {

struct HoistedFlag {
  int written;
  char text[minusone::max_message];

  void init() { written = 0; }

  void write(const char* message, std::size_t size) {
    while (written != 0) {
    }
    std::memcpy(text, message, size);
    written = 1;
  }

  std::size_t read(char* message, std::size_t room) {
    while (written == 0) {
    }
    std::memcpy(message, text, room);
    written = 0;
    return room;
  }
};

}  // namespace

const minusone::Protocol* minusone_protocol() {
  using namespace minusone;
  static const Protocol protocol = describe<HoistedFlag>(
      "naive/hoisted_flag", Summary{"a plain flag in a tight loop: the optimiser reads it once"},
      Capacity{1}, AtMost{1, 1}, StateWord{"written", offsetof(HoistedFlag, written), {0, 1}},
      keeps(Property::legal_state, "only 0 and 1 are ever stored"),
      keeps(Property::no_loss, "with one writer and one reader each waits for the other's store"),
      keeps(Property::no_duplicate, "the one reader clears the flag before it looks again"),
      keeps(Property::no_tear, "the one writer does not touch the text while the flag is up"),
      keeps(Property::no_reorder, "one writer, one slot, one reader"),
      breaks(Property::no_deadlock,
             "who has to wait at all waits for ever: the loop no longer reads",
             {.writers = 1, .readers = 1, .messages = 2}),
      breaks(Property::no_data_race, "flag and text are plain memory that nothing orders",
             {.writers = 1, .readers = 1, .messages = 1}),
      breaks(Property::survives_death, "whoever waits is lost already, with or without a death",
             {.writers = 1, .readers = 1, .messages = 3, .death = Death::any}),
      acceptable("lost 0, duplicated 0, torn 0, reordered 0, stuck 0",
                 "nobody ever had to wait: each found the flag as it was needed"),
      forbidden("stuck > 0", "an agent spins on a value that it read once, long ago"),
      forbidden("", "anything else"));
  return &protocol;
}
