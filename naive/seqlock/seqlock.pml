// A model of seqlock.cpp under sequential consistency, where the note's words come between the two
// stores of the sequence. What the source lacks no model of this kind can show: see the explorer's
// --memory rc11. A reader takes a round of its loop only when there is a note to take. The
// numbers never wrap around. A text of three words. Left out: sizes, memory orders.
#define REGISTERS int at; int old; int seen; byte size; byte third
#define FORGET at = 0; old = 0; seen = 0; size = 0; third = 0
#define WHOLE (size != 0 && got[0] == got[1] && got[0] == third && got[0] != 0)
#include "protocol/history.pml"

int sequence;
int number;
byte length;
byte words[3];
int taken;

inline write() {
  STEP(old = number);        // 26: const unsigned before = number.load(std::memory_order_relaxed);
  STEP(taken == old);        // 27: while (taken.load(std::memory_order_acquire) != before) sched_yield();
  STEP(at = sequence);       // 28: const unsigned at = sequence.load(std::memory_order_relaxed);
  STEP(sequence = at + 1);   // 29: sequence.store(at + 1, std::memory_order_relaxed);
  STEP(number = old + 1);    // 30: number.store(before + 1, std::memory_order_relaxed);
  STEP(length = 1);          // 31: length.store(size, std::memory_order_relaxed);
  STEP(words[0] = message);  // 35: std::atomic_ref(words[i / sizeof word]).store(word, std::memory_order_relaxed);
  STEP(words[1] = message);  // 35: std::atomic_ref(words[i / sizeof word]).store(word, std::memory_order_relaxed);
  STEP(words[2] = message);  // 35: std::atomic_ref(words[i / sizeof word]).store(word, std::memory_order_relaxed);
  DONE(sequence = at + 2)    // 37: sequence.store(at + 2, std::memory_order_release);
}

inline read() {
  do
  :: STEP(sequence % 2 == 0 && number != taken -> at = sequence);  // 42: const unsigned at = sequence.load(std::memory_order_acquire);
     STEP(seen = number);                                          // 43: const unsigned seen = number.load(std::memory_order_relaxed);
     if
     :: STEP(seen == taken)                                        // 44: if (at % 2 == 0 && seen != taken.load(std::memory_order_relaxed)) {
     :: STEP(seen != taken);                                       // 44: if (at % 2 == 0 && seen != taken.load(std::memory_order_relaxed)) {
        STEP(size = length);                                       // 45: const std::size_t size = length.load(std::memory_order_relaxed);
        STEP(got[0] = words[0]);                                   // 49: const std::uint64_t word = std::atomic_ref(shared).load(std::memory_order_relaxed);
        STEP(got[1] = words[1]);                                   // 49: const std::uint64_t word = std::atomic_ref(shared).load(std::memory_order_relaxed);
        STEP(third = words[2]);                                    // 49: const std::uint64_t word = std::atomic_ref(shared).load(std::memory_order_relaxed);
        if
        :: STEP(sequence != at)                                    // 53: if (sequence.load(std::memory_order_relaxed) == at &&
        :: STEP(sequence == at);                                   // 53: if (sequence.load(std::memory_order_relaxed) == at &&
           if
           :: STEP(taken != seen - 1)                              // 54: taken.compare_exchange_strong(last, seen, std::memory_order_release,
           :: DONE(taken == seen - 1 -> taken = seen) -> break     // 54: taken.compare_exchange_strong(last, seen, std::memory_order_release,
           fi
        fi
     fi
  od
}

#include "protocol/workload.pml"
