// A model of cond_killed_waiter.cpp, with glibc's condition variable as it was from 2.25 to 2.40: a
// broadcast that finds waiters waits until those of the broadcast before have left, and whoever died
// among them never leaves. Left out: text beyond two cells, sizes, spurious wake-ups.
#define WORD is_full
#define LEGAL (is_full == 0 || is_full == 1)
#define REGISTERS byte size
#define FORGET size = 0
#define UNDO \
  if \
  :: owner == me -> owner = NOBODY; owner_died = 1 \
  :: else \
  fi; \
  dead = dead | ((waiting | woken) & (1 << me))
#define WHOLE (size != 0 && got[0] == got[1] && got[0] != 0)
#include "protocol/history.pml"

byte owner = NOBODY;  // of the mutex
bit owner_died;
byte waiting;  // on the condition: a bit an agent
byte woken;    // by a broadcast, and have not left it
byte dead;     // of both
byte is_full;
byte length;
byte text[2];

#define LEAVES ((woken & (1 << me)) && owner == NOBODY)

inline lock_when(wanted) {
  if
  :: STEP(owner == NOBODY && !owner_died -> owner = me)    // 49: owned(pthread_mutex_lock(&mutex));
  :: STEP(owner == NOBODY && owner_died -> owner = me);    // 49: owned(pthread_mutex_lock(&mutex));
     STEP(owner_died = 0)                                  // 44: if (error == EOWNERDEAD) error = pthread_mutex_consistent(&mutex);
  fi;
  do
  :: STEP(is_full == wanted) -> break                      // 50: while (full != wanted) owned(pthread_cond_wait(&changed, &mutex));
  :: STEP(is_full != wanted);                              // 50: while (full != wanted) owned(pthread_cond_wait(&changed, &mutex));
     STEP(owner = NOBODY; waiting = waiting | (1 << me));  // 50: while (full != wanted) owned(pthread_cond_wait(&changed, &mutex));
     if
     :: STEP(LEAVES && !owner_died -> owner = me; woken = woken & ~(1 << me))  // 50: while (full != wanted) owned(pthread_cond_wait(&changed, &mutex));
     :: STEP(LEAVES && owner_died -> owner = me; woken = woken & ~(1 << me));  // 50: while (full != wanted) owned(pthread_cond_wait(&changed, &mutex));
        STEP(owner_died = 0)                               // 44: if (error == EOWNERDEAD) error = pthread_mutex_consistent(&mutex);
     fi
  od
}

inline write() {
  lock_when(0);               // 60: lock_when(0);
  STEP(text[0] = message);    // 61: std::memcpy(text, message, size);
  STEP(text[1] = message);    // 61: std::memcpy(text, message, size);
  STEP(length = 1);           // 62: length = size;
  STEP(is_full = 1);             // 54: full = state;
  STEP(waiting == 0 || !(woken & dead) -> woken = woken | waiting; waiting = 0);  // 55: pthread_cond_broadcast(&changed);
  DONE(owner = NOBODY)        // 56: pthread_mutex_unlock(&mutex);
}

inline read() {
  lock_when(1);               // 67: lock_when(1);
  STEP(size = length);        // 68: const std::size_t size = length;
  STEP(got[0] = text[0]);     // 69: std::memcpy(message, text, size < room ? size : room);
  STEP(got[1] = text[1]);     // 69: std::memcpy(message, text, size < room ? size : room);
  STEP(is_full = 0);             // 54: full = state;
  STEP(waiting == 0 || !(woken & dead) -> woken = woken | waiting; waiting = 0);  // 55: pthread_cond_broadcast(&changed);
  DONE(owner = NOBODY)        // 56: pthread_mutex_unlock(&mutex);
}

#include "protocol/workload.pml"
