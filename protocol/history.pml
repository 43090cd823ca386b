// What a model of a channel records of its execution, and how it is judged: the counterpart of
// history.h and of stress/check/channel_oracle.h, written a second time on purpose, so that the two
// can disagree. None of it steers an agent.
//
// A model defines, before it includes this file,
//   WORD       the state word, as the protocol's description names it   (none: left out)
//   LEGAL      the word's legal values                                  (none: left out)
//   CAPACITY   messages that the channel holds when nobody reads        (none: 1)
//   REGISTERS  what an agent keeps to itself, as declarations           (none: left out)
//   FORGET     statements that clear it once an operation is over       (none: left out)
//   UNDO       statements that the kernel performs for an agent that
//              is gone (SEM_UNDO, robust mutexes, futex queues)         (none: left out)
//   EXITS      that it does so at an agent's normal end, too            (none: left out)
//   AT_REST    what else must hold where nobody can go on and time has
//              passed, if time lets anybody go on                       (none: true)
// and, after it, its shared memory and the inline definitions write() and read(). workload.pml runs
// them. Sizes come from the command line: -DW=writers -DR=readers -DM=messages of each agent. The
// verifier can do with fewer agents than it was built for (workload.pml).
//
// A message is its number: 1, 2, ... (0: nobody's); its text is two cells that hold this number, so
// that a tear shows. `got` is what a reader has copied, `message` what a writer sends.
#ifndef W
#define W 1
#endif
#ifndef R
#define R 2
#endif
#ifndef M
#define M 1
#endif
#ifndef CAPACITY
#define CAPACITY 1
#endif
#ifndef LEGAL
#define LEGAL true
#endif
#ifndef REGISTERS
#define REGISTERS
#endif
#ifndef FORGET
#define FORGET skip
#endif
#ifndef UNDO
#define UNDO skip
#endif
#ifndef AT_REST
#define AT_REST true
#endif
#ifndef WHOLE
#define WHOLE (got[0] == got[1] && got[0] != 0)
#endif

#define SENT (W * M)
#define DRAINER (W + R)
#define NOBODY 255

// One access to shared memory, or one synchronisation call. The first statement may be a condition;
// the agent waits until it holds.
#define STEP(...) if :: d_step { __VA_ARGS__; observe() } fi
// The last step of an operation, which then returns.
#define DONE(...) if :: d_step { __VA_ARGS__; observe(); returns() } fi

#ifndef FOREVER

byte times[SENT + 1];  // how often the agents received each message
bit sent[SENT + 1];    // its write has returned
bit found[SENT + 1];   // a fresh reader found it afterwards
byte torn, reordered;
bit illegal;  // the word once had a value that is none of its own
byte writers_left, readers_left;
bit draining;
#if M > 1
byte newest[W];  // of each writer: the latest of its messages that a read has returned
#endif

// An operation is called when its first step is taken.
inline observe() {
  illegal = illegal || !(LEGAL);
#if M > 1
  if
  :: !called -> k = 0; do :: k < W -> before[k] = newest[k]; k++ :: else -> break od; k = 0
  :: else
  fi;
#endif
  called = 1
}

inline returns() {
  if
  :: me < W -> sent[message] = 1; message++
  :: me == DRAINER && WHOLE -> found[got[0]] = 1
  :: me == DRAINER && !(WHOLE) -> skip
  :: me >= W && me < DRAINER && !(WHOLE) -> torn++
  :: me >= W && me < DRAINER && WHOLE -> times[got[0]]++; orders()
  fi;
  forgets(); performed++;
  if
  :: performed == M && me < W -> writers_left--; message = 0
  :: performed == M && me >= W && me < DRAINER -> readers_left--
  :: else
  fi
}

inline forgets() {
  got[0] = 0; got[1] = 0; FORGET;
#if M > 1
  k = 0; do :: k < W -> before[k] = 0; k++ :: else -> break od; k = 0;
#endif
  called = 0
}

// Out of order is what was first asked for after a later message of its writer had been returned.
inline orders() {
#if M > 1
  k = (got[0] - 1) / M;
  reordered = reordered + ((got[0] - 1) % M + 1 < before[k]);
  newest[k] = (newest[k] > (got[0] - 1) % M + 1 -> newest[k] : (got[0] - 1) % M + 1)
#else
  skip
#endif
}

#if M > 1
#define OF_AN_OPERATION byte got[2]; byte performed; bit called; byte before[W]; byte k; REGISTERS
#else
#define OF_AN_OPERATION byte got[2]; byte performed; bit called; REGISTERS
#endif

#include "death.pml"

// What the execution comes to, when nobody can go on.
short word;
byte lost, duplicated, stuck, undelivered, drained, excused;

// A message that was sent is received once, or still lies in the channel, where a fresh reader finds
// it (`found`). Who waits, waits rightly: a writer at a full channel, a reader at an empty one
// (Line-Up, Burckhardt et al., PLDI 2010).
inline judge() {
  duplicated = 0; undelivered = 0; drained = 0; stuck = 0;
  i = 1;
  do
  :: i <= SENT ->
    duplicated = duplicated + (times[i] > 1 -> times[i] - 1 : 0);
    undelivered = undelivered + (sent[i] && times[i] == 0 && !found[i]);
    drained = drained + (found[i] && times[i] == 0);
    i++
  :: else -> break
  od;
  // What a torn read took away was delivered, if badly; what a dead reader was taking may be gone,
  // and what a dead writer was sending may lie in the channel.
  excused = torn + dead_readers;
  lost = (undelivered > excused -> undelivered - excused : 0);
  if
  :: writers_left > 0 && undelivered + dead_writers >= CAPACITY ->
    lost = (lost > CAPACITY -> lost - CAPACITY : 0);
    stuck = readers_left
  :: writers_left > 0 && undelivered + dead_writers < CAPACITY -> stuck = writers_left
  :: else
  fi;
  stuck = stuck + (readers_left < drained -> readers_left : drained);
  i = 0
}

#else

// Agents that never end (liveness). Messages are alike but for one, MARKED, that some writer sends at
// some time: what holds of it holds of each (Wolper, POPL 1986: a protocol that does not look into
// its messages cannot tell them apart).
#define PLAIN 1
#define MARKED 2
byte served = NOBODY;  // whose operation returns in this very step
bit marked_begun, marked_sent, marked_got;

inline observe() {
  served = NOBODY
}

inline returns() {
  served = me;
  marked_sent = marked_sent || (me < W && message == MARKED);
  marked_got = marked_got || (me >= W && WHOLE && got[0] == MARKED);
  got[0] = 0; got[1] = 0; message = 0; FORGET
}

#define OF_AN_OPERATION byte got[2]; REGISTERS

#endif
