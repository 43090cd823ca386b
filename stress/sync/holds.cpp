#include "stress/sync/holds.h"

#include "stress/sync/actions.h"

namespace minusone {

Action gives_back(Action taken) {
  switch (taken) {
    case Action::mutex_lock:
    case Action::mutex_trylock:
    case Action::mutex_timedlock:
      return Action::mutex_unlock;
    case Action::rwlock_read:
    case Action::rwlock_write:
      return Action::rwlock_unlock;
    case Action::spin_lock:
    case Action::spin_trylock:
      return Action::spin_unlock;
    case Action::sem_wait:
    case Action::sem_trywait:
    case Action::sem_timedwait:
      return Action::sem_post;
    default:
      return Action::none;
  }
}

bool begins_hold(Action action) {
  return gives_back(action) != Action::none && action != Action::mutex_timedlock &&
         action != Action::sem_timedwait;
}

bool only_tries(const Context& call) {
  switch (call.action()) {
    case Action::mutex_trylock:
    case Action::mutex_timedlock:
    case Action::spin_trylock:
    case Action::sem_trywait:
    case Action::sem_timedwait:
    case Action::sem_getvalue:
      return true;
    case Action::rwlock_read:
    case Action::rwlock_write:
      return call.b != 0;
    default:
      return false;
  }
}

}  // namespace minusone
