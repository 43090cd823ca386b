#ifndef END
#define END 0
#endif

struct shared {
  pthread_rwlock_t lock;
  _Atomic int is_read, gave_up;
};
