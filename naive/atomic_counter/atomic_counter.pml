// A model of atomic_counter.cpp. Left out: text beyond two cells, sizes.
#define WORD written
#define LEGAL (written == 0 || written == 1)
#include "protocol/history.pml"

short written;
byte text[2];

inline write() {
  STEP(written == 0);             // 20: while (written.load() != 0) sched_yield();
  STEP(text[0] = message);        // 21: std::memcpy(text, message, size);
  STEP(text[1] = message);        // 21: std::memcpy(text, message, size);
  DONE(written = written + 1)     // 22: written.fetch_add(1);
}

inline read() {
  STEP(written != 0);             // 26: while (written.load() == 0) sched_yield();
  STEP(got[0] = text[0]);         // 27: std::memcpy(message, text, room);
  STEP(got[1] = text[1]);         // 27: std::memcpy(message, text, room);
  DONE(written = written - 1)     // 28: written.fetch_sub(1);
}

#include "protocol/workload.pml"
