// What a killed run leaves is found and removed; what is anybody else's is not touched.
#include "protocol/run_log.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "protocol/segment.h"
#include "protocol/semaphore_set.h"
#include "protocol/testing/child.h"
#include "protocol/testing/private_run_logs.h"

namespace minusone {
namespace {

struct Clean : testing::Test {
  const PrivateRunLogs logs;
};

bool segment_exists(key_t key) { return shmget(key, 0, 0) != -1; }
bool set_exists(key_t key) { return semget(key, 0, 0) != -1; }

/// What a child tells before it is killed.
template <class T>
T told_by_dying(const std::function<void(const std::function<void(T)>&)>& work) {
  TellingChild<T> child([&](const std::function<void(const T&)>& tell) {
    work([&](T value) {
      tell(value);
      ::kill(getpid(), SIGKILL);
    });
  });
  const auto told = child.told();
  child.child().end();
  return told.value_or(T{});
}

TEST_F(Clean, RemovesWhatAKilledRunLeftAndLeavesTheLivingAlone) {
  TellingChild<key_t> run([](const auto& tell) {
    RunLog log;
    const auto segment = Segment::create(SegmentKind::sysv, 64, log);
    const auto named = Segment::create(SegmentKind::posix, 64, log);
    tell(segment.key());
    pause();
  });
  const auto told = run.told();
  ASSERT_TRUE(told) << "the run ended before it could be killed";
  const key_t key = *told;
  clean();
  EXPECT_TRUE(segment_exists(key)) << "its run lives";
  run.child().kill();
  EXPECT_TRUE(segment_exists(key)) << "the kernel keeps a segment whose processes are gone";
  clean();
  EXPECT_FALSE(segment_exists(key));
}

TEST_F(Clean, RemovesASetThatAKilledRunLeft) {
  const auto key = told_by_dying<key_t>([](const auto& tell) {
    RunLog log;
    const auto set = SemaphoreSet::create({1, 0}, log);
    tell(set.key());
  });
  ASSERT_TRUE(set_exists(key)) << "the kernel keeps it";
  clean();
  EXPECT_FALSE(set_exists(key));
}

TEST_F(Clean, FindsNothingWhereTheRunWasKilledBeforeItCreated) {
  const auto key = told_by_dying<key_t>([](const auto& tell) {
    RunLog log;
    tell(log.reserve_key("shm"));
  });
  for (const auto& done : clean())
    EXPECT_EQ(done.object.find(std::to_string(key)), std::string::npos);
  EXPECT_FALSE(segment_exists(key));
}

TEST_F(Clean, ComesBackForWhatALivingProcessStillUsed) {
  const auto key = told_by_dying<key_t>([](const auto& tell) {
    RunLog log;
    const auto segment = Segment::create(SegmentKind::sysv, 64, log);
    tell(segment.key());
  });
  {
    const auto guest = Segment::attach(key, 64);
    clean();
    EXPECT_TRUE(segment_exists(key));
  }
  clean();
  EXPECT_FALSE(segment_exists(key));
}

TEST_F(Clean, LeavesASegmentThatAnotherProcessCreatedUnderALoggedKey) {
  RunLog ours;
  const auto theirs = Segment::create(SegmentKind::sysv, 64, ours);
  told_by_dying<key_t>([&](const auto& tell) {
    RunLog log;
    log.note_key("shm", theirs.key());  // killed before it could take the key back
    tell(theirs.key());
  });
  clean();
  EXPECT_TRUE(segment_exists(theirs.key()));
}

TEST_F(Clean, LeavesWhatALivingRunHasLoggedToo) {
  RunLog ours;
  const auto set = SemaphoreSet::create({1}, ours);
  told_by_dying<key_t>([&](const auto& tell) {
    RunLog log;
    log.note_key("sem", set.key());
    tell(set.key());
  });
  clean();
  EXPECT_TRUE(set_exists(set.key()));
}

TEST_F(Clean, LeavesAKeyThatWasTakenBack) {
  RunLog ours;
  const key_t key = RunLog::fresh_key();
  const int id = semget(key, 1, IPC_CREAT | IPC_EXCL | 0600);
  ASSERT_NE(id, -1);
  told_by_dying<key_t>([&](const auto& tell) {
    RunLog log;
    log.note_key("sem", key);
    log.release_key("sem", key);
    tell(key);
  });
  clean();
  EXPECT_TRUE(set_exists(key));
  semctl(id, 0, IPC_RMID);
}

}  // namespace
}  // namespace minusone
