// The textbook's monitor, shared by processes: mutex, condition variable, a predicate in a loop.
// The mutex is robust; a condition variable cannot be. A waiter that is killed stays in its books,
// and a later broadcast waits for it for ever (glibc 2.25 to 2.40: pthread_cond_broadcast() waits
// until the group before has left); a holder that is killed before it broadcasts leaves sleepers
// asleep.
#include <pthread.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "protocol/protocol.h"

namespace {

struct CondKilledWaiter {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  int full;
  std::size_t length;
  char text[minusone::max_message];

  void init() {
    pthread_mutexattr_t shared_mutex;
    pthread_mutexattr_init(&shared_mutex);
    pthread_mutexattr_setpshared(&shared_mutex, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&shared_mutex, PTHREAD_MUTEX_ROBUST);
    std::memset(&mutex, 0, sizeof mutex);
    pthread_mutex_init(&mutex, &shared_mutex);
    pthread_mutexattr_destroy(&shared_mutex);

    pthread_condattr_t shared_condition;
    pthread_condattr_init(&shared_condition);
    pthread_condattr_setpshared(&shared_condition, PTHREAD_PROCESS_SHARED);
    std::memset(&changed, 0, sizeof changed);
    pthread_cond_init(&changed, &shared_condition);
    pthread_condattr_destroy(&shared_condition);
    full = 0;
  }

  // `full` changes last, so what a dead owner leaves is consistent: the message is there or it is
  // not.
  void owned(int error) {
    if (error == EOWNERDEAD) error = pthread_mutex_consistent(&mutex);
    if (error != 0) throw std::system_error(error, std::system_category(), "pthread_mutex_lock");
  }

  void lock_when(int wanted) {
    owned(pthread_mutex_lock(&mutex));
    while (full != wanted) owned(pthread_cond_wait(&changed, &mutex));
  }

  void unlock_as(int state) {
    full = state;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
  }

  void write(const char* message, std::size_t size) {
    lock_when(0);
    std::memcpy(text, message, size);
    length = size;
    unlock_as(1);
  }

  std::size_t read(char* message, std::size_t room) {
    lock_when(1);
    const std::size_t size = length;
    std::memcpy(message, text, size < room ? size : room);
    unlock_as(0);
    return size;
  }
};

/// From glibc 2.41 on no broadcast waits for the dead, and the second death is left.
constexpr bool waits_for_the_dead = !__GLIBC_PREREQ(2, 41);

}  // namespace

const minusone::Protocol* minusone_protocol() {
  using namespace minusone;
  static const Protocol protocol = describe<CondKilledWaiter>(
      "naive/cond_killed_waiter", Summary{"robust mutex, condition variable: not robust together"},
      Capacity{1}, StateWord{"full", offsetof(CondKilledWaiter, full), {0, 1}},
      keeps(Property::legal_state, "the state changes under the mutex only"),
      keeps(Property::no_loss, "a writer waits under the mutex until the slot is empty"),
      keeps(Property::no_duplicate, "one reader at a time holds the mutex and empties the slot"),
      keeps(Property::no_tear, "the text is touched under the mutex only"),
      keeps(Property::no_reorder, "the slot holds one message at a time"),
      keeps(Property::no_deadlock, "while all live, each change wakes every waiter"),
      keeps(Property::no_data_race, "the mutex orders every access"),
      breaks(Property::survives_death,
             waits_for_the_dead ? "a killed waiter is waited for by later broadcasts, and a "
                                  "holder killed before its broadcast leaves sleepers asleep"
                                : "a holder killed before its broadcast leaves sleepers asleep",
             {.writers = 1,
              .readers = 2,
              .messages = 40,
              .death = waits_for_the_dead ? Death::reader : Death::any}),
      acceptable("lost 0, duplicated 0, torn 0, reordered 0, stuck 0",
                 "every message was taken once; whoever waits, waits rightly"),
      forbidden("stuck > 0", "an agent sleeps although the slot is ready for it"),
      forbidden("", "anything else"));
  return &protocol;
}
