// Each documented errno of each call, injected at the seam: the sentence names the call, the
// object, the errno and what to do about it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "protocol/futex.h"
#include "protocol/os_error.h"
#include "protocol/segment.h"
#include "protocol/semaphore_set.h"
#include "protocol/shared_mutex.h"
#include "protocol/shared_semaphore.h"
#include "protocol/system_calls.h"

namespace minusone {
namespace {

int injected;  // the errno that refusing functions give

/// A function of the same type as the seam's member that refuses with `injected`.
template <class Result, class... Arguments>
auto refusing(Result (*)(Arguments...)) {
  return +[](Arguments...) -> Result {
    errno = injected;
    if constexpr (std::is_pointer_v<Result>)
      return reinterpret_cast<Result>(-1);
    else
      return Result{-1};
  };
}

/// pthread functions return their error.
template <class... Arguments>
auto returning(int (*)(Arguments...)) {
  return +[](Arguments...) { return injected; };
}

struct Case {
  std::string call;    ///< as it must stand in the sentence
  std::string object;  ///< likewise
  std::vector<int> errors;
  std::function<void()> provoke;  ///< with the call refused
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.call; }

template <auto Member>
std::function<void()> with_refused(std::function<void()> work) {
  return [work] {
    const ScopedCall scope(Member, refusing(system_calls.*Member));
    work();
  };
}

template <auto Member>
std::function<void()> with_returned(std::function<void()> work) {
  return [work] {
    const ScopedCall scope(Member, returning(system_calls.*Member));
    work();
  };
}

void create(SegmentKind kind) {
  RunLog log;
  Segment::create(kind, 64, log);
}

/// Something done with an object that was made before the call is refused.
template <auto Member, class Work>
std::function<void()> on_segment(Work work) {
  return [work] {
    RunLog log;
    auto segment = Segment::create(SegmentKind::sysv, 64, log);
    const ScopedCall scope(Member, refusing(system_calls.*Member));
    work(segment);
  };
}

template <auto Member, class Work>
std::function<void()> on_set(Work work) {
  return [work] {
    RunLog log;
    auto set = SemaphoreSet::create({1}, log);
    const ScopedCall scope(Member, refusing(system_calls.*Member));
    work(set);
  };
}

std::vector<Case> cases() {
  using S = SystemCalls;
  const sembuf down[] = {{0, -1, 0}};
  static std::atomic<std::uint32_t> word{0};
  return {
      {"shmget",
       "key 0x6d31",
       {EACCES, EINVAL, ENFILE, ENOMEM, ENOSPC, EPERM},
       with_refused<&S::shmget>([] { create(SegmentKind::sysv); })},
      {"shmget", "key 0x4d2", {EACCES, ENOENT, EINVAL}, with_refused<&S::shmget>([] {
         Segment::attach(1234, 64);
       })},
      {"shmget", "key 0x6d310001", {EEXIST}, with_refused<&S::shmget>([] {
         RunLog log;
         Segment::create_at(0x6d310001, 64, log);
       })},
      {"shmat", "System V segment", {EACCES, EIDRM, EINVAL, ENOMEM}, with_refused<&S::shmat>([] {
         create(SegmentKind::sysv);
       })},
      {"shmctl(IPC_STAT)",
       "key 0x6d31",
       {EACCES, EIDRM, EINVAL},
       on_segment<&S::shmctl>([](Segment& segment) { segment.status(); })},
      {"shmctl(IPC_STAT)", "key 0x6d31", {EPERM}, on_segment<&S::shmctl>([](Segment& segment) {
         segment.set_mode(0640);
       })},
      {"ftok", "/no/such", {EACCES, ENOENT}, with_refused<&S::ftok>([] { key_of("/no/such", 1); })},
      {"shm_open",
       "/minusone-",
       {EACCES, EEXIST, EINVAL, EMFILE, ENAMETOOLONG, ENFILE, ENOENT},
       with_refused<&S::shm_open>([] { create(SegmentKind::posix); })},
      {"memfd_create",
       "memfd, 128 bytes",
       {EMFILE, ENFILE, ENOMEM, ENOSYS},
       with_refused<&S::memfd_create>([] { create(SegmentKind::memfd); })},
      {"ftruncate", "128 bytes", {EFBIG, EINVAL, ENOSPC, EPERM}, with_refused<&S::ftruncate>([] {
         create(SegmentKind::posix);
       })},
      {"mmap",
       "128 bytes",
       {EACCES, EAGAIN, EINVAL, ENFILE, ENOMEM, EPERM},
       with_refused<&S::mmap>([] { create(SegmentKind::memfd); })},
      {"semget", "1 semaphores", {EACCES, EINVAL, ENOMEM, ENOSPC}, with_refused<&S::semget>([] {
         RunLog log;
         SemaphoreSet::create({1}, log);
       })},
      {"semget", "key 0x4d2", {EACCES, ENOENT, EINVAL}, with_refused<&S::semget>([] {
         SemaphoreSet::attach(1234, 1);
       })},
      {"semop",
       "key 0x6d31",
       {E2BIG, EACCES, EFAULT, EFBIG, EIDRM, EINVAL, ENOMEM, ENOSPC, ERANGE},
       on_set<&S::semtimedop>([down](SemaphoreSet& set) { set.change(down); })},
      {"semctl",
       "number 0",
       {EACCES, EIDRM, EINVAL, EPERM, ERANGE},
       on_set<&S::semctl>([](SemaphoreSet& set) { set.set_value(0, 1); })},
      {"sem_init", "POSIX semaphore", {EINVAL, ENOSYS}, with_refused<&S::sem_init>([] {
         SharedSemaphore semaphore(1);
       })},
      {"sem_wait", "POSIX semaphore", {EINVAL}, with_refused<&S::sem_wait>([] {
         SharedSemaphore semaphore(1);
         semaphore.take();
       })},
      {"sem_wait", "POSIX semaphore", {EINVAL}, with_refused<&S::sem_clockwait>([] {
         SharedSemaphore semaphore(1);
         const timespec past{0, 0};
         semaphore.take(&past);
       })},
      {"sem_post", "POSIX semaphore", {EINVAL, EOVERFLOW}, with_refused<&S::sem_post>([] {
         SharedSemaphore semaphore(1);
         semaphore.give();
       })},
      {"pthread_mutex_init",
       "robust mutex",
       {EAGAIN, ENOMEM, EPERM},
       with_returned<&S::mutex_init>([] { SharedRobustMutex mutex; })},
      {"pthread_mutex_lock",
       "robust mutex",
       {EAGAIN, EDEADLK, EINVAL, ENOTRECOVERABLE},
       with_returned<&S::mutex_lock>([] {
         SharedRobustMutex mutex;
         mutex.lock();
       })},
      {"pthread_mutex_lock",
       "robust mutex",
       {EINVAL, EDEADLK, ENOTRECOVERABLE},
       with_returned<&S::mutex_clocklock>([] {
         SharedRobustMutex mutex;
         const timespec past{0, 0};
         mutex.lock(&past);
       })},
      {"pthread_mutex_unlock", "robust mutex", {EPERM}, with_returned<&S::mutex_unlock>([] {
         SharedRobustMutex mutex;
         mutex.unlock();
       })},
      {"futex(FUTEX_WAIT)",
       "shared word",
       {EFAULT, EINVAL, ENOSYS, EACCES},
       with_refused<&S::futex>([] { futex_wait(word, 0); })},
      {"futex(FUTEX_WAKE)", "shared word", {EFAULT, EINVAL, ENOSYS}, with_refused<&S::futex>([] {
         futex_wake(word);
       })},
  };
}

class EveryErrno : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Calls, EveryErrno, testing::ValuesIn(cases()));

TEST_P(EveryErrno, GivesASentenceWithCallObjectNameAndAdvice) {
  const Case& c = GetParam();
  for (const int error : c.errors) {
    injected = error;
    try {
      c.provoke();
      ADD_FAILURE() << c.call << " with " << errno_name(error) << " was not told";
    } catch (const OsError& told) {
      const std::string sentence = told.what();
      EXPECT_EQ(told.code().value(), error);
      EXPECT_THAT(sentence, testing::HasSubstr(c.call + " of "));
      EXPECT_THAT(sentence, testing::HasSubstr(c.object));
      EXPECT_THAT(sentence, testing::HasSubstr(errno_name(error)));
      EXPECT_THAT(sentence, testing::HasSubstr("): ")) << "what to do";
    }
  }
}

TEST(Interrupted, SemopAndSemWaitGoOn) {
  static int interruptions;
  interruptions = 3;
  RunLog log;
  const auto set = SemaphoreSet::create({1}, log);
  const ScopedCall semop(
      &SystemCalls::semtimedop, +[](int id, sembuf* operations, std::size_t n, const timespec* t) {
        if (interruptions-- > 0) {
          errno = EINTR;
          return -1;
        }
        return ::semtimedop(id, operations, n, t);
      });
  const sembuf down[] = {{0, -1, 0}};
  EXPECT_TRUE(set.change(down));
  EXPECT_EQ(set.value(0), 0);
  interruptions = 3;
  const ScopedCall wait(
      &SystemCalls::sem_wait, +[](sem_t* semaphore) {
        if (interruptions-- > 0) {
          errno = EINTR;
          return -1;
        }
        return ::sem_wait(semaphore);
      });
  SharedSemaphore semaphore(1);
  EXPECT_TRUE(semaphore.take());
  EXPECT_EQ(semaphore.value(), 0);
}

TEST(NotErrors, AreValues) {
  SharedSemaphore semaphore(0);
  SharedRobustMutex mutex;
  const std::atomic<std::uint32_t> word{0};
  const timespec past{0, 0};
  injected = ETIMEDOUT;
  with_refused<&SystemCalls::sem_clockwait>([&] { EXPECT_FALSE(semaphore.take(&past)); })();
  with_returned<&SystemCalls::mutex_clocklock>(
      [&] { EXPECT_EQ(mutex.lock(&past), SharedRobustMutex::Lock::too_late); })();
  with_refused<&SystemCalls::futex>(
      [&] { EXPECT_EQ(futex_wait(word, 0, &past), Waited::too_late); })();
  injected = EOWNERDEAD;
  with_returned<&SystemCalls::mutex_lock>(
      [&] { EXPECT_EQ(mutex.lock(), SharedRobustMutex::Lock::taken_from_the_dead); })();
  injected = EINTR;
  with_refused<&SystemCalls::futex>([&] { EXPECT_EQ(futex_wait(word, 0), Waited::woken); })();
  injected = EAGAIN;
  with_refused<&SystemCalls::futex>([&] { EXPECT_EQ(futex_wait(word, 0), Waited::changed); })();
}

}  // namespace
}  // namespace minusone
