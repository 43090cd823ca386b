#include "protocol/segment.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>
#include <cstring>

#include "protocol/os_error.h"
#include "protocol/system_calls.h"

namespace minusone {
namespace {

using testing::HasSubstr;

bool exists(key_t key) { return shmget(key, 0, 0) != -1; }

class EachKind : public testing::TestWithParam<SegmentKind> {};
INSTANTIATE_TEST_SUITE_P(Segment, EachKind,
                         testing::Values(SegmentKind::sysv, SegmentKind::posix,
                                         SegmentKind::memfd));

TEST_P(EachKind, IsSharedWithAForkedProcess) {
  RunLog log;
  const auto segment = Segment::create(GetParam(), 4096, log);
  auto* text = static_cast<char*>(segment.payload());
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(text) % 64, 0U);
  const pid_t child = fork();
  if (child == 0) {
    std::strcpy(text, "from the child");
    _exit(0);
  }
  waitpid(child, nullptr, 0);
  EXPECT_STREQ(text, "from the child");
}

TEST(SysvSegment, OutlivesItsForkedUsersAndIsRemovedByItsOwner) {
  RunLog log;
  key_t key;
  {
    const auto segment = Segment::create(SegmentKind::sysv, 64, log);
    key = segment.key();
    const pid_t child = fork();
    if (child == 0) {
      { const auto again = Segment::attach(key, 64); }
      _exit(0);
    }
    waitpid(child, nullptr, 0);
    EXPECT_TRUE(exists(key));
  }
  EXPECT_FALSE(exists(key));
}

TEST(SysvSegment, OfAnotherLayoutIsRefusedByName) {
  RunLog log;
  const auto segment = Segment::create(SegmentKind::sysv, 64, log);
  EXPECT_THROW(Segment::attach(segment.key(), 100), StaleSegment);
  EXPECT_THROW(Segment::attach(segment.key(), 4096), StaleSegment);
  std::memset(static_cast<char*>(segment.payload()) - 64, 0, 8);
  EXPECT_THROW(Segment::attach(segment.key(), 64), StaleSegment);
}

template <class Function>
std::string refused(Function SystemCalls::*call, Function refusing, SegmentKind kind) {
  const ScopedCall scope(call, refusing);
  RunLog log;
  try {
    Segment::create(kind, 64, log);
  } catch (const OsError& error) {
    return error.what();
  }
  return "not refused";
}

TEST(SegmentErrors, NameCallObjectErrnoAndSetting) {
  const auto full = refused(
      &SystemCalls::shmget,
      +[](key_t, size_t, int) {
        errno = ENOSPC;
        return -1;
      },
      SegmentKind::sysv);
  EXPECT_THAT(full, testing::AllOf(HasSubstr("shmget"), HasSubstr("key 0x"), HasSubstr("ENOSPC"),
                                   HasSubstr("kernel.shmmni")));
  EXPECT_THAT(refused(
                  &SystemCalls::shmat,
                  +[](int, const void*, int) {
                    errno = EACCES;
                    return reinterpret_cast<void*>(-1);
                  },
                  SegmentKind::sysv),
              testing::AllOf(HasSubstr("shmat"), HasSubstr("EACCES"), HasSubstr("permission")));
  EXPECT_THAT(
      refused(
          &SystemCalls::ftruncate,
          +[](int, off_t) {
            errno = ENOSPC;
            return -1;
          },
          SegmentKind::posix),
      testing::AllOf(HasSubstr("ftruncate"), HasSubstr("ENOSPC"), HasSubstr("/dev/shm is full")));
  EXPECT_THAT(
      refused(
          &SystemCalls::memfd_create,
          +[](const char*, unsigned) {
            errno = EMFILE;
            return -1;
          },
          SegmentKind::memfd),
      testing::AllOf(HasSubstr("memfd_create"), HasSubstr("EMFILE"), HasSubstr("ulimit -n")));
  EXPECT_THAT(refused(
                  &SystemCalls::mmap,
                  +[](void*, size_t, int, int, int, off_t) {
                    errno = ENOMEM;
                    return MAP_FAILED;
                  },
                  SegmentKind::memfd),
              testing::AllOf(HasSubstr("mmap"), HasSubstr("ENOMEM"), HasSubstr("memory is short")));
}

TEST(SegmentErrors, ATakenKeyIsPassedOver) {
  static int refusals;
  refusals = 3;
  const ScopedCall scope(
      &SystemCalls::shmget, +[](key_t key, size_t bytes, int flags) {
        if (refusals-- > 0) {
          errno = EEXIST;
          return -1;
        }
        return ::shmget(key, bytes, flags);
      });
  RunLog log;
  const auto segment = Segment::create(SegmentKind::sysv, 64, log);
  EXPECT_TRUE(exists(segment.key()));
}

}  // namespace
}  // namespace minusone
