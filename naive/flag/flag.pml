// A model of flag.cpp. Left out: text beyond two cells, sizes.
#define WORD written
#define LEGAL (written == 0 || written == 1)
#include "protocol/history.pml"

byte written;
byte text[2];

inline write() {
  STEP(written == 0);         // 18: while (written != 0) sched_yield();
  STEP(text[0] = message);    // 19: std::memcpy(text, message, size);
  STEP(text[1] = message);    // 19: std::memcpy(text, message, size);
  DONE(written = 1)           // 20: written = 1;
}

inline read() {
  STEP(written != 0);         // 24: while (written == 0) sched_yield();
  STEP(got[0] = text[0]);     // 25: std::memcpy(message, text, room);
  STEP(got[1] = text[1]);     // 25: std::memcpy(message, text, room);
  DONE(written = 0)           // 26: written = 0;
}

#include "protocol/workload.pml"
