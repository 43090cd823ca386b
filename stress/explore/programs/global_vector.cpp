// What a global's constructor allocates is shared and put back like any memory: two threads lose an
// increment of it.
#include <cassert>
#include <thread>
#include <vector>

std::vector<int> counters(40);

int main() {
  const auto increment = [] { counters[7] = counters[7] + 1; };
  std::thread a(increment), b(increment);
  a.join();
  b.join();
  assert(counters[7] == 2);
  return 0;
}
