// The invariant of the two semaphores, for any number of agents and messages, inductive: what is in
// them and who is inside are one in all. So one agent at most is between its wait and its post.
// safe/sysv_semaphore changes its two by the same four steps (its handover is one semop).
// Not covered: that a waiting agent is served (liveness), deaths, and what lies in the text, which
// only an agent inside touches.
#define INVARIANT (sem_empty + sem_full + writers + readers == 1)

byte sem_empty = 1, sem_full;
byte writers, readers;  // how many are inside: 0, 1, or 2 for two and more

init {
  assert(INVARIANT);  // at the start
  select(sem_empty : 0 .. 2);
  select(sem_full : 0 .. 2);
  select(writers : 0 .. 2);
  select(readers : 0 .. 2);
  if
  :: !(INVARIANT)
  :: INVARIANT ->
    if
    :: d_step { sem_empty > 0 -> sem_empty--; writers++ }  // 36: const int failed = deadline == nullptr ? sem_wait(&semaphore)
    :: d_step { sem_full > 0 -> sem_full--; readers++ }    // 36: const int failed = deadline == nullptr ? sem_wait(&semaphore)
    :: d_step { writers > 0 -> sem_full++; writers-- }     // 48: sem_post(&full);
    :: d_step { readers > 0 -> sem_empty++; readers-- }    // 56: sem_post(&empty);
    fi;
    assert(INVARIANT)
  fi
}
