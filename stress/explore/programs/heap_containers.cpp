// The library's containers and pointers: a reference that a push_back() leaves behind, and what is
// right.
#include <cassert>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

std::mutex mutex;
std::vector<int> numbers{1};
std::deque<std::string> texts;

int main() {
  const int& front = numbers.front();
  std::thread pushes([] {
    const std::lock_guard lock(mutex);
    numbers.push_back(2);
    texts.push_back("a text that is too long to lie in the string itself");
  });
  std::thread reads([&front] {
    const std::lock_guard lock(mutex);
#ifdef RIGHT
    (void)front;
    assert(numbers.front() == 1);
    if (!texts.empty()) texts.pop_front();
#else
    assert(front == 1);
#endif
  });
  pushes.join();
  reads.join();
  const auto shared = std::make_shared<std::string>(40, 'x');
  const auto other = shared;
  assert((*other + *shared).size() == 80);
  const std::unique_ptr<int[]> five(new int[5]{});
  five[4] = 1;
}
