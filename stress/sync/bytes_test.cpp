// Objects are what their bytes say: initialised by a call, by an initialiser, by memset(), as part
// of a struct that is assigned, or by nothing at all. Beside glibc's.
#include <pthread.h>
#include <semaphore.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <fstream>
#include <vector>

#include "stress/sync/testing/beside_the_real.h"

namespace minusone {
namespace {

/// Room for one object of any family.
union alignas(16) Object {
  sem_t semaphore;
  pthread_mutex_t mutex;
  pthread_cond_t condition;
  pthread_rwlock_t rwlock;
  pthread_barrier_t barrier;
  pthread_spinlock_t spin;
  pthread_once_t once;
  std::array<unsigned char, 64> bytes;
};

/// A call that does not wait in glibc where it does not in the model, or sleeps in a futex.
struct OneCall {
  const char* name;
  Action action;
  std::int64_t (*real)(Object&);
  std::uint64_t b = 0;
};

const std::vector<OneCall> calls_on_objects{
    {"sem_wait", Action::sem_wait, [](Object& o) { return answer(sem_wait(&o.semaphore)); }},
    {"sem_trywait", Action::sem_trywait,
     [](Object& o) { return answer(sem_trywait(&o.semaphore)); }},
    {"sem_post", Action::sem_post, [](Object& o) { return answer(sem_post(&o.semaphore)); }},
    {"sem_getvalue", Action::sem_getvalue,
     [](Object& o) -> std::int64_t {
       int value = 0;
       sem_getvalue(&o.semaphore, &value);
       return value;
     }},
    {"mutex_lock", Action::mutex_lock,
     [](Object& o) -> std::int64_t { return pthread_mutex_lock(&o.mutex); }},
    {"mutex_trylock", Action::mutex_trylock,
     [](Object& o) -> std::int64_t { return pthread_mutex_trylock(&o.mutex); }},
    {"mutex_unlock", Action::mutex_unlock,
     [](Object& o) -> std::int64_t { return pthread_mutex_unlock(&o.mutex); }},
    {"mutex_destroy", Action::mutex_destroy,
     [](Object& o) -> std::int64_t { return pthread_mutex_destroy(&o.mutex); }},
    {"cond_signal", Action::cond_signal,
     [](Object& o) -> std::int64_t { return pthread_cond_signal(&o.condition); }},
    {"cond_broadcast", Action::cond_broadcast,
     [](Object& o) -> std::int64_t { return pthread_cond_broadcast(&o.condition); }},
    {"rdlock", Action::rwlock_read,
     [](Object& o) -> std::int64_t { return pthread_rwlock_rdlock(&o.rwlock); }},
    {"tryrdlock", Action::rwlock_read,
     [](Object& o) -> std::int64_t { return pthread_rwlock_tryrdlock(&o.rwlock); }, 1},
    {"wrlock", Action::rwlock_write,
     [](Object& o) -> std::int64_t { return pthread_rwlock_wrlock(&o.rwlock); }},
    {"trywrlock", Action::rwlock_write,
     [](Object& o) -> std::int64_t { return pthread_rwlock_trywrlock(&o.rwlock); }, 1},
    {"barrier_wait", Action::barrier_arrive,
     [](Object& o) -> std::int64_t {
       return pthread_barrier_wait(&o.barrier) == PTHREAD_BARRIER_SERIAL_THREAD;
     }},
    {"spin_trylock", Action::spin_trylock,
     [](Object& o) -> std::int64_t { return pthread_spin_trylock(&o.spin); }},
};

/// What a call came to: what it returned, that it sleeps, or that it must not be made.
struct Came {
  enum { returned, sleeps, refused } to = returned;
  std::int64_t value = 0;
  bool operator==(const Came&) const = default;
};

Came modelled(const OneCall& call, Object object) {
  SyncModel model;
  model.set_processes(false);
  model.follow_bytes(true);
  const Context context = announced(call.action, at(&object), call.b);
  if (!model.enabled(context)) return {Came::sleeps, 0};
  const auto value = perform(model, context);
  return model.misuse() ? Came{Came::refused, 0} : Came{Came::returned, value};
}

/// In a process of its own, which ends with what the call returns, or sleeps in it.
Came real(const OneCall& call, Object object) {
  const pid_t child = fork();
  if (child == 0) {
    const auto value = call.real(object);
    _exit(value < 0 ? 128 - static_cast<int>(value) : static_cast<int>(value));
  }
  const std::string asleep_in_futex = std::to_string(SYS_futex) + " ";
  int status = 0;
  for (;;) {
    if (waitpid(child, &status, WNOHANG) == child) break;
    std::string line;
    std::getline(std::ifstream("/proc/" + std::to_string(child) + "/syscall"), line);
    if (line.starts_with(asleep_in_futex)) {
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
      return {Came::sleeps, 0};
    }
  }
  if (!WIFEXITED(status)) return {Came::refused, 0};
  const int value = WEXITSTATUS(status);
  return {Came::returned, value >= 128 ? 128 - value : value};
}

TEST(ObjectsBytes, DecideWhatACallOnAnObjectThatNobodyInitialisedComesTo) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "ThreadSanitizer knows which objects were initialised";
#endif
  for (const int byte : {0, 0xff, 0xaa, 0x55, 0x01}) {
    for (const OneCall& call : calls_on_objects) {
      Object object;
      std::memset(&object, byte, sizeof object);
      const Came said = modelled(call, object);
      if (said.to == Came::refused) continue;  // by name: what glibc does is undefined
      EXPECT_EQ(said, real(call, object)) << call.name << " on bytes of " << byte;
    }
  }
}

TEST(ObjectsBytes, OfZeroAreAnInitialisedObjectButForBarriersAndSpinLocks) {
  for (const OneCall& call : calls_on_objects) {
    Object object{};
    std::memset(&object, 0, sizeof object);
    const bool refuses = modelled(call, object).to == Came::refused;
    const bool of_barrier = call.action == Action::barrier_arrive;
    const bool of_nobody = call.action == Action::mutex_unlock;
    const bool of_spin = call.action == Action::spin_trylock;
    EXPECT_EQ(refuses, of_barrier || of_spin || of_nobody) << call.name;
  }
}

TEST(ObjectsBytes, OfArbitraryMemoryAreNoObject) {
  for (const OneCall& call : calls_on_objects) {
    Object object;
    std::memset(&object, 0xa5, sizeof object);
    EXPECT_EQ(modelled(call, object).to, Came::refused) << call.name;
  }
}

/// Two objects, real and modelled ones that begin with the same bytes.
class Twins {
 public:
  Twins() {
    model_.set_processes(false);
    model_.follow_bytes(true);
  }

