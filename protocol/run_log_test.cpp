// What a killed run leaves is found and removed; what is anybody else's is not touched.
#include "protocol/run_log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>

#include "protocol/os_error.h"
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

TEST_F(Clean, RemovesANamedSemaphoreThatAKilledRunLeft) {
  using Name = std::array<char, 64>;
  const auto name = told_by_dying<Name>([](const auto& tell) {
    RunLog log;
    Name told{};
    log.reserve_semaphore_name().copy(told.data(), told.size() - 1);
    sem_open(told.data(), O_CREAT | O_EXCL, 0600, 1);
    tell(told);
  });
  sem_t* const left = sem_open(name.data(), 0);
  ASSERT_NE(left, SEM_FAILED) << "the kernel keeps it";
  sem_close(left);
  clean();
  EXPECT_EQ(sem_open(name.data(), 0), SEM_FAILED);
  EXPECT_EQ(errno, ENOENT);
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

constexpr uid_t nobody = 65534;

/// A set of this user's, as a run makes one, and a log of a dead run that names it.
struct Named {
  Named() : key(RunLog::fresh_key()), id(semget(key, 1, IPC_CREAT | IPC_EXCL | 0600)) {
    std::filesystem::create_directory(RunLog::directory());
    std::filesystem::permissions(RunLog::directory(), std::filesystem::perms::owner_all);
    std::ofstream(log) << "sem " << std::hex << key << '\n';
    std::filesystem::permissions(log, std::filesystem::perms::owner_read);
  }
  ~Named() { semctl(id, 0, IPC_RMID); }
  Named(const Named&) = delete;
  Named& operator=(const Named&) = delete;

  const key_t key;
  const int id;
  const std::filesystem::path log = RunLog::directory() / "4194000-0123abcd.log";
};

TEST_F(Clean, BelievesALogOfThisUsers) {
  const Named named;
  clean();
  EXPECT_FALSE(set_exists(named.key)) << "else the tests below prove nothing";
}

TEST_F(Clean, BelievesNoLogThatAnotherUserOwns) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can play another user";
  const Named named;
  ASSERT_EQ(chown(named.log.c_str(), nobody, nobody), 0);
  clean();
  EXPECT_TRUE(set_exists(named.key));
}

TEST_F(Clean, BelievesNoLogThatOthersMayWriteTo) {
  const Named named;
  ASSERT_EQ(chmod(named.log.c_str(), 0666), 0);
  clean();
  EXPECT_TRUE(set_exists(named.key));
}

TEST_F(Clean, BelievesNoLinkToALog) {
  const Named named;
  const auto elsewhere = RunLog::directory().parent_path() / "elsewhere";
  std::filesystem::rename(named.log, elsewhere);
  std::filesystem::create_symlink(elsewhere, named.log);
  clean();
  EXPECT_TRUE(set_exists(named.key));
  std::filesystem::remove(named.log);
  std::filesystem::create_hard_link(elsewhere, named.log);
  clean();
  EXPECT_TRUE(set_exists(named.key));
}

TEST_F(Clean, WaitsForNobodyAtAFifo) {
  const Named named;
  std::filesystem::remove(named.log);
  ASSERT_EQ(mkfifo(named.log.c_str(), 0600), 0);
  clean();
  EXPECT_TRUE(set_exists(named.key));
}

TEST_F(Clean, BelievesNoLogInADirectoryThatAnotherUserOwnsOrMayWriteTo) {
  const Named named;
  ASSERT_EQ(chmod(RunLog::directory().c_str(), 0777), 0);
  EXPECT_THROW(clean(), OsError);
  EXPECT_THROW(RunLog(), OsError);
  ASSERT_EQ(chmod(RunLog::directory().c_str(), 0700), 0);
  if (geteuid() == 0) {
    ASSERT_EQ(chown(RunLog::directory().c_str(), nobody, nobody), 0);
    EXPECT_THROW(clean(), OsError);
    EXPECT_THROW(RunLog(), OsError);
  }
  EXPECT_TRUE(set_exists(named.key));
}

TEST_F(Clean, BelievesNoDirectoryOfLogsThatIsALink) {
  const Named named;
  const auto elsewhere = RunLog::directory().parent_path() / "elsewhere";
  std::filesystem::rename(RunLog::directory(), elsewhere);
  std::filesystem::create_directory_symlink(elsewhere, RunLog::directory());
  EXPECT_THROW(clean(), OsError);
  EXPECT_TRUE(set_exists(named.key));
}

// What a run makes has a key or a name of its own form: the rest is no run's, whoever wrote it.
TEST_F(Clean, TakesNoKeyAndNoNameThatNoRunWouldHaveMade) {
  const Named named;
  const key_t foreign = 0x12345678;
  const int id = semget(foreign, 1, IPC_CREAT | IPC_EXCL | 0600);
  ASSERT_NE(id, -1);
  const auto kept = "minusone-4194000-0123abcd-kept";
  const int file = shm_open(kept, O_CREAT | O_EXCL | O_RDWR, 0600);
  ASSERT_NE(file, -1);
  close(file);
  std::filesystem::permissions(named.log, std::filesystem::perms::owner_all);
  std::ofstream(named.log) << "sem 12345678\nsem 00000012345678\nposix /" << kept
                           << "\nposix /minusone-../../tmp\n";
  clean();
  EXPECT_TRUE(set_exists(foreign));
  EXPECT_EQ(access((std::string("/dev/shm/") + kept).c_str(), F_OK), 0);
  semctl(id, 0, IPC_RMID);
  shm_unlink(kept);
}

}  // namespace
}  // namespace minusone
