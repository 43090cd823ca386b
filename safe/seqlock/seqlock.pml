// A model of seqlock.cpp. A reader takes a round of its loop only when there is a note to take.
// The numbers never wrap around. A text of three words. Left out: sizes, timeouts.
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
  STEP(old = number);        // 27: const unsigned before = number.load(std::memory_order_relaxed);
  STEP(taken == old);        // 28: while (taken.load(std::memory_order_acquire) != before) {
  STEP(at = sequence);       // 32: const unsigned at = sequence.load(std::memory_order_relaxed);
  STEP(sequence = at + 1);   // 33: sequence.store(at + 1, std::memory_order_relaxed);
  STEP(skip);                // 34: std::atomic_thread_fence(std::memory_order_release);  // nothing below before that store
  STEP(number = old + 1);    // 35: number.store(before + 1, std::memory_order_relaxed);
  STEP(length = 1);          // 36: length.store(size, std::memory_order_relaxed);
  STEP(words[0] = message);  // 40: std::atomic_ref(words[i / sizeof word]).store(word, std::memory_order_relaxed);
  STEP(words[1] = message);  // 40: std::atomic_ref(words[i / sizeof word]).store(word, std::memory_order_relaxed);
  STEP(words[2] = message);  // 40: std::atomic_ref(words[i / sizeof word]).store(word, std::memory_order_relaxed);
  DONE(sequence = at + 2)    // 42: sequence.store(at + 2, std::memory_order_release);
}

inline read() {
  do
  :: STEP(sequence % 2 == 0 && number != taken -> at = sequence);  // 48: const unsigned at = sequence.load(std::memory_order_acquire);
     STEP(seen = number);                                          // 49: const unsigned seen = number.load(std::memory_order_relaxed);
     if
     :: STEP(seen == taken)                                        // 50: if (at % 2 == 0 && seen != taken.load(std::memory_order_relaxed)) {
     :: STEP(seen != taken);                                       // 50: if (at % 2 == 0 && seen != taken.load(std::memory_order_relaxed)) {
        STEP(size = length);                                       // 51: size = length.load(std::memory_order_relaxed);
        STEP(got[0] = words[0]);                                   // 55: const std::uint64_t word = std::atomic_ref(shared).load(std::memory_order_relaxed);
        STEP(got[1] = words[1]);                                   // 55: const std::uint64_t word = std::atomic_ref(shared).load(std::memory_order_relaxed);
        STEP(third = words[2]);                                    // 55: const std::uint64_t word = std::atomic_ref(shared).load(std::memory_order_relaxed);
        STEP(skip);                                                // 58: std::atomic_thread_fence(std::memory_order_acquire);  // nothing above after this load
        if
        :: STEP(sequence != at)                                    // 60: if (sequence.load(std::memory_order_relaxed) == at &&
        :: STEP(sequence == at);                                   // 60: if (sequence.load(std::memory_order_relaxed) == at &&
           if
           :: STEP(taken != seen - 1)                              // 61: taken.compare_exchange_strong(last, seen, std::memory_order_release,
           :: DONE(taken == seen - 1 -> taken = seen) -> break     // 61: taken.compare_exchange_strong(last, seen, std::memory_order_release,
           fi
        fi
     fi
  od
}

#include "protocol/workload.pml"
