// A model of posix_semaphore.cpp. Left out: text beyond two cells, sizes, timeouts, EINTR.
#define REGISTERS byte size
#define FORGET size = 0
#define WHOLE (size != 0 && got[0] == got[1] && got[0] != 0)
#include "protocol/history.pml"

byte sem_empty = 1;
byte sem_full;
byte length;
byte text[2];

inline write() {
  STEP(sem_empty > 0 -> sem_empty--);  // 36: const int failed = deadline == nullptr ? sem_wait(&semaphore)
  STEP(text[0] = message);     // 46: std::memcpy(text, message, size);
  STEP(text[1] = message);     // 46: std::memcpy(text, message, size);
  STEP(length = 1);            // 47: length = size;
  DONE(sem_full++)                 // 48: sem_post(&full);
}

inline read() {
  STEP(sem_full > 0 -> sem_full--);    // 36: const int failed = deadline == nullptr ? sem_wait(&semaphore)
  STEP(size = length);         // 54: size = length;
  STEP(got[0] = text[0]);      // 55: std::memcpy(message, text, size < room ? size : room);
  STEP(got[1] = text[1]);      // 55: std::memcpy(message, text, size < room ? size : room);
  DONE(sem_empty++)                // 56: sem_post(&empty);
}

#include "protocol/workload.pml"
