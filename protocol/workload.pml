// The agents of a model: W writers, each sends M messages, and R readers, each receives M. What an
// execution comes to is judged (history.pml) and told by the verifier itself, one line an outcome.
// Included last: the model's write() and read() stand before it.
//
// What the verifier is told in its environment, when it runs: MINUSONE_WRITERS and MINUSONE_READERS,
// how many there are, if fewer than it was built for; MINUSONE_MORTALS, "writers", "readers" or
// "nobody", if not all may die; MINUSONE_SEEK, below.

#ifdef FOREVER

// For liveness, under weak fairness: who can go on all the time goes on at last.
proctype writer(byte me) {
  OF_AN_OPERATION;
  byte message;
  do
  :: if
     :: message = PLAIN
     :: atomic { !marked_begun -> marked_begun = 1; message = MARKED }
     fi;
     write()
  od
}

proctype reader(byte me) {
  OF_AN_OPERATION;
  byte message;
  do
  :: read()
  od
}

init {
  byte i;
  atomic {
    i = 0; do :: i < W -> run writer(i); i++ :: else -> break od;
    i = 0; do :: i < R -> run reader(W + i); i++ :: else -> break od
  }
}

ltl delivered { [] (marked_sent -> <> marked_got) }
// Again and again, and not because everything has come to rest.
ltl a_reader { [] <> (served >= W && served != NOBODY) && [] <> (served < W || served == NOBODY) }
ltl a_writer { [] <> (served < W) && [] <> (served >= W) }
ltl reader_1 { [] <> (served == W) && [] <> (served != W) }
ltl writer_1 { [] <> (served == 0) && [] <> (served != 0) }

#else

#if M > 5
#error "expected at most five messages an agent: -DM=1 to -DM=5"
#endif

// An operation once more, for each message.
#if M > 1
#define AGAIN_2(operation) operation();
#else
#define AGAIN_2(operation)
#endif
#if M > 2
#define AGAIN_3(operation) operation();
#else
#define AGAIN_3(operation)
#endif
#if M > 3
#define AGAIN_4(operation) operation();
#else
#define AGAIN_4(operation)
#endif
#if M > 4
#define AGAIN_5(operation) operation();
#else
#define AGAIN_5(operation)
#endif

#ifdef EXITS
#define EXIT() STEP(UNDO)
#else
#define EXIT()
#endif
#define LIFE(operation) \
  MORTAL(operation(); AGAIN_2(operation) AGAIN_3(operation) AGAIN_4(operation) AGAIN_5(operation) EXIT())

proctype writer(byte me; byte message) provided (!draining) {
  OF_AN_OPERATION;
  LIFE(write)
}

proctype reader(byte me) provided (!draining) {
  OF_AN_OPERATION;
  byte message;
  LIFE(read)
}

// Somebody who comes when all others have come to rest, and takes what still lies in the channel:
// as many messages as it holds, and one more.
proctype drainer(byte me) provided (draining) {
  OF_AN_OPERATION;
  byte message;
  read();
  read();
#if CAPACITY > 1
  read();
#endif
#if CAPACITY > 2
  read();
  read();
#endif
}

c_decl {
  \#include <stdio.h>
  \#include <stdlib.h>
  \#include <string.h>
}
c_code {
  // One line for each outcome, however many executions come to it.
  static void tell(const int outcome[8]) {
    static int told[4096][8], count;
    for (int i = 0; i < count; ++i)
      if (memcmp(told[i], outcome, sizeof told[i]) == 0) return;
    if (count == 4096) { printf("too many outcomes\n"); return; }
    memcpy(told[count++], outcome, sizeof told[0]);
    printf("outcome");
    for (int i = 0; i < 8; ++i) printf(" %d", outcome[i]);
    printf("\n");
  }
  static int at_most(int built, const char* name) {
    const char* given = getenv(name);
    return given != NULL && atoi(given) < built ? atoi(given) : built;
  }
  // A bit for each agent that may die.
  static int mortals(int writers, int readers) {
    const char* who = getenv("MINUSONE_MORTALS");
    const int these = who == NULL || strcmp(who, "writers") == 0 ? (1 << writers) - 1 : 0;
    const int those = who == NULL || strcmp(who, "readers") == 0 ? (1 << readers) - 1 : 0;
    return these | those << W;
  }
  // What the search is for: MINUSONE_SEEK, a field for each of the outcome's: a number, + (more than
  // none) or * (any). Empty: nothing, so that the search goes on to the end.
  static int sought(const int outcome[8]) {
    const char* field = getenv("MINUSONE_SEEK");
    if (field == NULL || *field == 0) return 0;
    for (int i = 0; i < 8; ++i) {
      while (*field == ' ') ++field;
      if (*field == '+' ? outcome[i] <= 0 : *field != '*' && outcome[i] != atoi(field)) return 0;
      while (*field != ' ' && *field != 0) ++field;
    }
    return 1;
  }
};

init {
  byte i;
  bit is_sought;
  c_code {
    now.writers_left = at_most(W, "MINUSONE_WRITERS");
    now.readers_left = at_most(R, "MINUSONE_READERS");
#ifdef DEATHS
    now.mortal = mortals(now.writers_left, now.readers_left);
#endif
  };
  atomic {
    run drainer(DRAINER);
    i = 0; do :: i < writers_left -> run writer(i, i * M + 1); i++ :: else -> break od;
    i = 0; do :: i < readers_left -> run reader(W + i); i++ :: else -> break od;
    i = 0;
#ifdef DEATHS
    if
    :: mortal != 0 -> run killer()
    :: else
    fi
#endif
  }
  timeout && AT_REST;
#ifdef WORD
  d_step { word = WORD; judge() }
#else
  d_step { judge() }
#endif
  // Something is missing: it may still lie in the channel. While a writer waits, it does.
  if
  :: lost > 0 && writers_left == 0 -> draining = 1; timeout && AT_REST; d_step { judge() }
  :: else
  fi;
  c_code {
    const int outcome[8] = {now.word, now.lost, now.duplicated, now.torn, now.reordered, now.stuck, now.illegal,
                            now.died};
    tell(outcome);
    Pinit->is_sought = sought(outcome);
  };
  assert(!is_sought)
}

#endif
