// What makes places hard to tell: two orders of one kind on a line, an operator whose access stands
// in the library, a line that is inlined twice, and the guard of a static variable.
#include <atomic>
#include <thread>

namespace {

std::atomic<int> a, b, c;

inline void count() { c.fetch_add(1, std::memory_order_acq_rel); }

int once() {
  static const int value = a.load(std::memory_order_relaxed);
  return value;
}

}  // namespace

int main() {
  std::thread other([] {
    a = 1;
    count();
    b.store(1, std::memory_order_release);
  });
  once();
  (void)(a.load(std::memory_order_acquire) + b.load(std::memory_order_relaxed));
  count();
  std::atomic_thread_fence(std::memory_order_seq_cst);
  other.join();
}
