#include "stress/sync/sync_steps.h"

#include <pthread.h>
#include <sys/ipc.h>

namespace minusone {

void describe_sync_step(const Context& context, Step& step) {
  switch (step.action) {
    case Action::cond_release:
      step.add(queue_of(context.a), 1, true, true);
      step.add(context.b, sizeof(pthread_mutex_t), true, true);
      break;
    case Action::cond_awake:
      step.add(wake_up_of(context.a, context.id), 1, true, true);
      step.add(context.b, sizeof(pthread_mutex_t), true, true);
      break;
    case Action::cond_signal:
    case Action::cond_broadcast:
    case Action::cond_forget:
      step.add(queue_of(context.a), 1, true, true);
      break;
    case Action::mutex_init:
    case Action::mutex_destroy:
    case Action::mutex_lock:
    case Action::mutex_trylock:
    case Action::mutex_timedlock:
    case Action::mutex_unlock:
    case Action::mutex_consistent:
      step.add(context.a, sizeof(pthread_mutex_t), true, true);
      break;
    case Action::futex_wait:
      step.add(context.a, 4, true, false);
      step.add(queue_of(context.a), 1, true, true);
      break;
    case Action::futex_awake:
      step.add(wake_up_of(context.a, context.id), 1, true, true);
      break;
    case Action::futex_wake:
      step.add(queue_of(context.a), 1, true, true);
      break;
    case Action::spin_forget:
    case Action::spin_lock:
    case Action::spin_trylock:
    case Action::spin_unlock:
    case Action::once_begin:
    case Action::once_end:
      step.add(context.a, 4, true, true);
      break;
    case Action::barrier_init:
    case Action::barrier_destroy:
    case Action::barrier_arrive:
      step.add(queue_of(context.a), 1, true, true);
      break;
    case Action::barrier_awake:
      step.add(wake_up_of(context.a, context.id), 1, true, true);
      break;
    case Action::semget:
      step.add(sysv_set(0), 1, true, true);
      break;
    case Action::semctl:
    case Action::semop:
      step.add(sysv_set(context.a), 1, true, true);
      break;
    case Action::shmget: {
      // Who makes it where all would is all the same.
      const int flags = static_cast<int>(context.c);
      const bool only_finds = (flags & IPC_CREAT) == 0 || (flags & IPC_EXCL) != 0;
      step.add(sysv_segments, 1, true, only_finds);
      break;
    }
    case Action::shmat:
    case Action::shmdt:
      step.add(sysv_segments, 1, true, false);
      break;
    case Action::shmctl:
      step.add(sysv_segments, 1, true, true);
      break;
    case Action::join:
      step.add(end_of_agent(context.a), 1, true, false);
      break;
    case Action::assume_failed:
    case Action::input_ends:
      break;
    case Action::finished:
      step.add(end_of_agent(step.agent), 1, false, true);
      break;
    default:
      step.add(context.a, 8, true, true);  // semaphores, read-write locks
  }
}

}  // namespace minusone
