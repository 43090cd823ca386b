// One thread takes a step and ends the program as WHAT says: each of these is a violation, at that
// step, and the last two are none.
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include <stdexcept>

static int word;

extern "C" void __VERIFIER_assume(int);
extern "C" void __VERIFIER_error();

static void* end(void*) {
  word = 1;
  switch (WHAT) {
    case 1:
      assert(word == 2);
      break;
    case 2:
      abort();
    case 3:
      _exit(3);
    case 4:
      exit(4);
    case 5:
      throw std::runtime_error("nobody catches it");
    case 6:
      __VERIFIER_error();
      break;
    case 8:
      __VERIFIER_assume(word == 2);
      break;
    case 9:
      exit(0);
  }
  return nullptr;
}

int main() {
  pthread_t thread;
  pthread_create(&thread, nullptr, end, nullptr);
  pthread_join(thread, nullptr);
  return WHAT == 7 ? 7 : 0;
}
