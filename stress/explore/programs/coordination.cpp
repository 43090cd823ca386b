// C++20's semaphore, latch and barrier, and a readers' lock.
#include <barrier>
#include <cassert>
#include <latch>
#include <mutex>
#include <semaphore>
#include <shared_mutex>
#include <thread>

#ifndef WHAT
#define WHAT 1
#endif

int value = 0;

#if WHAT == 1
std::counting_semaphore<1> lock(1);
void work() {
  lock.acquire();
  ++value;
  lock.release();
}
#elif WHAT == 2
std::latch both(2);
void work() {
  static int done[2];
  static std::atomic<int> next;
  const int mine = next.fetch_add(1);
  done[mine] = 1;
  both.arrive_and_wait();
  assert(done[1 - mine] == 1);
}
#elif WHAT == 3
std::shared_mutex mutex;
void work() {
  {
    const std::shared_lock reader(mutex);
    assert(value >= 0);
  }
  const std::unique_lock writer(mutex);
  ++value;
}
#elif WHAT == 4
std::barrier both(2);
void work() {
  static int done[2];
  static std::atomic<int> next;
  const int mine = next.fetch_add(1);
  done[mine] = 1;
  both.arrive_and_wait();
  assert(done[1 - mine] == 1);
}
#endif

int main() {
  std::thread a(work), b(work);
  a.join();
  b.join();
  return 0;
}
