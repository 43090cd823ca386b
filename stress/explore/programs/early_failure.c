// Fails before anybody has taken a step.
#include <assert.h>

int main(void) {
  assert(0 > 1);
  return 0;
}
