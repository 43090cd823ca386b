// A model of relaxed_flag.cpp under sequential consistency, where the flag orders the text whatever
// it is raised with. What the source lacks no model of this kind can show: see the explorer's
// --memory rc11. A text of three words. Left out: sizes, memory orders.
#define WORD is_full
#define LEGAL (is_full == 0 || is_full == 1)
#define REGISTERS byte size; byte third
#define FORGET size = 0; third = 0
#define WHOLE (size != 0 && got[0] == got[1] && got[0] == third && got[0] != 0)
#include "protocol/history.pml"

byte is_full;
byte length;
byte words[3];

inline write() {
  STEP(is_full == 0);        // 22: while (full.load(std::memory_order_acquire) != 0) sched_yield();
  STEP(words[0] = message);  // 26: words[at / sizeof word] = word;
  STEP(words[1] = message);  // 26: words[at / sizeof word] = word;
  STEP(words[2] = message);  // 26: words[at / sizeof word] = word;
  STEP(length = 1);          // 28: length = size;
  DONE(is_full = 1)          // 29: full.store(1, std::memory_order_relaxed);
}

inline read() {
  STEP(is_full != 0);       // 33: while (full.load(std::memory_order_acquire) == 0) sched_yield();
  STEP(size = length);      // 34: const std::size_t size = length;
  STEP(got[0] = words[0]);  // 37: const std::uint64_t word = words[at / sizeof word];
  STEP(got[1] = words[1]);  // 37: const std::uint64_t word = words[at / sizeof word];
  STEP(third = words[2]);   // 37: const std::uint64_t word = words[at / sizeof word];
  DONE(is_full = 0)         // 40: full.store(0, std::memory_order_release);
}

#include "protocol/workload.pml"
