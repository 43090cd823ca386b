// A protocol that never touches its segment: each agent locks a mutex of its own and writes into
// memory of its own. Nothing goes wrong with it, because nothing is shared.
#include <pthread.h>

#include "protocol/protocol.h"

namespace {

pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
volatile int written;

struct Untouched {
  int unused;

  void init() {}
  bool write(const char*, std::size_t, const timespec*) {
    pthread_mutex_lock(&mutex);
    written = written + 1;
    pthread_mutex_unlock(&mutex);
    return false;
  }
  bool read(char*, std::size_t, std::size_t&, const timespec*) {
    pthread_mutex_lock(&mutex);
    written = written - 1;
    pthread_mutex_unlock(&mutex);
    return false;
  }
};

}  // namespace

const minusone::Protocol* minusone_protocol() {
  using namespace minusone;
  static const Protocol protocol =
      describe<Untouched>("test/untouched", Summary{"touches nothing"}, Capacity{1});
  return &protocol;
}
