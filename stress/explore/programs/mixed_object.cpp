// An object for tests: some of its operations are right, some go wrong in one order of steps only,
// and some in an order of calls only, without a step in common.
#include <pthread.h>
#include <semaphore.h>

#include <atomic>

#include "protocol/object.h"

namespace {

struct Mixed {
  pthread_mutex_t mutex;
  std::atomic<int> count;
  std::atomic<int> left, right;  // meant to be one word
  sem_t given;

  void init() {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&mutex, &attributes);
    count = 0;
    left = 0;
    right = 0;
    sem_init(&given, 1, 0);
  }

  // Right.
  int add() {
    pthread_mutex_lock(&mutex);
    const int before = count;
    count = before + 1;
    pthread_mutex_unlock(&mutex);
    return before;
  }
  // Loses what is added meanwhile.
  int add_without_lock() {
    const int before = count;
    count = before + 1;
    return before;
  }
  // What is set nobody finds.
  void set() { left = 1; }
  bool is_set() { return right == 1; }
  // Goes round until it is set.
  void await_set() {
    while (left == 0) {
    }
  }
  // Waits until something was given; one way to give wakes nobody.
  void give() { sem_post(&given); }
  void give_nothing() { left = 2; }
  void take() { sem_wait(&given); }
};

struct Specification {
  int count = 0;
  bool set_once = false;
  int given = 0;

  int add() { return count++; }
  void set() { set_once = true; }
  bool is_set() { return set_once; }
  void give() { ++given; }
  void take() { --given; }
  void await_set() {}
  bool is_not_set() const { return !set_once; }
  bool has_nothing() const { return given == 0; }
};

}  // namespace

MINUSONE_OBJECT(Mixed, Specification, "test/mixed", op(&Mixed::add, &Specification::add, "add"),
                op(&Mixed::add_without_lock, &Specification::add, "add_without_lock"),
                op(&Mixed::set, &Specification::set, "set"),
                op(&Mixed::is_set, &Specification::is_set, "is_set"),
                op(&Mixed::await_set, &Specification::await_set, "await_set", {},
                   &Specification::is_not_set),
                op(&Mixed::give, &Specification::give, "give"),
                op(&Mixed::give_nothing, &Specification::give, "give_nothing"),
                op(&Mixed::take, &Specification::take, "take", {}, &Specification::has_nothing));
