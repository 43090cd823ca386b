// Two threads take a token by a swap of the library's, which is no atomic one.
#include <cassert>
#include <thread>
#include <utility>

static int token = 1;
static int taken[2];

static void take(int who) {
  std::swap(token, taken[who]);
}

int main() {
  std::thread one(take, 0), two(take, 1);
  one.join();
  two.join();
  assert(taken[0] + taken[1] == 1);
}
