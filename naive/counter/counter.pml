// A model of counter.cpp. Left out: text beyond two cells, sizes.
#define WORD written
#define LEGAL (written == 0 || written == 1)
#define REGISTERS short mine
#define FORGET mine = 0
#include "protocol/history.pml"

short written;
byte text[2];

inline write() {
  STEP(written == 0);         // 19: while (written != 0) sched_yield();
  STEP(text[0] = message);    // 20: std::memcpy(text, message, size);
  STEP(text[1] = message);    // 20: std::memcpy(text, message, size);
  STEP(mine = written);       // 21: written = written + 1;
  DONE(written = mine + 1)    // 21: written = written + 1;
}

inline read() {
  STEP(written != 0);         // 25: while (written == 0) sched_yield();
  STEP(got[0] = text[0]);     // 26: std::memcpy(message, text, room);
  STEP(got[1] = text[1]);     // 26: std::memcpy(message, text, room);
  STEP(mine = written);       // 27: written = written - 1;
  DONE(written = mine - 1)    // 27: written = written - 1;
}

#include "protocol/workload.pml"
