#include "stress/processes/real_calls.h"

#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <vector>

namespace minusone {

namespace {

constexpr timespec long_past{1, 0};

std::int64_t or_errno(int result) { return result == -1 ? -errno : result; }

// pthread_mutex_lock in all that it answers (EDEADLK, EOWNERDEAD, a recursion), but for the sleep.
std::optional<std::int64_t> lock(pthread_mutex_t* mutex) {
  const int error = pthread_mutex_timedlock(mutex, &long_past);
  if (error == ETIMEDOUT) return std::nullopt;
  return error;
}

std::optional<std::int64_t> call_mutex(const Context& call) {
  auto* const mutex = reinterpret_cast<pthread_mutex_t*>(call.a);
  switch (call.action()) {
    case Action::mutex_init: {
      pthread_mutexattr_t attributes;
      pthread_mutexattr_init(&attributes);
      pthread_mutexattr_settype(&attributes, static_cast<int>(call.b));
      pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
      if (call.c != 0) pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
      const int error = pthread_mutex_init(mutex, &attributes);
      pthread_mutexattr_destroy(&attributes);
      return error;
    }
    case Action::mutex_destroy:
      return pthread_mutex_destroy(mutex);
    case Action::mutex_lock:
      return lock(mutex);
    case Action::mutex_trylock:
      return pthread_mutex_trylock(mutex);
    case Action::mutex_timedlock: {
      const auto result = lock(mutex);
      return !result && call.b != 0 ? ETIMEDOUT : result;
    }
    case Action::mutex_unlock:
      return pthread_mutex_unlock(mutex);
    case Action::cond_release:
      return pthread_mutex_unlock(reinterpret_cast<pthread_mutex_t*>(call.b));
    case Action::cond_awake:
      return lock(reinterpret_cast<pthread_mutex_t*>(call.b));
    default:
      return pthread_mutex_consistent(mutex);
  }
}

std::optional<std::int64_t> call_rwlock(const Context& call) {
  auto* const lock = reinterpret_cast<pthread_rwlock_t*>(call.a);
  int error = 0;
  switch (call.action()) {
    case Action::rwlock_read:
      if (call.b != 0) return pthread_rwlock_tryrdlock(lock);
      error = pthread_rwlock_timedrdlock(lock, &long_past);
      break;
    case Action::rwlock_write:
      if (call.b != 0) return pthread_rwlock_trywrlock(lock);
      error = pthread_rwlock_timedwrlock(lock, &long_past);
      break;
    case Action::rwlock_unlock:
      return pthread_rwlock_unlock(lock);
    default: {  // rwlock_forget: made, or given back
      pthread_rwlockattr_t attributes;
      pthread_rwlockattr_init(&attributes);
      pthread_rwlockattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
      error = pthread_rwlock_init(lock, &attributes);
      pthread_rwlockattr_destroy(&attributes);
      return error;
    }
  }
  if (error == ETIMEDOUT) return std::nullopt;
  return error;
}

std::optional<std::int64_t> call_semaphore(const Context& call) {
  auto* const semaphore = reinterpret_cast<sem_t*>(call.a);
  switch (call.action()) {
    case Action::sem_init:
      return or_errno(sem_init(semaphore, 1, static_cast<unsigned>(call.b)));
    case Action::sem_destroy:
      return or_errno(sem_destroy(semaphore));
    case Action::sem_trywait:
      return or_errno(sem_trywait(semaphore));
    case Action::sem_wait:
    case Action::sem_timedwait: {
      const auto result = or_errno(sem_trywait(semaphore));
      if (result != -EAGAIN) return result;
      if (call.action() == Action::sem_timedwait && call.b != 0) return -ETIMEDOUT;
      return std::nullopt;
    }
    case Action::sem_post:
      return or_errno(sem_post(semaphore));
    default: {
      int value = 0;
      const auto result = or_errno(sem_getvalue(semaphore, &value));
      return result < 0 ? result : value;
    }
  }
}

std::optional<std::int64_t> call_sysv(const Context& call, int id) {
  if (call.action() == Action::semctl) {
    return or_errno(semctl(id, static_cast<int>(call.b), static_cast<int>(call.c), call.d));
  }
  const auto* const given = reinterpret_cast<const sembuf*>(call.b);
  std::vector<sembuf> operations(given, given + call.c);
  bool never_waits = static_cast<TimeLimit>(call.d) == TimeLimit::past;
  for (sembuf& operation : operations) {
    never_waits |= (operation.sem_flg & IPC_NOWAIT) != 0;
    operation.sem_flg = static_cast<short>(operation.sem_flg | IPC_NOWAIT);
  }
  const auto result = or_errno(semop(id, operations.data(), operations.size()));
  if (result == -EAGAIN && !never_waits) return std::nullopt;
  return result;
}

}  // namespace

bool asks_controller(const Context& call) {
  switch (call.action()) {
    case Action::cond_forget:
    case Action::cond_release:
    case Action::cond_awake:
    case Action::cond_signal:
    case Action::cond_broadcast:
    case Action::futex_wait:
    case Action::futex_awake:
    case Action::futex_wake:
    case Action::barrier_init:
    case Action::barrier_destroy:
    case Action::barrier_arrive:
    case Action::barrier_awake:
    case Action::once_begin:
    case Action::once_end:
    case Action::spin_forget:
    case Action::spin_lock:
    case Action::spin_trylock:
    case Action::spin_unlock:
    case Action::semget:
    case Action::shmget:
    case Action::shmat:
    case Action::shmdt:
    case Action::shmctl:
    case Action::join:
    case Action::assume_failed:
    case Action::input_ends:
    case Action::finished:
      return true;
    case Action::semctl:
      return call.c == IPC_RMID || call.c == GETPID;
    default:
      return false;
  }
}

std::optional<std::int64_t> make_real_call(
    const Context& call, const std::array<RealSet, ControlPage::most_sets>& sets) {
  switch (call.action()) {
    case Action::mutex_init:
    case Action::mutex_destroy:
    case Action::mutex_lock:
    case Action::mutex_trylock:
    case Action::mutex_timedlock:
    case Action::mutex_unlock:
    case Action::mutex_consistent:
    case Action::cond_release:
    case Action::cond_awake:
      return call_mutex(call);
    case Action::rwlock_read:
    case Action::rwlock_write:
    case Action::rwlock_unlock:
    case Action::rwlock_forget:
      return call_rwlock(call);
    case Action::semctl:
    case Action::semop:
      return call_sysv(call, call.a < sets.size() ? sets[call.a].id : -1);
    default:
      return call_semaphore(call);
  }
}

bool real_futex_would_sleep(const Context& call) {
  constexpr timespec no_time{0, 0};
  const int operation = FUTEX_WAIT | (call.d != 0 ? FUTEX_PRIVATE_FLAG : 0);
  return syscall(SYS_futex, call.a, operation, static_cast<std::uint32_t>(call.b), &no_time,
                 nullptr, 0) == -1 &&
         errno == ETIMEDOUT;
}

// set_robust_list(2): the list's head points to itself when it is empty.
void forget_robust_mutexes() {
  robust_list_head* head = nullptr;
  std::size_t bytes = 0;
  if (syscall(SYS_get_robust_list, 0, &head, &bytes) != 0 || head == nullptr) return;
  head->list.next = &head->list;
  head->list_op_pending = nullptr;
}

}  // namespace minusone