  /// What is no call: both get it.
  template <class Do>
  void both(const Do& change) {
    change(real_);
    change(modelled_);
  }
  void copy(std::size_t from, std::size_t to) {
    both([&](auto& objects) { objects[to] = objects[from]; });
  }

  /// A call, unless the model says that it waits or must not be made.
  /// @return whether both said the same
  bool call(const std::string& name, std::size_t which, const Context& model,
            const std::function<std::int64_t(Object&)>& real) {
    Context context = model;
    context.a = at(&modelled_[which]);
    if (!model_.enabled(context)) return true;
    const auto before = modelled_;
    SyncModel kept = model_;
    const auto said = perform(model_, context);
    if (model_.misuse()) {
      model_ = kept;
      modelled_ = before;
      return true;
    }
    said_ += name + " " + std::to_string(which) + "; ";
    const auto answered = real(real_[which]);
    EXPECT_EQ(said, answered) << said_;
    return said == answered;
  }
  void note(const std::string& what) { said_ += what + "; "; }

 private:
  SyncModel model_;
  std::array<Object, 2> real_{};
  std::array<Object, 2> modelled_{};
  std::string said_;
};

// Only unused objects are copied: a used one's other bytes are glibc's own.
TEST(ObjectsBytes, AreFollowedThroughInitialisersCopiesAndMemsetOfMutexesAsInGlibc) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "ThreadSanitizer knows which objects were initialised";
#endif
  constexpr int kinds[] = {PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_ERRORCHECK,
                           PTHREAD_MUTEX_ADAPTIVE_NP};
  Random random(21);
  for (int round = 0; round < 200; ++round) {
    Twins twins;
    bool equal = true;
    for (int i = 0; i < 40 && equal; ++i) {
      const std::size_t which = random() % 2;
      const int kind = kinds[random() % 4];
      switch (random() % 8) {
        case 0:
          twins.note("initialiser " + std::to_string(kind));
          twins.both([&](auto& objects) {
            pthread_mutex_t made = PTHREAD_MUTEX_INITIALIZER;
            made.__data.__kind = kind;
            objects[which].mutex = made;
          });
          break;
        case 1:
          twins.note("zeroes " + std::to_string(which));
          twins.both([&](auto& objects) { std::memset(&objects[which], 0, sizeof(Object)); });
          break;
        case 2:
          twins.note("copies over " + std::to_string(which));
          twins.copy(1 - which, which);
          break;
        case 3:
          equal = twins.call("init", which,
                             announced(Action::mutex_init, 0, static_cast<std::uint64_t>(kind)),
                             [&](Object& object) {
                               pthread_mutexattr_t attributes;
                               pthread_mutexattr_init(&attributes);
                               pthread_mutexattr_settype(&attributes, kind);
                               return pthread_mutex_init(&object.mutex, &attributes);
                             });
          break;
        case 4:
          equal = twins.call("destroy", which, announced(Action::mutex_destroy, 0),
                             [](Object& object) { return pthread_mutex_destroy(&object.mutex); });
          break;
        case 5:
          equal = twins.call("unlock", which, announced(Action::mutex_unlock, 0),
                             [](Object& object) { return pthread_mutex_unlock(&object.mutex); });
          break;
        default:
          equal = twins.call("trylock", which, announced(Action::mutex_trylock, 0),
                             [](Object& object) { return pthread_mutex_trylock(&object.mutex); });
      }
    }
    ASSERT_TRUE(equal) << "round " << round;
  }
}

