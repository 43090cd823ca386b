// Segments, semaphores, mutex and futex word as the kernel really has them.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <optional>

#include "protocol/deadline.h"
#include "protocol/futex.h"
#include "protocol/os_error.h"
#include "protocol/segment.h"
#include "protocol/semaphore_set.h"
#include "protocol/shared_mutex.h"
#include "protocol/shared_semaphore.h"
#include "protocol/testing/child.h"

namespace minusone {
namespace {

const timespec past{0, 0};

/// A T in memory that children share.
template <class T>
class Shared {
 public:
  template <class... Arguments>
  explicit Shared(Arguments... arguments)
      : segment_(Segment::create(SegmentKind::memfd, sizeof(T), log_)),
        object_(new (segment_.payload()) T(arguments...)) {}
  ~Shared() { object_->~T(); }
  T* operator->() const { return object_; }
  T& operator*() const { return *object_; }

 private:
  RunLog log_;
  Segment segment_;
  T* object_;
};

int errno_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const OsError& error) {
    return error.code().value();
  }
  return 0;
}

TEST(SysvSegment, StaysInTheKernelUntilItIsRemovedAndThenUntilItsLastDetach) {
  RunLog log;
  std::optional<Segment> creator(Segment::create(SegmentKind::sysv, 64, log));
  const key_t key = creator->key();
  Child visitor([&] { Segment::attach(key, 64); });
  ASSERT_EQ(visitor.end(), 0);
  EXPECT_EQ(creator->status().attached, 1U) << "the visitor left, and it is there";
  const auto guest = Segment::attach(key, 64);
  EXPECT_EQ(guest.status().attached, 2U);
  creator.reset();
  EXPECT_EQ(errno_of([&] { Segment::attach(key, 64); }), ENOENT);
  EXPECT_TRUE(guest.status().doomed);
  EXPECT_EQ(guest.status().attached, 1U) << "and the guest still uses it";
}

TEST(SysvSegment, OfAnAgreedKeyIsRefusedTheSecondTime) {
  RunLog log;
  char path[] = "/tmp/minusone-key-XXXXXX";
  const int file = mkstemp(path);
  ASSERT_NE(file, -1);
  close(file);
  const key_t key = key_of(path, 7);
  EXPECT_EQ(key, key_of(path, 7));
  EXPECT_NE(key, key_of(path, 8));
  {
    const auto segment = Segment::create_at(key, 64, log);
    EXPECT_EQ(segment.key(), key);
    EXPECT_EQ(errno_of([&] { Segment::create_at(key, 64, log); }), EEXIST);
    EXPECT_EQ(Segment::attach(key, 64).generation(), segment.generation());
  }
  std::filesystem::remove(path);
  EXPECT_EQ(errno_of([&] { key_of(path, 7); }), ENOENT);
}

TEST(SysvSegment, HasASuccessorOfAnotherGeneration) {
  RunLog log;
  const key_t key = RunLog::fresh_key();
  const auto first = Segment::create_at(key, 64, log).generation();
  EXPECT_NE(first, Segment::create_at(key, 64, log).generation());
}

class Mode : public testing::TestWithParam<SegmentKind> {};
INSTANTIATE_TEST_SUITE_P(Segment, Mode, testing::Values(SegmentKind::sysv, SegmentKind::posix));

TEST_P(Mode, IsTheOwnersAloneUntilChanged) {
  RunLog log;
  auto segment = Segment::create(GetParam(), 64, log);
  EXPECT_EQ(segment.status().mode, 0600U);
  EXPECT_EQ(segment.status().owner, geteuid());
  EXPECT_EQ(segment.status().bytes, 128U);
  segment.set_mode(0640);
  EXPECT_EQ(segment.status().mode, 0640U);
}

TEST(PosixSegment, IsFoundByItsNameAndGoneWithItsCreator) {
  RunLog log;
  std::string name;
  {
    const auto segment = Segment::create(SegmentKind::posix, 64, log);
    name = segment.posix_name();
    static_cast<char*>(segment.payload())[63] = 'x';
    const auto guest = Segment::attach(name, 64);
    EXPECT_EQ(static_cast<char*>(guest.payload())[63], 'x');
    EXPECT_THROW(Segment::attach(name, 32), StaleSegment);
    EXPECT_THROW(Segment::attach(name, 4096), StaleSegment);
  }
  EXPECT_EQ(errno_of([&] { Segment::attach(name, 64); }), ENOENT);
}

TEST(SemaphoreSet, ChangesAllOrNothing) {
  RunLog log;
  const auto set = SemaphoreSet::create({1, 0}, log);
  const sembuf both[] = {{0, -1, IPC_NOWAIT}, {1, -1, IPC_NOWAIT}};
  EXPECT_FALSE(set.change(both));
  EXPECT_EQ(set.value(0), 1) << "the first is not taken without the second";
  const sembuf up[] = {{1, +1, 0}};
  EXPECT_TRUE(set.change(up));
  EXPECT_TRUE(set.change(both));
  EXPECT_EQ(set.value(0), 0);
  EXPECT_EQ(set.last_user(0), getpid());
}

TEST(SemaphoreSet, GivesBackWhatADeadAgentTookWithUndo) {
  RunLog log;
  auto set = SemaphoreSet::create({1}, log);
  const sembuf lease[] = {{0, -1, SEM_UNDO}}, take[] = {{0, -1, 0}};
  dies_after([&] { set.change(lease); });
  EXPECT_EQ(set.value(0), 1);
  dies_after([&] { set.change(take); });
  EXPECT_EQ(set.value(0), 0) << "without undo it stays taken";
  EXPECT_FALSE(set.change(take, &past));
  set.set_value(0, 1);
  EXPECT_TRUE(set.change(take, &past));
}

