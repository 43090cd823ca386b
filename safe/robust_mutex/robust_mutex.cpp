// A monitor that survives any one death. The mutex is robust: who locks it next is told
// (EOWNERDEAD), and finds a consistent slot, because `full` is stored last. Instead of a condition
// variable, which no death may touch, waiters sleep on a sequence number that each change bumps -
// and never longer than `recheck`, because the one who should have woken them may be dead.
#include <linux/futex.h>
#include <pthread.h>
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

struct RobustMutex {
  static constexpr timespec recheck{0, 10'000'000};

  pthread_mutex_t mutex;
  std::atomic<int> changes;
  int full;
  std::size_t length;
  char text[minusone::max_message];

  void init() {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    std::memset(&mutex, 0, sizeof mutex);
    pthread_mutex_init(&mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
    changes = 0;
    full = 0;
  }

  bool lock(const timespec* deadline) {
    int error = deadline == nullptr ? pthread_mutex_lock(&mutex)
                                    : pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, deadline);
    if (error == ETIMEDOUT) return false;
    // A writer that died before it stored `full` sent nothing; a reader that died before it cleared
    // it took nothing: the slot needs no repair.
    if (error == EOWNERDEAD) error = pthread_mutex_consistent(&mutex);
    if (error != 0) throw std::system_error(error, std::system_category(), "pthread_mutex_lock");
    return true;
  }

  bool lock_when(int wanted, const timespec* deadline) {
    for (;;) {
      if (!lock(deadline)) return false;
      if (full == wanted) return true;
      const int seen = changes.load();
      pthread_mutex_unlock(&mutex);
      if (minusone::has_passed(deadline)) return false;
      timespec pause = recheck;
      if (deadline != nullptr) {
        const timespec left = minusone::time_left(*deadline);
        if (left.tv_sec == 0 && left.tv_nsec < pause.tv_nsec) pause = left;
      }
      syscall(SYS_futex, &changes, FUTEX_WAIT, seen, &pause, nullptr, 0);
    }
  }

  void unlock_as(int state) {
    full = state;
    changes.fetch_add(1);
    pthread_mutex_unlock(&mutex);
    syscall(SYS_futex, &changes, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
  }

  bool write(const char* message, std::size_t size, const timespec* deadline) {
    if (!lock_when(0, deadline)) return false;
    std::memcpy(text, message, size);
    length = size;
    unlock_as(1);
    return true;
  }

  bool read(char* message, std::size_t room, std::size_t& size, const timespec* deadline) {
    if (!lock_when(1, deadline)) return false;
    size = length;
    std::memcpy(message, text, size < room ? size : room);
    unlock_as(0);
    return true;
  }
};

}  // namespace

const minusone::Protocol* minusone_protocol() {
  using namespace minusone;
  static const Protocol protocol = describe<RobustMutex>(
      "safe/robust_mutex",
      Summary{"robust mutex and a futex with a bounded re-check: outlives a death"}, Capacity{1},
      StateWord{"full", offsetof(RobustMutex, full), {0, 1}},
      keeps(Property::legal_state, "the state changes under the mutex only"),
      keeps(Property::no_loss, "a writer waits under the mutex until the slot is empty"),
      keeps(Property::no_duplicate, "one reader at a time holds the mutex and empties the slot"),
      keeps(Property::no_tear, "the text is touched under the mutex only"),
      keeps(Property::no_reorder, "the slot holds one message at a time"),
      keeps(Property::no_deadlock, "each change wakes all, and who missed it looks again"),
      keeps(Property::no_data_race, "the mutex orders every plain access"),
      keeps(Property::survives_death,
            "the next owner is told, the slot is consistent at any moment, "
            "and nobody relies on being woken"),
      acceptable("lost 0, duplicated 0, torn 0, reordered 0, stuck 0",
                 "every message was taken once; whoever waits, waits rightly"),
      forbidden("", "anything else"));
  return &protocol;
}
