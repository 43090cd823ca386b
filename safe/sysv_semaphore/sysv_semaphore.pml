// A model of sysv_semaphore.cpp. Left out: text beyond two cells, sizes, timeouts, EINTR.
#define REGISTERS byte size; bit leases_empty; bit leases_full
#define FORGET size = 0
#define UNDO sem_empty = sem_empty + leases_empty; leases_empty = 0; \
             sem_full = sem_full + leases_full; leases_full = 0
#define WHOLE (size != 0 && got[0] == got[1] && got[0] != 0)
#include "protocol/history.pml"

byte sem_empty = 1;
byte sem_full;
byte set = 1;  // the set's id: it lies in the segment, and each call reads it
byte length;
byte text[2];

inline write() {
  STEP(set != 0);                                        // 42: if (semtimedop(set, &lease, 1, deadline != nullptr ? &left : nullptr) == 0) return true;
  STEP(sem_empty > 0 -> sem_empty--; leases_empty = 1);  // 42: if (semtimedop(set, &lease, 1, deadline != nullptr ? &left : nullptr) == 0) return true;
  STEP(text[0] = message);                               // 61: std::memcpy(text, message, size);
  STEP(text[1] = message);                               // 61: std::memcpy(text, message, size);
  STEP(length = 1);                                      // 62: length = size;
  STEP(set != 0);                                        // 54: while (semop(set, handover, std::size(handover)) == -1) {
  DONE(leases_empty = 0; sem_full++)                     // 54: while (semop(set, handover, std::size(handover)) == -1) {
}

inline read() {
  STEP(set != 0);                                        // 42: if (semtimedop(set, &lease, 1, deadline != nullptr ? &left : nullptr) == 0) return true;
  STEP(sem_full > 0 -> sem_full--; leases_full = 1);      // 42: if (semtimedop(set, &lease, 1, deadline != nullptr ? &left : nullptr) == 0) return true;
  STEP(size = length);                                   // 69: size = length;
  STEP(got[0] = text[0]);                                // 70: std::memcpy(message, text, size < room ? size : room);
  STEP(got[1] = text[1]);                                // 70: std::memcpy(message, text, size < room ? size : room);
  STEP(set != 0);                                        // 54: while (semop(set, handover, std::size(handover)) == -1) {
  DONE(leases_full = 0; sem_empty++)                     // 54: while (semop(set, handover, std::size(handover)) == -1) {
}

#include "protocol/workload.pml"
