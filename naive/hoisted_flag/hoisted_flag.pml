// A model of hoisted_flag.cpp as it is written. The fault lies below the source: the optimiser reads
// the flag once, before the loop, and no model of the source can show that. Where the description
// says that nobody goes on (no_deadlock), this model says that the source would.
// Left out: text beyond two cells, sizes.
#define WORD written
#define LEGAL (written == 0 || written == 1)
#define BELOW_THE_SOURCE no_deadlock survives_death
#include "protocol/history.pml"

byte written;
byte text[2];

inline write() {
  STEP(written == 0);         // 20: while (written != 0) {
  STEP(text[0] = message);    // 22: std::memcpy(text, message, size);
  STEP(text[1] = message);    // 22: std::memcpy(text, message, size);
  DONE(written = 1)           // 23: written = 1;
}

inline read() {
  STEP(written != 0);         // 27: while (written == 0) {
  STEP(got[0] = text[0]);     // 29: std::memcpy(message, text, room);
  STEP(got[1] = text[1]);     // 29: std::memcpy(message, text, room);
  DONE(written = 0)           // 30: written = 0;
}

#include "protocol/workload.pml"
