// A model of two_slots.cpp. Left out: text beyond two cells, sizes.
#define CAPACITY 2
#define REGISTERS byte slot; byte size
#define FORGET slot = 0; size = 0
#define WHOLE (size != 0 && got[0] == got[1] && got[0] != 0)
#include "protocol/history.pml"

typedef Slot {
  byte is_full;
  byte length;
  byte text[2];
};
Slot slots[2];

// A round that finds neither, and would find neither again, is no step: it waits.
inline wait_for(wanted) {
  do
  :: STEP(slots[0].is_full == wanted -> slot = 0) -> break                   // 27: if (slot.full.load(std::memory_order_acquire) == full) return slot;
  :: STEP(slots[0].is_full != wanted);                                       // 27: if (slot.full.load(std::memory_order_acquire) == full) return slot;
     if
     :: STEP(slots[1].is_full == wanted -> slot = 1) -> break                // 27: if (slot.full.load(std::memory_order_acquire) == full) return slot;
     :: STEP(slots[1].is_full != wanted && slots[0].is_full == wanted)          // 27: if (slot.full.load(std::memory_order_acquire) == full) return slot;
     fi
  od
}

inline write() {
  wait_for(0);                          // 33: Slot& slot = wait_for(0);
  STEP(slots[slot].text[0] = message);  // 34: std::memcpy(slot.text, message, size);
  STEP(slots[slot].text[1] = message);  // 34: std::memcpy(slot.text, message, size);
  STEP(slots[slot].length = 1);         // 35: slot.length = size;
  DONE(slots[slot].is_full = 1)            // 36: slot.full.store(1, std::memory_order_release);
}

inline read() {
  wait_for(1);                          // 40: Slot& slot = wait_for(1);
  STEP(size = slots[slot].length);      // 41: const std::size_t size = slot.length;
  STEP(got[0] = slots[slot].text[0]);   // 42: std::memcpy(message, slot.text, size < room ? size : room);
  STEP(got[1] = slots[slot].text[1]);   // 42: std::memcpy(message, slot.text, size < room ? size : room);
  DONE(slots[slot].is_full = 0)            // 43: slot.full.store(0, std::memory_order_release);
}

#include "protocol/workload.pml"
