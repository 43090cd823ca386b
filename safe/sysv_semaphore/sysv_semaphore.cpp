// The article's cure: System V semaphores, `empty` and `full`, as one slot between many writers and
// many readers. SEM_UNDO stands where it belongs. While an agent holds the slot it holds it on
// lease: if it dies, the kernel gives back what it took, so the slot is as empty or as full as
// before. When the agent is done, one semop(2) - all of its operations or none - ends the lease and
// hands the slot over for good.
#include <sys/ipc.h>
#include <sys/sem.h>

#include <cerrno>
#include <cstring>
#include <iterator>
#include <system_error>

#include "protocol/deadline.h"
#include "protocol/protocol.h"

namespace {

struct SysvSemaphore {
  enum Semaphore : unsigned short { empty, full };

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

  bool take(Semaphore from, const timespec* deadline) {
    sembuf lease{from, -1, SEM_UNDO};
    for (;;) {
      timespec left{};
      if (deadline != nullptr) left = minusone::time_left(*deadline);
      if (semtimedop(set, &lease, 1, deadline != nullptr ? &left : nullptr) == 0) return true;
      if (errno == EAGAIN) return false;
      if (errno != EINTR) throw std::system_error(errno, std::system_category(), "semtimedop");
    }
  }

  void give(Semaphore from, Semaphore to) {
    sembuf handover[] = {
        {from, +1, SEM_UNDO},  // end the lease: nothing is left to undo,
        {from, -1, 0},         // take the same for good,
        {to, +1, 0},           // and hand the slot over
    };
    while (semop(set, handover, std::size(handover)) == -1) {
      if (errno != EINTR) throw std::system_error(errno, std::system_category(), "semop");
    }
  }

  bool write(const char* message, std::size_t size, const timespec* deadline) {
    if (!take(empty, deadline)) return false;
    std::memcpy(text, message, size);
    length = size;
    give(empty, full);
    return true;
  }

  bool read(char* message, std::size_t room, std::size_t& size, const timespec* deadline) {
    if (!take(full, deadline)) return false;
    size = length;
    std::memcpy(message, text, size < room ? size : room);
    give(full, empty);
    return true;
  }
};

}  // namespace

const minusone::Protocol* minusone_protocol() {
  using namespace minusone;
  static const Protocol protocol = describe<SysvSemaphore>(
      "safe/sysv_semaphore", Summary{"the article's cure: a slot on lease by semop and SEM_UNDO"},
      Capacity{1},
      keeps(Property::legal_state, "the kernel holds the state, and each change is one semop"),
      keeps(Property::no_loss, "only who took `empty` writes, and `full` follows the text"),
      keeps(Property::no_duplicate, "only one reader gets `full`"),
      keeps(Property::no_tear, "the slot has one owner while its text is copied"),
      keeps(Property::no_reorder, "the slot holds one message at a time"),
      keeps(Property::no_deadlock, "the kernel wakes who waits for what was given"),
      keeps(Property::no_data_race,
            "taking a semaphore comes after its giving, and orders the text"),
      keeps(Property::survives_death, "the kernel undoes the lease of an owner that died"),
      acceptable("lost 0, duplicated 0, torn 0, reordered 0, stuck 0",
                 "every message was taken once; whoever waits, waits rightly"),
      forbidden("", "anything else"));
  return &protocol;
}
