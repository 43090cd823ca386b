// The modelled primitives beside the kernel's and glibc's: the same random calls, equal results,
// errnos and states. Calls that would block are left out on both sides.
#include "stress/sync/sync_model.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/ipc.h>
#include <sys/sem.h>

#include <cerrno>
#include <random>

#include "protocol/run_log.h"

namespace minusone {
namespace {

Context call(Action action, std::uint64_t a, std::uint64_t b = 0, std::uint64_t c = 0,
             std::uint64_t d = 0) {
  Context context;
  context.code = code_of(action);
  context.a = a;
  context.b = b;
  context.c = c;
  context.d = d;
  return context;
}

std::int64_t answer(int result) { return result < 0 ? -errno : result; }
std::uint64_t at(const void* p) { return reinterpret_cast<std::uint64_t>(p); }

/// A set of the kernel's, gone with the test, or with `minusone clean` after a kill.
struct KernelSet {
  explicit KernelSet(int number)
      : id(semget(log.reserve_key("sem"), number, IPC_CREAT | IPC_EXCL | 0600)) {}
  ~KernelSet() { semctl(id, 0, IPC_RMID); }
  RunLog log;
  int id;
};

TEST(SyncModel, AnswersRandomSemopsAsTheKernelDoes) {
  constexpr int number = 3;
  std::mt19937 random(1);
  for (int round = 0; round < 40; ++round) {
    const KernelSet kernel(number);
    const int set = kernel.id;
    ASSERT_GE(set, 0);
    SyncModel model;
    const auto modelled =
        static_cast<std::uint64_t>(model.perform(call(Action::semget, IPC_PRIVATE, number, 0600)));
    for (int step = 0; step < 60; ++step) {
      if (random() % 8 == 0) {
        const unsigned index = random() % (number + 1);
        const int value = static_cast<int>(random() % 6) - 1;
        const int commands[] = {SETVAL, GETVAL};
        const int command = commands[random() % 2];
        const std::int64_t real = answer(semctl(set, static_cast<int>(index), command, value));
        ASSERT_EQ(real, model.perform(call(Action::semctl, modelled, index,
                                           static_cast<std::uint64_t>(command),
                                           static_cast<std::uint64_t>(value))));
        continue;
      }
      sembuf operations[3];
      const std::size_t count = random() % 4;
      for (sembuf& operation : operations) {
        operation.sem_num =
            static_cast<unsigned short>(random() % 16 == 0 ? number : random() % number);
        operation.sem_op =
            static_cast<short>(random() % 32 == 0 ? 32767 : static_cast<int>(random() % 5) - 2);
        operation.sem_flg = static_cast<short>(IPC_NOWAIT | (random() % 2 ? SEM_UNDO : 0));
      }
      const std::int64_t real = answer(semop(set, operations, count));
      ASSERT_EQ(real, model.perform(call(Action::semop, modelled, at(operations), count)))
          << "round " << round << ", step " << step << ", " << count << " operations";
      for (unsigned i = 0; i < number; ++i) {
        ASSERT_EQ(semctl(set, static_cast<int>(i), GETVAL),
                  model.perform(call(Action::semctl, modelled, i, GETVAL)));
      }
    }
  }
}

TEST(SyncModel, AnswersRandomPosixSemaphoreCallsAsGlibcDoes) {
  std::mt19937 random(2);
  for (int round = 0; round < 100; ++round) {
    sem_t semaphore;
    SyncModel model;
    const unsigned start = random() % 4 == 0 ? SEM_VALUE_MAX : random() % 3;
    sem_init(&semaphore, 1, start);
    model.perform(call(Action::sem_init, at(&semaphore), start));
    for (int step = 0; step < 50; ++step) {
      int value = 0;
      switch (random() % 3) {
        case 0:
          ASSERT_EQ(answer(sem_trywait(&semaphore)),
                    model.perform(call(Action::sem_trywait, at(&semaphore))));
          break;
        case 1:
          ASSERT_EQ(answer(sem_post(&semaphore)),
                    model.perform(call(Action::sem_post, at(&semaphore))));
          break;
        default:
          sem_getvalue(&semaphore, &value);
          ASSERT_EQ(value, model.perform(call(Action::sem_getvalue, at(&semaphore))));
          ASSERT_EQ(value > 0, model.enabled(call(Action::sem_wait, at(&semaphore))));
      }
    }
    sem_destroy(&semaphore);
  }
}

TEST(SyncModel, AnswersRandomMutexCallsOfAllTypesAsGlibcDoes) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "ThreadSanitizer reports the wrong calls that this test makes on purpose";
#endif
  std::mt19937 random(3);
  for (int type : {PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_ERRORCHECK}) {
    for (int robust : {PTHREAD_MUTEX_STALLED, PTHREAD_MUTEX_ROBUST}) {
      pthread_mutexattr_t attributes;
      pthread_mutexattr_init(&attributes);
      pthread_mutexattr_settype(&attributes, type);
      pthread_mutexattr_setrobust(&attributes, robust);
      pthread_mutex_t mutex;
      pthread_mutex_init(&mutex, &attributes);
      SyncModel model;
      model.perform(call(Action::mutex_init, at(&mutex), static_cast<std::uint64_t>(type),
                         robust == PTHREAD_MUTEX_ROBUST));
      int depth = 0;
      for (int step = 0; step < 200; ++step) {
        const Context lock = call(Action::mutex_lock, at(&mutex));
        const Context unlock = call(Action::mutex_unlock, at(&mutex));
        switch (random() % 4) {
          case 0: {
            if (!model.enabled(lock)) break;  // would block for ever
            const int real = pthread_mutex_lock(&mutex);
            depth += real == 0;
            ASSERT_EQ(real, model.perform(lock)) << "type " << type;
            break;
          }
          case 1: {
            const int real = pthread_mutex_trylock(&mutex);
            depth += real == 0;
            ASSERT_EQ(real, model.perform(call(Action::mutex_trylock, at(&mutex))));
            break;
          }
          case 2: {
            // Unlocking a normal mutex that nobody holds is undefined.
            if (depth == 0 && type == PTHREAD_MUTEX_NORMAL) break;
            const int real = pthread_mutex_unlock(&mutex);
            depth -= real == 0;
            ASSERT_EQ(real, model.perform(unlock)) << "type " << type;
            break;
          }
          default:
            ASSERT_EQ(pthread_mutex_consistent(&mutex),
                      model.perform(call(Action::mutex_consistent, at(&mutex))));
        }
      }
      while (depth-- > 0) pthread_mutex_unlock(&mutex);
      pthread_mutex_destroy(&mutex);
    }
  }
}

TEST(SyncModel, UndoesSemopsOfAnAgentThatEnds) {
  SyncModel model;
  const auto set =
      static_cast<std::uint64_t>(model.perform(call(Action::semget, IPC_PRIVATE, 1, 0600)));
  sembuf up{0, 2, SEM_UNDO};
  ASSERT_EQ(model.perform(call(Action::semop, set, at(&up), 1)), 0);
  EXPECT_EQ(model.perform(call(Action::semctl, set, 0, GETVAL)), 2);
  int touched = 0;
  model.touched_by_end(0, [&](std::uint64_t key, bool is_set) {
    EXPECT_EQ(key, set);
    EXPECT_TRUE(is_set);
    ++touched;
  });
  EXPECT_EQ(touched, 1);
  model.agent_ends(0);
  EXPECT_EQ(model.perform(call(Action::semctl, set, 0, GETVAL)), 0);
  model.touched_by_end(0, [](std::uint64_t, bool) { FAIL() << "nothing is left to undo"; });
}

}  // namespace
}  // namespace minusone
