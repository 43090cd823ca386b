// A model of atomic_wait.cpp between processes, with what libstdc++ 12 makes of wait() and
// notify_all(): it looks sixteen times, then sleeps on a futex that is private to its process; and a
// notify that finds no waiter in the books of its own process wakes nobody.
// Left out: text beyond two cells, sizes.
#define EMPTY 0
#define FULL 1
#define WRITING 2
#define READING 3
#define WORD state
#define LEGAL (state <= READING)
#define REGISTERS byte seen; byte size; byte looks
#define FORGET seen = 0; size = 0; looks = 0
#define WHOLE (size != 0 && got[0] == got[1] && got[0] != 0)
#include "protocol/history.pml"

byte state;
byte length;
byte text[2];

#define LOOKS 16
#define FELL_THROUGH 17  // the futex's word was not `seen` any more

inline take(from, to) {
  do
  :: STEP(state == from -> state = to) -> break     // 23: if (state.compare_exchange_strong(seen, to)) return;
  :: STEP(state != from -> seen = state; looks = 0) // 23: if (state.compare_exchange_strong(seen, to)) return;
     do
     :: STEP(looks < LOOKS && state == seen -> looks++)                // 24: state.wait(seen);
     :: STEP(looks == LOOKS && state == seen -> looks = 0); false      // 24: state.wait(seen);
     :: STEP(looks == LOOKS && state != seen -> looks = FELL_THROUGH)  // 24: state.wait(seen);
     :: STEP(looks == FELL_THROUGH && state == seen -> looks = 0)      // 24: state.wait(seen);
     :: STEP(looks != LOOKS && state != seen -> looks = 0) -> break    // 24: state.wait(seen);
     od
  od
}

inline write() {
  take(EMPTY, WRITING);       // 34: take(empty, writing);
  STEP(text[0] = message);    // 35: std::memcpy(text, message, size);
  STEP(text[1] = message);    // 35: std::memcpy(text, message, size);
  STEP(length = 1);           // 36: length = size;
  DONE(state = FULL)          // 29: state = to;
}

inline read() {
  take(FULL, READING);        // 41: take(full, reading);
  STEP(size = length);        // 42: const std::size_t size = length;
  STEP(got[0] = text[0]);     // 43: std::memcpy(message, text, size < room ? size : room);
  STEP(got[1] = text[1]);     // 43: std::memcpy(message, text, size < room ? size : room);
  DONE(state = EMPTY)         // 29: state = to;
}

#include "protocol/workload.pml"
