// A model of peterson.cpp. Who waits for the lock takes a round of its loop only when that lets it in.
// Left out: text beyond two cells, sizes, timeouts.
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
  STEP(count != SLOTS);                           // 58: while (count.load() == slots) {
  STEP(at = in);                                  // 62: auto& slot = buffer[in];
  STEP(buffer[at].text[0] = message);             // 63: std::memcpy(slot.text, message, size);
  STEP(buffer[at].text[1] = message);             // 63: std::memcpy(slot.text, message, size);
  STEP(buffer[at].length = 1);                    // 64: slot.length = size;
  STEP(wants[WRITER] = 1);                        // 35: wants[me].store(1);
  STEP(turn = READER);                            // 36: turn.store(other);
  do
  :: STEP(wants[READER] == 0) -> break            // 37: while (wants[other].load() == 1 && turn.load() == other) {
  :: STEP(wants[READER] == 1 && turn == WRITER);  // 37: while (wants[other].load() == 1 && turn.load() == other) {
     STEP(turn == WRITER) -> break                // 37: while (wants[other].load() == 1 && turn.load() == other) {
  od;
  STEP(old = count);                              // 51: const int before = count.load();
  STEP(count = old + 1);                          // 52: count.store(before + change);
  STEP(wants[WRITER] = 0);                        // 47: void unlock(int me) { wants[me].store(0); }
  STEP(at = in);                                  // 66: in = (in + 1) % slots;
  DONE(in = (at + 1) % SLOTS)                     // 66: in = (in + 1) % slots;
}

inline read() {
  STEP(count != 0);                               // 71: while (count.load() == 0) {
  STEP(at = out);                                 // 75: const auto& slot = buffer[out];
  STEP(size = buffer[at].length);                 // 76: size = slot.length;
  STEP(got[0] = buffer[at].text[0]);              // 77: std::memcpy(message, slot.text, size < room ? size : room);
  STEP(got[1] = buffer[at].text[1]);              // 77: std::memcpy(message, slot.text, size < room ? size : room);
  STEP(wants[READER] = 1);                        // 35: wants[me].store(1);
  STEP(turn = WRITER);                            // 36: turn.store(other);
  do
  :: STEP(wants[WRITER] == 0) -> break            // 37: while (wants[other].load() == 1 && turn.load() == other) {
  :: STEP(wants[WRITER] == 1 && turn == READER);  // 37: while (wants[other].load() == 1 && turn.load() == other) {
     STEP(turn == READER) -> break                // 37: while (wants[other].load() == 1 && turn.load() == other) {
  od;
  STEP(old = count);                              // 51: const int before = count.load();
  STEP(count = old - 1);                          // 52: count.store(before + change);
  STEP(wants[READER] = 0);                        // 47: void unlock(int me) { wants[me].store(0); }
  STEP(at = out);                                 // 79: out = (out + 1) % slots;
  DONE(out = (at + 1) % SLOTS)                    // 79: out = (out + 1) % slots;
}

#include "protocol/workload.pml"
