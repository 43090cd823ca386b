// A model of peterson.cpp under sequential consistency, where the lock excludes. What release and
// acquire leave open no model of this kind can show: see the explorer's --memory tso. Who waits for the
// lock takes a round of its loop only when that lets it in. Left out: text beyond two cells, sizes,
// memory orders.
#define SLOTS 2
#define CAPACITY SLOTS
#define WRITER 0
#define READER 1
#define WORD count
#define LEGAL (count <= SLOTS)
#define REGISTERS byte at; byte old; byte size
#define FORGET at = 0; old = 0; size = 0
#define WHOLE (size != 0 && got[0] == got[1] && got[0] != 0)
#include "protocol/history.pml"

typedef Slot {
  byte length;
  byte text[2];
};
byte wants[2];
byte turn;
byte count;
byte in, out;
Slot buffer[SLOTS];

inline write() {
  STEP(count != SLOTS);                           // 52: while (count.load(std::memory_order_acquire) == slots) sched_yield();
  STEP(at = in);                                  // 53: auto& slot = buffer[in];
  STEP(buffer[at].text[0] = message);             // 54: std::memcpy(slot.text, message, size);
  STEP(buffer[at].text[1] = message);             // 54: std::memcpy(slot.text, message, size);
  STEP(buffer[at].length = 1);                    // 55: slot.length = size;
  STEP(wants[WRITER] = 1);                        // 34: wants[me].store(1, std::memory_order_release);
  STEP(turn = READER);                            // 35: turn.store(other, std::memory_order_release);
  do
  :: STEP(wants[READER] == 0) -> break            // 36: while (wants[other].load(std::memory_order_acquire) == 1 &&
  :: STEP(wants[READER] == 1 && turn == WRITER);  // 36: while (wants[other].load(std::memory_order_acquire) == 1 &&
     STEP(turn == WRITER) -> break                // 37: turn.load(std::memory_order_acquire) == other) {
  od;
  STEP(old = count);                              // 46: const int before = count.load(std::memory_order_relaxed);
  STEP(count = old + 1);                          // 47: count.store(before + change, std::memory_order_release);
  STEP(wants[WRITER] = 0);                        // 42: void unlock(int me) { wants[me].store(0, std::memory_order_release); }
  STEP(at = in);                                  // 57: in = (in + 1) % slots;
  DONE(in = (at + 1) % SLOTS)                     // 57: in = (in + 1) % slots;
}

inline read() {
  STEP(count != 0);                               // 61: while (count.load(std::memory_order_acquire) == 0) sched_yield();
  STEP(at = out);                                 // 62: const auto& slot = buffer[out];
  STEP(size = buffer[at].length);                 // 63: const std::size_t size = slot.length;
  STEP(got[0] = buffer[at].text[0]);              // 64: std::memcpy(message, slot.text, size < room ? size : room);
  STEP(got[1] = buffer[at].text[1]);              // 64: std::memcpy(message, slot.text, size < room ? size : room);
  STEP(wants[READER] = 1);                        // 34: wants[me].store(1, std::memory_order_release);
  STEP(turn = WRITER);                            // 35: turn.store(other, std::memory_order_release);
  do
  :: STEP(wants[WRITER] == 0) -> break            // 36: while (wants[other].load(std::memory_order_acquire) == 1 &&
  :: STEP(wants[WRITER] == 1 && turn == READER);  // 36: while (wants[other].load(std::memory_order_acquire) == 1 &&
     STEP(turn == READER) -> break                // 37: turn.load(std::memory_order_acquire) == other) {
  od;
  STEP(old = count);                              // 46: const int before = count.load(std::memory_order_relaxed);
  STEP(count = old - 1);                          // 47: count.store(before + change, std::memory_order_release);
  STEP(wants[READER] = 0);                        // 42: void unlock(int me) { wants[me].store(0, std::memory_order_release); }
  STEP(at = out);                                 // 66: out = (out + 1) % slots;
  DONE(out = (at + 1) % SLOTS)                    // 66: out = (out + 1) % slots;
}

#include "protocol/workload.pml"
