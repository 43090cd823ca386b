// The invariant of `state`, for any number of agents and messages. It is inductive: it holds at the
// start, and whatever step is taken from whatever typed state in which it holds, it holds again. So
// no number of messages, and no number of agents, leads out of it. It says: the word is `writing`
// exactly while one writer is between its swap and its store, `reading` exactly while one reader is,
// and never are there two. Each step that is not below leaves the word and who is inside as they are.
// safe/futex_slot changes its word by the same four steps.
// Not covered: that a waiting agent is served (liveness), and what lies in the text, which only an
// agent inside touches.
#define EMPTY 0
#define FULL 1
#define WRITING 2
#define READING 3
#define INVARIANT (state <= READING && writers + readers <= 1 && \
                   (state == WRITING) == (writers == 1) && (state == READING) == (readers == 1))

byte state;
byte writers, readers;  // how many are inside: 0, 1, or 2 for two and more

init {
  assert(INVARIANT);  // at the start
  select(state : 0 .. 3);
  select(writers : 0 .. 2);
  select(readers : 0 .. 2);
  if
  :: !(INVARIANT)
  :: INVARIANT ->
    if
    :: d_step { state == EMPTY -> state = WRITING; writers++ }  // 26: if (state.compare_exchange_strong(seen, to, std::memory_order_acquire,
    :: d_step { state == FULL -> state = READING; readers++ }   // 26: if (state.compare_exchange_strong(seen, to, std::memory_order_acquire,
    :: d_step { writers > 0 -> state = FULL; writers-- }        // 35: void give(State to) { state.store(to, std::memory_order_release); }
    :: d_step { readers > 0 -> state = EMPTY; readers-- }       // 35: void give(State to) { state.store(to, std::memory_order_release); }
    fi;
    assert(INVARIANT)
  fi
}
