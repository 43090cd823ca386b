// A model of cond_killed_waiter.cpp while all live. Left out: text beyond two cells, sizes, spurious
// wake-ups, and deaths: what glibc's books do after one lies below the source.
#define WORD is_full
#define LEGAL (is_full == 0 || is_full == 1)
#define REGISTERS byte size
#define FORGET size = 0
#define WHOLE (size != 0 && got[0] == got[1] && got[0] != 0)
#define BELOW_THE_SOURCE survives_death
#include "protocol/history.pml"

bit locked;
byte waiting;  // on the condition: a bit an agent
byte is_full;
byte length;
byte text[2];

inline lock_when(wanted) {
  STEP(!locked -> locked = 1);                                      // 49: owned(pthread_mutex_lock(&mutex));
  do
  :: STEP(is_full == wanted) -> break                                  // 50: while (full != wanted) owned(pthread_cond_wait(&changed, &mutex));
  :: STEP(is_full != wanted);                                          // 50: while (full != wanted) owned(pthread_cond_wait(&changed, &mutex));
     STEP(locked = 0; waiting = waiting | (1 << me));               // 50: while (full != wanted) owned(pthread_cond_wait(&changed, &mutex));
     STEP(!(waiting & (1 << me)) && !locked -> locked = 1)          // 50: while (full != wanted) owned(pthread_cond_wait(&changed, &mutex));
  od
}

inline write() {
  lock_when(0);               // 60: lock_when(0);
  STEP(text[0] = message);    // 61: std::memcpy(text, message, size);
  STEP(text[1] = message);    // 61: std::memcpy(text, message, size);
  STEP(length = 1);           // 62: length = size;
  STEP(is_full = 1);             // 54: full = state;
  STEP(waiting = 0);          // 55: pthread_cond_broadcast(&changed);
  DONE(locked = 0)            // 56: pthread_mutex_unlock(&mutex);
}

inline read() {
  lock_when(1);               // 67: lock_when(1);
  STEP(size = length);        // 68: const std::size_t size = length;
  STEP(got[0] = text[0]);     // 69: std::memcpy(message, text, size < room ? size : room);
  STEP(got[1] = text[1]);     // 69: std::memcpy(message, text, size < room ? size : room);
  STEP(is_full = 0);             // 54: full = state;
  STEP(waiting = 0);          // 55: pthread_cond_broadcast(&changed);
  DONE(locked = 0)            // 56: pthread_mutex_unlock(&mutex);
}

#include "protocol/workload.pml"
