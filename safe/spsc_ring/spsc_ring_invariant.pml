// The invariant of the two indices, for any number of messages, inductive: between them lie none to
// four messages, and fewer than four while the writer fills a slot, at least one while the reader
// empties one. So they are never in the same slot. The indices wrap around at 16 here; the code's do
// at 2^32, and only their difference is ever looked at.
// Not covered: that each gets on (liveness), and what lies in the slots.
#define WRAP 16
#define SLOTS 4
#define LIE ((head + WRAP - tail) % WRAP)
#define INVARIANT (LIE <= SLOTS && (!fills || LIE < SLOTS) && (!empties || LIE > 0))

byte head, tail;
bit fills;    // the writer has seen a free slot, and has not stored `head`
bit empties;  // the reader has seen a full one, and has not stored `tail`

init {
  assert(INVARIANT);  // at the start
  select(head : 0 .. 15);
  select(tail : 0 .. 15);
  select(fills : 0 .. 1);
  select(empties : 0 .. 1);
  if
  :: !(INVARIANT)
  :: INVARIANT ->
    if
    :: d_step { !fills && LIE != SLOTS -> fills = 1 }                   // 31: while (at - tail.load(std::memory_order_acquire) == slots) {
    :: d_step { !empties && LIE != 0 -> empties = 1 }                   // 44: while (head.load(std::memory_order_acquire) == at) {
    :: d_step { fills -> head = (head + 1) % WRAP; fills = 0 }          // 38: head.store(at + 1, std::memory_order_release);
    :: d_step { empties -> tail = (tail + 1) % WRAP; empties = 0 }      // 51: tail.store(at + 1, std::memory_order_release);
    fi;
    assert(INVARIANT)
  fi
}
