// Two threads append to one std::string without a lock: its code belongs to the module, so that the
// accesses inside are steps, and the race is found.
#include <string>
#include <thread>

std::string text;

int main() {
  std::thread a([] { text += 'a'; });
  std::thread b([] { text += 'b'; });
  a.join();
  b.join();
  return 0;
}
