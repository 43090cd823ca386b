// Two steps of main(), and a write between them that the compiler's pass does not see.
#include <stdatomic.h>

static atomic_int seen;
static int unseen;

__attribute__((no_sanitize_thread)) static void write_unseen(void) {
#ifdef ASSEMBLY
  __asm__ volatile("movl $1, %0" : "=m"(unseen));
#else
  unseen = 1;
#endif
}

int main(void) {
  atomic_store(&seen, 1);
  write_unseen();
  atomic_store(&seen, 2);
  return 0;
}
