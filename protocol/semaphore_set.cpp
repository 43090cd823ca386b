#include "protocol/semaphore_set.h"

#include <fmt/format.h>

#include <cerrno>
#include <utility>

#include "protocol/deadline.h"
#include "protocol/os_error.h"
#include "protocol/system_calls.h"

namespace minusone {

SemaphoreSet SemaphoreSet::create(std::vector<unsigned short> values, RunLog& log) {
  SemaphoreSet made;
  made.creator_ = getpid();
  for (;;) {
    made.key_ = log.reserve_key("sem");
    made.name_ =
        fmt::format("System V semaphore set, key {:#x}, {} semaphores", made.key_, values.size());
    made.id_ = system_calls.semget(made.key_, static_cast<int>(values.size()),
                                   IPC_CREAT | IPC_EXCL | 0600);
    if (made.id_ != -1) break;
    if (errno != EEXIST) throw OsError(errno, "semget", made.name_);
    log.release_key("sem", made.key_);
  }
  if (system_calls.semctl(made.id_, 0, SETALL, values.data()) == -1)
    throw OsError(errno, "semctl(SETALL)", made.name_);
  return made;
}

SemaphoreSet SemaphoreSet::attach(key_t key, int semaphores) {
  SemaphoreSet made;
  made.key_ = key;
  made.name_ = fmt::format("System V semaphore set, key {:#x}, {} semaphores", key, semaphores);
  made.id_ = system_calls.semget(key, semaphores, 0600);
  if (made.id_ == -1) throw OsError(errno, "semget", made.name_);
  return made;
}

SemaphoreSet::SemaphoreSet(SemaphoreSet&& other) noexcept
    : name_(std::move(other.name_)),
      key_(other.key_),
      id_(std::exchange(other.id_, -1)),
      creator_(other.creator_) {}

SemaphoreSet::~SemaphoreSet() {
  if (id_ != -1 && creator_ == getpid()) system_calls.semctl(id_, 0, IPC_RMID, nullptr);
}

bool SemaphoreSet::change(std::span<const sembuf> operations, const timespec* deadline) const {
  for (;;) {
    timespec left{};
    if (deadline != nullptr) left = time_left(*deadline);
    if (system_calls.semtimedop(id_, const_cast<sembuf*>(operations.data()), operations.size(),
                                deadline != nullptr ? &left : nullptr) == 0) {
      return true;
    }
    if (errno == EAGAIN) return false;
    if (errno != EINTR) throw OsError(errno, "semop", name_);
  }
}

int SemaphoreSet::control(int number, int command, long value) const {
  const int answer = system_calls.semctl(id_, number, command, reinterpret_cast<void*>(value));
  if (answer == -1) throw OsError(errno, "semctl", fmt::format("{}, number {}", name_, number));
  return answer;
}

int SemaphoreSet::value(int number) const { return control(number, GETVAL); }
void SemaphoreSet::set_value(int number, int value) { control(number, SETVAL, value); }
int SemaphoreSet::waiters(int number) const { return control(number, GETNCNT); }
pid_t SemaphoreSet::last_user(int number) const { return control(number, GETPID); }

}  // namespace minusone
