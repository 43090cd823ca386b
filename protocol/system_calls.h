#pragma once

#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

#include <utility>

namespace minusone {

/// The one seam under the calls that create and remove kernel objects: a test puts a refusing
/// function in place of any of them (see ScopedCall), so that each errno can be injected.
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
