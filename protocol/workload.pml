// The agents of a model: W writers, each sends M messages, and R readers, each receives M. What is
// left over is judged (history.pml) and told, one line for each outcome, by the verifier itself.
// Included last: the model's write() and read() stand before it.

proctype writer(byte me; byte message) provided (!draining) {
  OF_AN_OPERATION;
  write();
#if M > 1
  write();
#endif
#if M > 2
  write();
#endif
#ifdef EXIT
  STEP(EXIT)
#endif
}

proctype reader(byte me) provided (!draining) {
  OF_AN_OPERATION;
  byte message;
  read();
#if M > 1
  read();
#endif
#if M > 2
  read();
#endif
#ifdef EXIT
  STEP(EXIT)
#endif
}

// Somebody who comes when all others have come to rest, and takes what still lies in the channel.
proctype drainer(byte me) provided (draining) {
  OF_AN_OPERATION;
  byte message;
  read();
  read();
#if CAPACITY > 1
  read();
#endif
#if CAPACITY > 3
  read();
  read();
#endif
}

c_decl {
  \#include <stdio.h>
  \#include <string.h>
}
c_code {
  // One line for each outcome, however many executions come to it.
  static void tell(int word, int lost, int duplicated, int torn, int reordered, int stuck, int illegal) {
    static int told[4096][7], count;
    const int now[7] = {word, lost, duplicated, torn, reordered, stuck, illegal};
    for (int i = 0; i < count; ++i)
      if (memcmp(told[i], now, sizeof now) == 0) return;
    if (count == 4096) { printf("too many outcomes\n"); return; }
    memcpy(told[count++], now, sizeof now);
    printf("outcome word %d lost %d duplicated %d torn %d reordered %d stuck %d illegal %d\n", word, lost,
           duplicated, torn, reordered, stuck, illegal);
  }
};

init {
  byte i;
  atomic {
    run drainer(DRAINER);
    i = 0; do :: i < W -> run writer(i, i * M + 1); i++ :: else -> break od;
    i = 0; do :: i < R -> run reader(W + i); i++ :: else -> break od;
    i = 0
  }
  timeout;
#ifdef WORD
  d_step { word = WORD; judge() }
#else
  d_step { judge() }
#endif
  // Something is missing: it may still lie in the channel. While a writer waits, it does.
  if
  :: lost > 0 && writers_left == 0 -> draining = 1; timeout; d_step { judge() }
  :: else
  fi;
  c_code { tell(now.word, now.lost, now.duplicated, now.torn, now.reordered, now.stuck, now.illegal); };
#ifdef PROPERTY
  assert(PROPERTY)
#endif
}
