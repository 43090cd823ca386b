// The death of one agent, at most, in a model that is given -DDEATHS: at any moment, and never twice.
// From then on the agent takes no step of its own. One of the kernel's follows, which may come late:
// it does what the model says in UNDO. history.pml includes this.
bit died;  // an agent did

#ifdef DEATHS
#ifdef FOREVER
#error "agents that never end do not die: leave out -DDEATHS or -DFOREVER"
#endif

byte mortal;                      // who may die: a bit an agent
byte doomed = NOBODY;             // who takes no step any more
byte dead_writers, dead_readers;  // that died in an operation, which may have taken effect or not

#define KILLED(agent) d_step { mortal & (1 << agent) -> doomed = agent }

proctype killer() {
  if
  :: KILLED(0) :: KILLED(1) :: KILLED(2) :: KILLED(3)
  :: KILLED(4) :: KILLED(5) :: KILLED(6) :: KILLED(7)
  :: skip  // nobody is
  fi
}

inline dies() {
  printf("dies\n");  // for who reads a trail
  died = 1;
  UNDO;
  if
  :: performed < M && me < W -> dead_writers = dead_writers + called; writers_left--; message = 0
  :: performed < M && me >= W -> dead_readers = dead_readers + called; readers_left--
  :: else  // it had only to exit
  fi;
  forgets()
}

#define MORTAL(...) { __VA_ARGS__ } unless { d_step { doomed == me -> dies() } }

#else

#define dead_writers 0
#define dead_readers 0
#define MORTAL(...) __VA_ARGS__

#endif
