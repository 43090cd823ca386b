// A model of spsc_ring.cpp. Left out: text beyond two cells, sizes, timeouts. The indices wrap around
// at 16, not at 2^32: the least power of two that is enough for what is sent.
#define SLOTS 4
#define WRAP 16
#define CAPACITY SLOTS
#define REGISTERS byte at; byte size
#define FORGET at = 0; size = 0
#define WHOLE (size != 0 && got[0] == got[1] && got[0] != 0)
#include "protocol/history.pml"

typedef Slot {
  byte length;
  byte text[2];
};
byte head;  // messages written so far
byte tail;  // messages read so far
Slot ring[SLOTS];

inline write() {
  STEP(at = head);                             // 30: const unsigned at = head.load(std::memory_order_relaxed);
  STEP((at + WRAP - tail) % WRAP != SLOTS);    // 31: while (at - tail.load(std::memory_order_acquire) == slots) {
  STEP(ring[at % SLOTS].text[0] = message);    // 36: std::memcpy(slot.text, message, size);
  STEP(ring[at % SLOTS].text[1] = message);    // 36: std::memcpy(slot.text, message, size);
  STEP(ring[at % SLOTS].length = 1);           // 37: slot.length = size;
  DONE(head = (at + 1) % WRAP)                 // 38: head.store(at + 1, std::memory_order_release);
}

inline read() {
  STEP(at = tail);                             // 43: const unsigned at = tail.load(std::memory_order_relaxed);
  STEP(head != at);                            // 44: while (head.load(std::memory_order_acquire) == at) {
  STEP(size = ring[at % SLOTS].length);        // 49: size = slot.length;
  STEP(got[0] = ring[at % SLOTS].text[0]);     // 50: std::memcpy(message, slot.text, size < room ? size : room);
  STEP(got[1] = ring[at % SLOTS].text[1]);     // 50: std::memcpy(message, slot.text, size < room ? size : room);
  DONE(tail = (at + 1) % WRAP)                 // 51: tail.store(at + 1, std::memory_order_release);
}

#include "protocol/workload.pml"
