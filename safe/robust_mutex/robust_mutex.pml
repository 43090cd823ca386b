// A model of robust_mutex.cpp. Left out: text beyond two cells, sizes, timeouts (so nobody is saved
// by the bounded re-check: who sleeps must be woken), EINTR and spurious wake-ups. The
// sequence number wraps around at 64, not at 2^32, and for agents that never end at 8.
#define WORD is_full
#define LEGAL (is_full == 0 || is_full == 1)
#define REGISTERS byte seen; byte size
#define FORGET seen = 0; size = 0
#define WHOLE (size != 0 && got[0] == got[1] && got[0] != 0)
#ifdef FOREVER
#define WRAP 8
#else
#define WRAP 64
#endif
#include "protocol/history.pml"

bit locked;
byte changes;
byte asleep;  // on `changes`: a bit an agent
byte is_full;
byte length;
byte text[2];

inline lock_when(wanted) {
  do
  :: STEP(!locked -> locked = 1);                              // 43: int error = deadline == nullptr ? pthread_mutex_lock(&mutex)
     if
     :: STEP(is_full == wanted) -> break                          // 56: if (full == wanted) return true;
     :: STEP(is_full != wanted);                                  // 56: if (full == wanted) return true;
        STEP(seen = changes);                                  // 57: const int seen = changes.load();
        STEP(locked = 0);                                      // 58: pthread_mutex_unlock(&mutex);
        if
        :: STEP(changes == seen -> asleep = asleep | (1 << me); seen = 0);  // 65: syscall(SYS_futex, &changes, FUTEX_WAIT, seen, &pause, nullptr, 0);
           STEP(!(asleep & (1 << me)))                         // 65: syscall(SYS_futex, &changes, FUTEX_WAIT, seen, &pause, nullptr, 0);
        :: STEP(changes != seen -> seen = 0)                   // 65: syscall(SYS_futex, &changes, FUTEX_WAIT, seen, &pause, nullptr, 0);
        fi
     fi
  od
}

inline write() {
  lock_when(0);               // 77: if (!lock_when(0, deadline)) return false;
  STEP(text[0] = message);    // 78: std::memcpy(text, message, size);
  STEP(text[1] = message);    // 78: std::memcpy(text, message, size);
  STEP(length = 1);           // 79: length = size;
  STEP(is_full = 1);             // 70: full = state;
  STEP(changes = (changes + 1) % WRAP);  // 71: changes.fetch_add(1);
  STEP(locked = 0);           // 72: pthread_mutex_unlock(&mutex);
  DONE(asleep = 0)            // 73: syscall(SYS_futex, &changes, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

inline read() {
  lock_when(1);               // 85: if (!lock_when(1, deadline)) return false;
  STEP(size = length);        // 86: size = length;
  STEP(got[0] = text[0]);     // 87: std::memcpy(message, text, size < room ? size : room);
  STEP(got[1] = text[1]);     // 87: std::memcpy(message, text, size < room ? size : room);
  STEP(is_full = 0);             // 70: full = state;
  STEP(changes = (changes + 1) % WRAP);  // 71: changes.fetch_add(1);
  STEP(locked = 0);           // 72: pthread_mutex_unlock(&mutex);
  DONE(asleep = 0)            // 73: syscall(SYS_futex, &changes, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

#include "protocol/workload.pml"
