// A set behind a mutex that every operation takes.
#include <pthread.h>

#include <set>

#include "protocol/object.h"

namespace {

struct Set {
  pthread_mutex_t mutex;
  bool holds[3];

  void init() {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&mutex, &attributes);
    for (bool& one : holds) one = false;
  }

  bool add(int x) {
    pthread_mutex_lock(&mutex);
    const bool is_new = !holds[x];
    holds[x] = true;
    pthread_mutex_unlock(&mutex);
    return is_new;
  }

  bool remove(int x) {
    pthread_mutex_lock(&mutex);
    const bool was_there = holds[x];
    holds[x] = false;
    pthread_mutex_unlock(&mutex);
    return was_there;
  }

  bool contains(int x) {
    pthread_mutex_lock(&mutex);
    const bool is_there = holds[x];
    pthread_mutex_unlock(&mutex);
    return is_there;
  }
};

struct Specification {
  std::set<int> all;

  bool add(int x) { return all.insert(x).second; }
  bool remove(int x) { return all.erase(x) > 0; }
  bool contains(int x) const { return all.count(x) > 0; }
  bool operator==(const Specification&) const = default;
};

}  // namespace

MINUSONE_OBJECT(Set, Specification, "objects/locked_set_right",
                op(&Set::add, &Specification::add, "add", {1, 2}),
                op(&Set::remove, &Specification::remove, "remove", {1, 2}),
                op(&Set::contains, &Specification::contains, "contains", {1}));
