// The invariant of the mutex and of `full`, for any number of agents and messages, inductive: one
// agent at most holds the mutex, and where it has seen the slot as it wants it, the slot stays so
// until it stores `full` itself. A holder's death, at any moment, leaves the invariant too.
// Not covered: that sleepers are woken (`changes` and the futex: liveness), and what lies in the text,
// which only a holder touches.
#define NOBODY 0
#define LOOKS 1    // holds the mutex and has not seen `full` as it wants it, or is done with it
#define WRITES 2   // has seen 0
#define READS 3    // has seen 1
#define INVARIANT (is_full <= 1 && locked == (holder != NOBODY) && holders == locked && \
                   (holder != WRITES || is_full == 0) && (holder != READS || is_full == 1))

bit locked;
byte is_full;
byte holder;
byte holders;  // how many think that they hold it: 0, 1, or 2 for two and more

init {
  assert(INVARIANT);  // at the start
  select(locked : 0 .. 1);
  select(is_full : 0 .. 1);
  select(holder : 0 .. 3);
  select(holders : 0 .. 2);
  if
  :: !(INVARIANT)
  :: INVARIANT ->
    if
    :: d_step { !locked -> locked = 1; holders++; holder = LOOKS }             // 43: int error = deadline == nullptr ? pthread_mutex_lock(&mutex)
    :: d_step { holder == LOOKS && is_full == 0 -> holder = WRITES }           // 56: if (full == wanted) return true;
    :: d_step { holder == LOOKS && is_full == 1 -> holder = READS }            // 56: if (full == wanted) return true;
    :: d_step { holder == WRITES -> is_full = 1; holder = LOOKS }              // 70: full = state;
    :: d_step { holder == READS -> is_full = 0; holder = LOOKS }               // 70: full = state;
    :: d_step { holder == LOOKS -> locked = 0; holders--; holder = NOBODY }    // 72: pthread_mutex_unlock(&mutex);
    :: d_step { holder != NOBODY -> holder = LOOKS }  // 48: if (error == EOWNERDEAD) error = pthread_mutex_consistent(&mutex);
    fi;
    assert(INVARIANT)
  fi
}
