#pragma once

#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

namespace minusone {

/// The one seam under the calls on kernel objects: a test puts a refusing function in place of any
/// of them (see ScopedCall), so that each errno can be injected.
struct SystemCalls {
  int (*shmget)(key_t, size_t, int) = ::shmget;
  void* (*shmat)(int, const void*, int) = ::shmat;
  int (*shmdt)(const void*) = ::shmdt;
  int (*shmctl)(int, int, shmid_ds*) = ::shmctl;
  int (*shm_open)(const char*, int, mode_t) = ::shm_open;
  int (*shm_unlink)(const char*) = ::shm_unlink;
  int (*memfd_create)(const char*, unsigned) = ::memfd_create;
  int (*ftruncate)(int, off_t) = ::ftruncate;
  void* (*mmap)(void*, size_t, int, int, int, off_t) = ::mmap;
  int (*munmap)(void*, size_t) = ::munmap;
  key_t (*ftok)(const char*, int) = ::ftok;

  int (*semget)(key_t, int, int) = ::semget;
  int (*semtimedop)(int, sembuf*, size_t, const timespec*) = ::semtimedop;
  /// `argument` is what semctl(2) calls arg: a value, or a pointer as the command wants it.
  int (*semctl)(int, int, int, void*) = [](int id, int number, int command, void* argument) {
    return ::semctl(id, number, command, argument);
  };

  int (*sem_init)(sem_t*, int, unsigned) = ::sem_init;
  int (*sem_clockwait)(sem_t*, clockid_t, const timespec*) = ::sem_clockwait;
  int (*sem_wait)(sem_t*) = ::sem_wait;
  int (*sem_post)(sem_t*) = ::sem_post;

  int (*mutex_init)(pthread_mutex_t*, const pthread_mutexattr_t*) = ::pthread_mutex_init;
  int (*mutex_lock)(pthread_mutex_t*) = ::pthread_mutex_lock;
  int (*mutex_clocklock)(pthread_mutex_t*, clockid_t, const timespec*) = ::pthread_mutex_clocklock;
  int (*mutex_unlock)(pthread_mutex_t*) = ::pthread_mutex_unlock;

  long (*futex)(const void*, int, std::uint32_t, const timespec*,
                std::uint32_t) = [](const void* word, int operation, std::uint32_t value,
                                    const timespec* time, std::uint32_t bits) {
    return ::syscall(SYS_futex, word, operation, value, time, nullptr, bits);
  };
};

/// The calls in force; written by tests only, before agents exist.
inline SystemCalls system_calls;

/// Puts `replacement` in place of one call as long as it lives.
template <class Function>
class ScopedCall {
 public:
  ScopedCall(Function SystemCalls::*call, Function replacement)
      : call_(call), saved_(std::exchange(system_calls.*call, replacement)) {}
  ~ScopedCall() { system_calls.*call_ = saved_; }
  ScopedCall(const ScopedCall&) = delete;
  ScopedCall& operator=(const ScopedCall&) = delete;

 private:
  Function SystemCalls::*call_;
  Function saved_;
};

}  // namespace minusone
