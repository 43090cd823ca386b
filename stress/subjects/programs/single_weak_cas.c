/* Takes a free slot by one weak compare-and-swap, which may fail although the slot is free. */
#include <assert.h>
#include <stdatomic.h>

atomic_int slot;

int main(void) {
  int expected = 0;
  const int taken = atomic_compare_exchange_weak(&slot, &expected, 1);
  assert(taken);
  return 0;
}
