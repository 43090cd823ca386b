// One slot between many writers and many readers by two process-shared POSIX semaphores, the
// bounded buffer of the textbooks. What an agent took when it died stays taken: sem_overview(7)
// knows no owner, so there is nobody to give it back.
#include <semaphore.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <system_error>

#include "protocol/protocol.h"

namespace {

struct PosixSemaphore {
  sem_t empty;
  sem_t full;
  std::size_t length;
  char text[minusone::max_message];

  void init() {
    const int shared_by_processes = 1;
    if (sem_init(&empty, shared_by_processes, 1) == -1 ||
        sem_init(&full, shared_by_processes, 0) == -1) {
      throw std::system_error(errno, std::system_category(), "sem_init");
    }
  }

  void destroy() {
    sem_destroy(&empty);
    sem_destroy(&full);
  }

  bool take(sem_t& semaphore, const timespec* deadline) {
    for (;;) {
      const int failed = deadline == nullptr ? sem_wait(&semaphore)
                                             : sem_clockwait(&semaphore, CLOCK_MONOTONIC, deadline);
      if (failed == 0) return true;
      if (errno == ETIMEDOUT) return false;
      if (errno != EINTR) throw std::system_error(errno, std::system_category(), "sem_wait");
    }
  }

  bool write(const char* message, std::size_t size, const timespec* deadline) {
    if (!take(empty, deadline)) return false;
    std::memcpy(text, message, size);
    length = size;
    sem_post(&full);
    return true;
  }

  bool read(char* message, std::size_t room, std::size_t& size, const timespec* deadline) {
    if (!take(full, deadline)) return false;
    size = length;
    std::memcpy(message, text, size < room ? size : room);
    sem_post(&empty);
    return true;
  }
};

}  // namespace

const minusone::Protocol* minusone_protocol() {
  using namespace minusone;
  static const Protocol protocol = describe<PosixSemaphore>(
      "safe/posix_semaphore", Summary{"two POSIX semaphores, empty and full, as in the textbooks"},
      Capacity{1}, keeps(Property::legal_state, "each semaphore is taken before it is given again"),
      keeps(Property::no_loss, "only who took `empty` writes, and `full` follows the text"),
      keeps(Property::no_duplicate, "only one reader gets `full`"),
      keeps(Property::no_tear, "the slot has one owner while its text is copied"),
      keeps(Property::no_reorder, "the slot holds one message at a time"),
      keeps(Property::no_deadlock, "each post wakes one who waits"),
      keeps(Property::no_data_race, "a wait comes after the post it takes, and orders the text"),
      breaks(Property::survives_death, "what an agent took when it died stays taken for ever",
             {.writers = 2, .readers = 2, .messages = 2, .death = Death::any},
             "a semaphore that the kernel gives back for the dead (SEM_UNDO, as in "
             "safe/sysv_semaphore), or a robust mutex"),
      acceptable("lost 0, duplicated 0, torn 0, reordered 0, stuck 0",
                 "every message was taken once; whoever waits, waits rightly"),
      forbidden("stuck > 0", "an agent waits for what a dead one took"),
      forbidden("", "anything else"));
  return &protocol;
}