TEST(SemaphoreSet, TellsWhoWaitsAndWhenItIsRemoved) {
  RunLog log;
  std::optional<SemaphoreSet> set(SemaphoreSet::create({0}, log));
  Child waiter([&] {
    const sembuf take[] = {{0, -1, 0}};
    _exit(errno_of([&] { set->change(take); }) == EIDRM ? 0 : 1);
  });
  while (set->waiters(0) == 0) usleep(100);
  const auto stranger = SemaphoreSet::attach(set->key(), 1);
  EXPECT_EQ(errno_of([&] { SemaphoreSet::attach(set->key(), 2); }), EINVAL);
  set.reset();
  EXPECT_EQ(waiter.end(), 0);
  EXPECT_EQ(errno_of([&] { stranger.value(0); }), EINVAL);
}

TEST(SemaphoreSet, AgreesWithAModelOnRandomChanges) {
  EXPECT_TRUE(rc::check("values are as arithmetic says", [] {
    RunLog log;
    const auto set = SemaphoreSet::create({2, 0, 1}, log);
    std::vector<int> model{2, 0, 1};
    const auto steps = *rc::gen::inRange(1, 20);
    for (int i = 0; i < steps; ++i) {
      std::vector<sembuf> operations;
      auto after = model;
      bool fits = true;
      const auto count = *rc::gen::inRange(1, 4);
      for (int j = 0; j < count; ++j) {
        const auto number = *rc::gen::inRange<unsigned short>(0, 3);
        const auto by = *rc::gen::inRange<short>(-2, 3);
        operations.push_back({number, by, IPC_NOWAIT});
        // semop(2): by 0 waits for zero, and each operation sees those before it.
        fits &= by == 0 ? after[number] == 0 : after[number] + by >= 0;
        after[number] += by;
      }
      RC_ASSERT(set.change(operations) == fits);
      if (fits) model = after;
      for (int number = 0; number < 3; ++number)
        RC_ASSERT(set.value(number) == model[static_cast<std::size_t>(number)]);
    }
  }));
}

TEST(SharedSemaphore, CountsBetweenProcesses) {
  const Shared<SharedSemaphore> semaphore(0U);
  EXPECT_FALSE(semaphore->take(&past));
  Child giver([&] { semaphore->give(); });
  EXPECT_TRUE(semaphore->take());
  EXPECT_EQ(giver.end(), 0);
  EXPECT_EQ(semaphore->value(), 0);
}

TEST(SharedSemaphore, StaysTakenByTheDead) {
  const Shared<SharedSemaphore> semaphore(1U);
  dies_after([&] { semaphore->take(); });
  EXPECT_FALSE(semaphore->take(&past));
}

TEST(SharedRobustMutex, TellsOfADeathAndGoesOn) {
  const Shared<SharedRobustMutex> mutex;
  dies_after([&] { mutex->lock(); });
  EXPECT_EQ(mutex->lock(), SharedRobustMutex::Lock::taken_from_the_dead);
  mutex->make_consistent();
  mutex->unlock();
  EXPECT_EQ(mutex->lock(), SharedRobustMutex::Lock::taken);
  mutex->unlock();
}

TEST(SharedRobustMutex, RefusesEverybodyWhenADeathIsPassedOver) {
  const Shared<SharedRobustMutex> mutex;
  dies_after([&] { mutex->lock(); });
  EXPECT_EQ(mutex->lock(), SharedRobustMutex::Lock::taken_from_the_dead);
  mutex->unlock();
  EXPECT_EQ(errno_of([&] { mutex->lock(); }), ENOTRECOVERABLE);
}

TEST(SharedRobustMutex, IsWaitedForNoLongerThanAsked) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "ThreadSanitizer does not know pthread_mutex_clocklock";
#endif
  const Shared<SharedRobustMutex> mutex;
  mutex->lock();
  Child other([&] {
    const auto soon = deadline_in(std::chrono::milliseconds(1));
    _exit(mutex->lock(&soon) == SharedRobustMutex::Lock::too_late ? 0 : 1);
  });
  EXPECT_EQ(other.end(), 0);
  EXPECT_EQ(errno_of([&] { mutex->lock(); }), EDEADLK);
  mutex->unlock();
  EXPECT_EQ(errno_of([&] { mutex->unlock(); }), EPERM);
}

TEST(Futex, WakesASleeperInAnotherProcess) {
  const Shared<std::atomic<std::uint32_t>> word(0U);
  Child sleeper([&] {
    while (*word == 0) futex_wait(*word, 0);
  });
  ASSERT_TRUE(sleeper.comes_to_sleep_in(SYS_futex));
  *word = 1;
  EXPECT_EQ(futex_wake(*word), 1);
  EXPECT_EQ(sleeper.end(), 0);
}

TEST(Futex, SleepsNeitherOnAChangedWordNorBeyondItsDeadline) {
  const Shared<std::atomic<std::uint32_t>> word(5U);
  EXPECT_EQ(futex_wait(*word, 4), Waited::changed);
  EXPECT_EQ(futex_wait(*word, 5, &past), Waited::too_late);
}

}  // namespace
}  // namespace minusone
