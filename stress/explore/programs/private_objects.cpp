// A channel whose object was made for one process and is used by several. KIND: which one.
#include <pthread.h>
#include <semaphore.h>

#include <condition_variable>
#include <mutex>

#include "protocol/protocol.h"

namespace {

struct Mutex {
  pthread_mutex_t mutex;
  void init() { pthread_mutex_init(&mutex, nullptr); }
  void use() {
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
  }
};

struct Shared {
  pthread_mutex_t mutex;
  void init() {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&mutex, &attributes);
  }
  void use() {
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
  }
};

struct Zeroed {
  pthread_mutex_t mutex;
  void init() {}
  void use() {
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
  }
};

struct Condition {
  pthread_cond_t condition;
  void init() { pthread_cond_init(&condition, nullptr); }
  void use() { pthread_cond_signal(&condition); }
};

struct ReadWriteLock {
  pthread_rwlock_t lock;
  void init() { pthread_rwlock_init(&lock, nullptr); }
  void use() {
    pthread_rwlock_rdlock(&lock);
    pthread_rwlock_unlock(&lock);
  }
};

struct Barrier {
  pthread_barrier_t barrier;
  void init() { pthread_barrier_init(&barrier, nullptr, 1); }
  void use() { pthread_barrier_wait(&barrier); }
};

struct Semaphore {
  sem_t semaphore;
  void init() { sem_init(&semaphore, 0, 1); }
  void use() {
    sem_wait(&semaphore);
    sem_post(&semaphore);
  }
};

struct Once {
  pthread_once_t once;
  void init() { once = PTHREAD_ONCE_INIT; }
  void use() {
    pthread_once(&once, [] {});
  }
};

struct StdMutex {
  std::mutex mutex;
  void init() {}
  void use() { const std::lock_guard lock(mutex); }
};

struct StdCondition {
  std::condition_variable condition;
  void init() {}
  void use() { condition.notify_one(); }
};

struct Private {
  KIND object;
  int uses;

  void init() {
    object.init();
    uses = 0;
  }
  void write(const char*, std::size_t) { object.use(); }
  std::size_t read(char*, std::size_t) {
    object.use();
    return 0;
  }
};

}  // namespace

const minusone::Protocol* minusone_protocol() {
  using namespace minusone;
  static const Protocol protocol =
      describe<Private>("test/private_object", Summary{"an object of one process"}, Capacity{1});
  return &protocol;
}
