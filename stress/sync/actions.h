#pragma once

#include <cstdint>

/// The names of all that an agent can announce. A leaf: it includes nothing of ours, so the runtime
/// behind the hooks, which stands below this room, may include it too (cmake/check_includes.cmake).
/// What there is to say of each stands in its family's folder.
namespace minusone {

/// What an agent is about to do. Up to and including `frame_end` these are accesses to memory.
enum class Action : std::uint8_t {
  none,

  // Accesses to memory (memory/).
  plain_read,   ///< a: address, size in the code; the compiled code itself performs it
  plain_write,  ///< likewise
  atomic_load,
  atomic_store,     ///< b: value (c: its upper half at 16 bytes)
  atomic_exchange,  ///< b, c; the old value is the result, as for all below
  atomic_add,
  atomic_sub,
  atomic_and,
  atomic_or,
  atomic_xor,
  atomic_nand,
  /// b: expected, c: desired (d, e: their upper halves at 16 bytes); result: the old value. Below
  /// 16 bytes d may say where the old value goes on failure, and the result is then success.
  atomic_cas,
  range_read,  ///< a: address, b: bytes; whoever announced it reads after it is resumed
  copy,        ///< a: destination, b: source, c: bytes; d: 1 up to and with the first NUL, and the
               ///< result is how many bytes
  fill,        ///< a: address, b: bytes, c: the byte
  fence,
  frame_end,  ///< a: address, b: bytes: of a function that returns, whose variables end

  // What an agent tells its machine of itself (thread/). Any room may name these.
  spawn,          ///< a: function, b: argument; result: the new agent. No step
  fork,           ///< result: the child's process; in the child 0
  finished,       ///< a: exit status, b: 1 by exit(), 2 by main()'s return
  died,           ///< never announced: the scheduler's, of an agent that it let die
  assume_failed,  ///< waits, and what it assumed may come to hold
  input_ends,     ///< reads a line that nobody has typed yet
  choose,         ///< a: how many values, b: the largest, c: ChosenFor; result: the one (chosen())
  violation,      ///< a: const char* sentence, b: ViolationCause
  foreign_stack,  ///< a: the agent on whose stack the access lies; not before seen as shared
  limit_met,  ///< asks for more memory than it may: a limit of the machine's, none of the program's
  bad_access,  ///< a: address, b: bytes, c: BadAccess: what is not there for it

  // Of the primitives. Only this room names these (cmake/check_seam.cmake).
  join,  ///< a: agent

  mutex_init,  ///< a: object, b: type, c: whether it is robust, d: whether processes share it
  mutex_destroy,
  mutex_lock,
  mutex_trylock,
  mutex_timedlock,  ///< b: 1 when the deadline lies in the past, 2 when it is no time
  mutex_unlock,
  mutex_consistent,

  rwlock_read,  ///< a: object, b: rwlock::How
  rwlock_write,
  rwlock_arrive,  ///< before rwlock_write, where writers that wait keep readers out
  rwlock_depart,  ///< behind one whose deadline passed
  rwlock_unlock,
  rwlock_init,  ///< b: PTHREAD_RWLOCK_PREFER_*, c: whether processes share it
  rwlock_destroy,

  cond_init,  ///< a: object, b: whether processes share it
  cond_destroy,
  /// a: condition, b: mutex, c: 1 when the deadline lies in the past, and it is not queued: unlock
  /// and queue up, one step
  cond_release,
  /// a: condition, b: mutex, c: TimeLimit: returns when signalled and the mutex is free
  cond_awake,
  cond_signal,
  cond_broadcast,

  sem_init,  ///< a: object, b: value, c: whether processes share it
  sem_destroy,
  sem_wait,
  sem_trywait,
  sem_timedwait,  ///< b: 1 when the deadline lies in the past
  sem_post,
  sem_getvalue,  ///< result: the value
  sem_open,      ///< a: name, b: flags, c: value; result: its number (semaphore/named.h)
  sem_close,     ///< a: object
  sem_unlink,    ///< a: name

  semget,  ///< a: key, b: number, c: flags
  semctl,  ///< a: id, b: index, c: command, d: argument, or sysv_set::Removal
  semop,   ///< a: id, b: struct sembuf*, c: how many, d: TimeLimit

  shmget,  ///< a: key, b: bytes, c: flags
  shmat,   ///< a: id; result: the address
  shmdt,   ///< a: address
  shmctl,  ///< a: id, b: command

  shm_open,      ///< a: name, b: flags, c: mode, d and e: the room; result: the descriptor
  shm_unlink,    ///< a: name
  memfd_create,  ///< result: the descriptor
  ftruncate,     ///< a: descriptor, b: bytes, d and e: the room, its address and its bytes
  fstat,         ///< a: descriptor; result: the size
  close,         ///< a: descriptor
  mmap,      ///< a: bytes, b: protection, c: flags, d: descriptor, e: offset; result: the address
  munmap,    ///< a: address, b: bytes
  mprotect,  ///< a: address, b: bytes, c: protection

  waitpid,  ///< a: process, -1 or 0: any, b: options; result: the child, its status
  getppid,  ///< a: the parent that it was forked by

  spin_init,  ///< a: object
  spin_destroy,
  spin_lock,
  spin_trylock,
  spin_unlock,

  barrier_init,  ///< a: object, b: how many, c: whether processes share it
  barrier_destroy,
  barrier_arrive,  ///< result: 1 for the last, who does not wait
  barrier_awake,

  once_begin,  ///< a: object; result: 1 for who is to do it, 0 when it was done
  once_end,    ///< b: 0 when it threw, and another is to try again

  futex_wait,  ///< a: address, b: expected, c: bitset, d: 1 where private, e: TimeLimit
  futex_awake,
  futex_wake,  ///< a: address, b: how many, c: bitset, d: 1 where private

  end_of_list,
};

}  // namespace minusone