TEST(ObjectsBytes, AreFollowedThroughCopiesAndMemsetOfSemaphoresAsInGlibc) {
  Random random(22);
  for (int round = 0; round < 200; ++round) {
    Twins twins;
    bool equal = true;
    for (int i = 0; i < 40 && equal; ++i) {
      const std::size_t which = random() % 2;
      const unsigned value = random() % 3;
      switch (random() % 6) {
        case 0:
          twins.note("zeroes " + std::to_string(which));
          twins.both([&](auto& objects) { std::memset(&objects[which], 0, sizeof(Object)); });
          break;
        case 1:
          twins.note("copies over " + std::to_string(which));
          twins.copy(1 - which, which);
          break;
        case 2:
          equal = twins.call("init", which, announced(Action::sem_init, 0, value, value % 2),
                             [&](Object& object) {
                               return answer(sem_init(&object.semaphore, value % 2, value));
                             });
          break;
        case 3:
          equal = twins.call("post", which, announced(Action::sem_post, 0),
                             [](Object& object) { return answer(sem_post(&object.semaphore)); });
          break;
        case 4:
          equal = twins.call("getvalue", which, announced(Action::sem_getvalue, 0),
                             [](Object& object) -> std::int64_t {
                               int now = -1;
                               sem_getvalue(&object.semaphore, &now);
                               return now;
                             });
          break;
        default:
          equal = twins.call("trywait", which, announced(Action::sem_trywait, 0),
                             [](Object& object) { return answer(sem_trywait(&object.semaphore)); });
      }
    }
    ASSERT_TRUE(equal) << "round " << round;
  }
}

}  // namespace
}  // namespace minusone
