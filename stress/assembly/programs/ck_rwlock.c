// A thread changes two numbers under Concurrency Kit's read-write lock while main() compares them.
// TO_READ: it takes the lock to read only.
#include <assert.h>
#include <ck_rwlock.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

static ck_rwlock_t lock = CK_RWLOCK_INITIALIZER;
static int a, b;

static void* change(void* unused) {
#ifdef TO_READ
  ck_rwlock_read_lock(&lock);
#else
  ck_rwlock_write_lock(&lock);
#endif
  a++;
  b++;
#ifdef TO_READ
  ck_rwlock_read_unlock(&lock);
#else
  ck_rwlock_write_unlock(&lock);
#endif
  return unused;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, change, NULL);
  ck_rwlock_read_lock(&lock);
  assert(a == b);
  ck_rwlock_read_unlock(&lock);
  pthread_join(thread, NULL);
  return 0;
}
