// System V semaphores with SEM_UNDO on every operation, as a careful person might write: "so that
// nothing stays taken when a process ends". But `items` is no lock, it is a signal from one process
// to another, and the undo takes the signal back when the writer has done its work and exits: the
// message lies there and nobody may fetch it. See semop(2); the adjustment also overflows (ERANGE)
// after 32767 posts.
#include <sys/ipc.h>
#include <sys/sem.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "protocol/protocol.h"

namespace {

struct SemUndoSignal {
  enum Semaphore : unsigned short { space, items };

  int set;
  std::size_t length;
  char text[minusone::max_message];

  void init(key_t key) {
    set = semget(key, 2, IPC_CREAT | IPC_EXCL | 0600);
    if (set == -1) throw std::system_error(errno, std::system_category(), "semget");
    unsigned short values[] = {1, 0};
    if (semctl(set, 0, SETALL, values) == -1) {
      throw std::system_error(errno, std::system_category(), "semctl(SETALL)");
    }
  }

  void destroy() { semctl(set, 0, IPC_RMID); }

  void change(Semaphore which, short by) {
    sembuf operation{which, by, SEM_UNDO};
    while (semop(set, &operation, 1) == -1) {
      if (errno != EINTR) throw std::system_error(errno, std::system_category(), "semop");
    }
  }

  void write(const char* message, std::size_t size) {
    change(space, -1);
    std::memcpy(text, message, size);
    length = size;
    change(items, +1);
  }

  std::size_t read(char* message, std::size_t room) {
    change(items, -1);
    const std::size_t size = length;
    std::memcpy(message, text, size < room ? size : room);
    change(space, +1);
    return size;
  }
};

}  // namespace

const minusone::Protocol* minusone_protocol() {
  using namespace minusone;
  static const Protocol protocol = describe<SemUndoSignal>(
      "naive/sem_undo_signal", Summary{"SEM_UNDO on a signal: the writer's exit takes it back"},
      Capacity{1},
      breaks(Property::no_loss, "the writer exits before the reader comes, and the undo unsends",
             {.writers = 1, .readers = 1, .messages = 1}),
      keeps(Property::legal_state, "the kernel holds the state, and each change is one semop"),
      breaks(Property::no_duplicate, "a reader exits, and the undo hands its message out again",
             {.writers = 1, .readers = 2, .messages = 1}),
      breaks(Property::no_tear, "an undo of the reader's post or the writer's lets two agents in",
             {.writers = 2, .readers = 2, .messages = 3, .text = 65536}),
      keeps(Property::no_reorder, "the slot holds one message at a time"),
      breaks(Property::no_deadlock, "an undone signal leaves its receiver asleep",
             {.writers = 2, .readers = 2, .messages = 2}),
      breaks(Property::no_data_race, "an undo lets two agents in, and nothing orders what they do",
             {.writers = 2, .readers = 1, .messages = 1}),
      breaks(Property::survives_death,
             "a death undoes what others already rely on, as an exit does",
             {.writers = 2, .readers = 2, .messages = 2, .death = Death::any}),
      acceptable("lost 0, duplicated 0, torn 0, reordered 0, stuck 0",
                 "the reader came before the writer was gone"),
      forbidden("lost > 0", "the message was sent, and its signal was undone at the writer's exit"),
      forbidden("stuck > 0", "an agent waits for a signal that was taken back"),
      forbidden("torn > 0", "an undo let two agents in at once"),
      forbidden("duplicated > 0", "an undo gave the same message out again"),
      forbidden("", "anything else"));
  return &protocol;
}
