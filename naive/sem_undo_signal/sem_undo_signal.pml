// A model of sem_undo_signal.cpp. The agents' exits are steps, as they are in the kernel: they undo
// (ipc/sem.c, exit_sem: it never blocks, and cuts off at 0), and so does a death.
// Left out: text beyond two cells, sizes, EINTR, the overflow of an adjustment (ERANGE).
#define REGISTERS byte size; short undo_space; short undo_items
#define FORGET size = 0
#define WHOLE (size != 0 && got[0] == got[1] && got[0] != 0)
#define EXITS
#define UNDO space = (space + undo_space > 0 -> space + undo_space : 0); \
             items = (items + undo_items > 0 -> items + undo_items : 0); undo_space = 0; undo_items = 0
#include "protocol/history.pml"

short space = 1;
short items;
byte set = 1;  // the set's id: it lies in the segment, and each call reads it
byte length;
byte text[2];

inline write() {
  STEP(set != 0);                                    // 37: while (semop(set, &operation, 1) == -1) {
  STEP(space > 0 -> space--; undo_space++);          // 37: while (semop(set, &operation, 1) == -1) {
  STEP(text[0] = message);                           // 44: std::memcpy(text, message, size);
  STEP(text[1] = message);                           // 44: std::memcpy(text, message, size);
  STEP(length = 1);                                  // 45: length = size;
  STEP(set != 0);                                    // 37: while (semop(set, &operation, 1) == -1) {
  DONE(items++; undo_items--)                        // 37: while (semop(set, &operation, 1) == -1) {
}

inline read() {
  STEP(set != 0);                                    // 37: while (semop(set, &operation, 1) == -1) {
  STEP(items > 0 -> items--; undo_items++);          // 37: while (semop(set, &operation, 1) == -1) {
  STEP(size = length);                               // 51: const std::size_t size = length;
  STEP(got[0] = text[0]);                            // 52: std::memcpy(message, text, size < room ? size : room);
  STEP(got[1] = text[1]);                            // 52: std::memcpy(message, text, size < room ? size : room);
  STEP(set != 0);                                    // 37: while (semop(set, &operation, 1) == -1) {
  DONE(space++; undo_space--)                        // 37: while (semop(set, &operation, 1) == -1) {
}

#include "protocol/workload.pml"
