// A model of futex_slot.cpp. Left out: text beyond two cells, sizes, timeouts, EINTR and spurious
// wake-ups (each of them only makes an agent look again).
#define EMPTY 0
#define FULL 1
#define WRITING 2
#define READING 3
#define WORD state
#define LEGAL (state <= READING)
#define REGISTERS byte seen; byte size
#define FORGET seen = 0; size = 0
#define UNDO asleep = asleep & ~(1 << me)
#define WHOLE (size != 0 && got[0] == got[1] && got[0] != 0)
#include "protocol/history.pml"

byte state;
byte asleep;  // on `state`: a bit an agent
byte length;
byte text[2];

inline take(from, to) {
  do
  :: STEP(state == from -> state = to) -> break              // 41: if (state.compare_exchange_strong(seen, to)) return true;
  :: STEP(state != from -> seen = state);                    // 41: if (state.compare_exchange_strong(seen, to)) return true;
     if
     :: STEP(state == seen -> asleep = asleep | (1 << me));  // 30: const long failed = syscall(SYS_futex, &state, FUTEX_WAIT_BITSET, seen, deadline, nullptr,
        STEP(!(asleep & (1 << me)) -> seen = 0)              // 30: const long failed = syscall(SYS_futex, &state, FUTEX_WAIT_BITSET, seen, deadline, nullptr,
     :: STEP(state != seen -> seen = 0)                      // 30: const long failed = syscall(SYS_futex, &state, FUTEX_WAIT_BITSET, seen, deadline, nullptr,
     fi
  od
}

inline write() {
  take(EMPTY, WRITING);       // 53: if (!take(empty, writing, deadline)) return false;
  STEP(text[0] = message);    // 54: std::memcpy(text, message, size);
  STEP(text[1] = message);    // 54: std::memcpy(text, message, size);
  STEP(length = 1);           // 55: length = size;
  STEP(state = FULL);         // 48: state.store(to);
  DONE(asleep = 0)            // 49: syscall(SYS_futex, &state, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

inline read() {
  take(FULL, READING);        // 61: if (!take(full, reading, deadline)) return false;
  STEP(size = length);        // 62: size = length;
  STEP(got[0] = text[0]);     // 63: std::memcpy(message, text, size < room ? size : room);
  STEP(got[1] = text[1]);     // 63: std::memcpy(message, text, size < room ? size : room);
  STEP(state = EMPTY);        // 48: state.store(to);
  DONE(asleep = 0)            // 49: syscall(SYS_futex, &state, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

#include "protocol/workload.pml"
