// A model of atomic_slot.cpp. Left out: text beyond two cells, sizes, timeouts.
#define EMPTY 0
#define FULL 1
#define WRITING 2
#define READING 3
#define WORD state
#define LEGAL (state <= READING)
#define REGISTERS byte size
#define FORGET size = 0
#define WHOLE (size != 0 && got[0] == got[1] && got[0] != 0)
#include "protocol/history.pml"

byte state;
byte length;
byte text[2];

inline write() {
  STEP(state == EMPTY -> state = WRITING);   // 26: if (state.compare_exchange_strong(seen, to, std::memory_order_acquire,
  STEP(text[0] = message);                   // 39: std::memcpy(text, message, size);
  STEP(text[1] = message);                   // 39: std::memcpy(text, message, size);
  STEP(length = 1);                          // 40: length = size;
  DONE(state = FULL)                         // 35: void give(State to) { state.store(to, std::memory_order_release); }
}

inline read() {
  STEP(state == FULL -> state = READING);    // 26: if (state.compare_exchange_strong(seen, to, std::memory_order_acquire,
  STEP(size = length);                       // 47: size = length;
  STEP(got[0] = text[0]);                    // 48: std::memcpy(message, text, size < room ? size : room);
  STEP(got[1] = text[1]);                    // 48: std::memcpy(message, text, size < room ? size : room);
  DONE(state = EMPTY)                        // 35: void give(State to) { state.store(to, std::memory_order_release); }
}

#include "protocol/workload.pml"
