// A model of robust_mutex.cpp. Left out: text beyond two cells, sizes, EINTR and spurious wake-ups.
// The bounded re-check comes only where nobody can go on, once for each sleeper, the first of them
// first; agents that never end have none: who sleeps must be woken. The sequence number is never but
// compared with what an agent saw of it: a bit an agent says whether it is still that (the code's
// wraps around at 2^32).
#define WORD is_full
#define LEGAL (is_full == 0 || is_full == 1)
#define REGISTERS byte size
#define FORGET size = 0
#define UNDO \
  if \
  :: owner == me -> owner = NOBODY; owner_died = 1 \
  :: else \
  fi; \
  seen = seen & ~(1 << me); asleep = asleep & ~(1 << me); looked = 0
#define WHOLE (size != 0 && got[0] == got[1] && got[0] != 0)
#define AT_REST ((asleep & ~looked) == 0 || draining)
#include "protocol/history.pml"

byte owner = NOBODY;  // of the mutex
bit owner_died;
byte seen;    // a bit an agent: what it saw of `changes` is what `changes` is
byte asleep;  // on `changes`
byte looked;  // of these, who has looked again in vain
byte is_full;
byte length;
byte text[2];

// Of those who have not looked again since something changed, the first.
#ifdef FOREVER
#define TIME_IS_UP false
#else
#define TIME_IS_UP (timeout && !draining && ((asleep & ~looked) & ((1 << (me + 1)) - 1)) == (1 << me))
#endif

inline lock() {
  if
  :: STEP(owner == NOBODY && !owner_died -> owner = me)   // 43: int error = deadline == nullptr ? pthread_mutex_lock(&mutex)
  :: STEP(owner == NOBODY && owner_died -> owner = me);   // 43: int error = deadline == nullptr ? pthread_mutex_lock(&mutex)
     STEP(owner_died = 0)                                 // 48: if (error == EOWNERDEAD) error = pthread_mutex_consistent(&mutex);
  fi
}

inline lock_when(wanted) {
  do
  :: lock();                                              // 55: if (!lock(deadline)) return false;
     if
     :: STEP(is_full == wanted) -> break                  // 56: if (full == wanted) return true;
     :: STEP(is_full != wanted);                          // 56: if (full == wanted) return true;
        STEP(seen = seen | (1 << me));                    // 57: const int seen = changes.load();
        STEP(owner = NOBODY);                             // 58: pthread_mutex_unlock(&mutex);
        if
        :: STEP((seen & (1 << me)) -> asleep = asleep | (1 << me); seen = seen & ~(1 << me));  // 65: syscall(SYS_futex, &changes, FUTEX_WAIT, seen, &pause, nullptr, 0);
           if
           :: STEP(!(asleep & (1 << me)))                 // 65: syscall(SYS_futex, &changes, FUTEX_WAIT, seen, &pause, nullptr, 0);
           :: STEP(TIME_IS_UP -> asleep = asleep & ~(1 << me); looked = looked | (1 << me))  // 65: syscall(SYS_futex, &changes, FUTEX_WAIT, seen, &pause, nullptr, 0);
           fi
        :: STEP(!(seen & (1 << me)))                      // 65: syscall(SYS_futex, &changes, FUTEX_WAIT, seen, &pause, nullptr, 0);
        fi
     fi
  od
}

inline write() {
  lock_when(0);               // 77: if (!lock_when(0, deadline)) return false;
  STEP(text[0] = message);    // 78: std::memcpy(text, message, size);
  STEP(text[1] = message);    // 78: std::memcpy(text, message, size);
  STEP(length = 1);           // 79: length = size;
  STEP(is_full = 1);          // 70: full = state;
  STEP(seen = 0; looked = 0); // 71: changes.fetch_add(1);
  STEP(owner = NOBODY);       // 72: pthread_mutex_unlock(&mutex);
  DONE(asleep = 0)            // 73: syscall(SYS_futex, &changes, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

inline read() {
  lock_when(1);               // 85: if (!lock_when(1, deadline)) return false;
  STEP(size = length);        // 86: size = length;
  STEP(got[0] = text[0]);     // 87: std::memcpy(message, text, size < room ? size : room);
  STEP(got[1] = text[1]);     // 87: std::memcpy(message, text, size < room ? size : room);
  STEP(is_full = 0);          // 70: full = state;
  STEP(seen = 0; looked = 0); // 71: changes.fetch_add(1);
  STEP(owner = NOBODY);       // 72: pthread_mutex_unlock(&mutex);
  DONE(asleep = 0)            // 73: syscall(SYS_futex, &changes, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

#include "protocol/workload.pml"
