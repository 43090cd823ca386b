// Defects of life time, death and access, on the article's own programs: D15 to D24, D36, D37, D45
// to D50.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <fstream>

#include "stress/testing/defects/article_process.h"

namespace minusone {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr uid_t nobody = 65534;

class ArticleLifetime : public testing::Test {
 protected:
  ArticleSegment segment;
};

/// Lets a program that waits go round its loop so often; true when it never did anything else.
bool only_waits(ArticleProcess& process, const std::string& call, int rounds) {
  for (int i = 0; i < rounds; ++i) {
    process.go();
    while (process.at().starts_with("printf Waiting")) process.go();
    if (process.at() != call) return false;
  }
  return true;
}

/// Lets it go on to its end. @return its exit status
int exit_status(ArticleProcess& process) {
  process.go_to("nothing that it calls");
  return process.at().empty() && WIFEXITED(process.status()) ? WEXITSTATUS(process.status()) : -1;
}

/// Whether a signal has ended it at once; a program that handles the signal stands at its next
/// call.
bool ended_by(ArticleProcess& process, int signal) {
  return process.at().empty() && WIFSIGNALED(process.status()) &&
         WTERMSIG(process.status()) == signal;
}

TEST_F(ArticleLifetime, D15_EndStopsOneReaderAndTheOtherPollsARemovedSegment) {
  ArticleProcess first(segment, "shmread"), second(segment, "shmread");
  start_reader(first);
  start_reader(second);
  ArticleProcess writer(segment, "shmwrite");
  start_writer(writer);
  segment.look();
  send(writer, "end\n");
  take(first);
  EXPECT_EQ(exit_status(first), 0);
  EXPECT_EQ(exit_status(writer), 0);
  EXPECT_TRUE(segment.mode() & SHM_DEST);
  EXPECT_TRUE(only_waits(second, "sleep 1", 100));
}

TEST_F(ArticleLifetime, D16_RemovalWhileAttachedMakesTwoWorlds) {
  ArticleProcess reader(segment, "shmread");
  start_reader(reader);
  ArticleProcess writer(segment, "shmwrite"), old(segment, "shmwrite");
  start_writer(writer);
  start_writer(old);
  send(writer, "end\n");
  take(reader);
  ASSERT_EQ(exit_status(reader), 0);  // removed, while `old` is attached
  ArticleProcess successor(segment, "shmread");
  start_reader(successor);
  send(old, "into the orphan\n");
  EXPECT_TRUE(only_waits(successor, "sleep 1", 50));
  EXPECT_EQ(segment.look().written, 0);
  ASSERT_TRUE(old.go_to("sleep 1"));
  EXPECT_TRUE(only_waits(old, "sleep 1", 50)) << "and its writer waits for ever";
}

TEST_F(ArticleLifetime, D17_AWriterAloneLeavesTheSegment) {
  ArticleProcess writer(segment, "shmwrite");
  start_writer(writer);
  send(writer, "end\n");
  EXPECT_EQ(exit_status(writer), 0);
  EXPECT_TRUE(segment.exists());
}

TEST_F(ArticleLifetime, D18_AnInterruptLeavesTheSegment) {
  ArticleProcess reader(segment, "shmread");
  start_reader(reader);
  reader.signal(SIGINT);
  EXPECT_TRUE(ended_by(reader, SIGINT)) << "it does something about it: " << reader.at();
  EXPECT_TRUE(segment.exists());
}

TEST_F(ArticleLifetime, D18b_AStaleFlagBlocksTheNextSession) {
  {
    ArticleProcess writer(segment, "shmwrite");
    start_writer(writer);
    send(writer, "of yesterday\n");
    writer.signal(SIGINT);
    ASSERT_TRUE(ended_by(writer, SIGINT));
  }
  ArticleProcess today(segment, "shmwrite");
  ASSERT_TRUE(today.go_to("sleep 1"));
  EXPECT_TRUE(only_waits(today, "sleep 1", 39));
  EXPECT_THAT(today.printed(), Not(HasSubstr("Enter")));
}

TEST_F(ArticleLifetime, D19_AReaderThatDiesLeavesItsWriterWaitingForEver) {
  ArticleProcess reader(segment, "shmread");
  start_reader(reader);
  ArticleProcess writer(segment, "shmwrite");
  start_writer(writer);
  send(writer, "taken by a dying one\n");
  reader.go();
  ASSERT_THAT(reader.at(), HasSubstr("You wrote"));
  reader.signal(SIGKILL);
  ASSERT_TRUE(writer.go_to("sleep 1"));
  EXPECT_TRUE(only_waits(writer, "sleep 1", 118));
}

TEST_F(ArticleLifetime, D20_AWriterThatDiesInItsCopyLeavesHalfATextAndAPollingReader) {
  ArticleProcess reader(segment, "shmread");
  start_reader(reader);
  ArticleProcess writer(segment, "shmwrite");
  start_writer(writer);
  writer.type(std::string(2040, 'Q') + "\n");
  ASSERT_TRUE(writer.go_to("strncpy half"));
  writer.signal(SIGKILL);
  EXPECT_EQ(std::string(segment.look().text), std::string(1024, 'Q'));
  EXPECT_TRUE(only_waits(reader, "sleep 1", 100));
}

TEST_F(ArticleLifetime, D21_AStalledPeerStallsTheOtherForThereIsNoTimeout) {
  ArticleProcess reader(segment, "shmread");
  start_reader(reader);
  ArticleProcess writer(segment, "shmwrite");
  start_writer(writer);
  reader.signal(SIGSTOP);
  send(writer, "to nobody\n");
  ASSERT_TRUE(writer.go_to("sleep 1"));
  EXPECT_TRUE(only_waits(writer, "sleep 1", 100));
  reader.signal(SIGCONT);
  take(reader);
  EXPECT_THAT(reader.printed(), HasSubstr("to nobody"));
}

TEST_F(ArticleLifetime, D22_ASmallerSegmentOfSomebodyElseIsRefusedWithoutAReason) {
  segment.create(16, 0600);
  ArticleProcess reader(segment, "shmread");
  EXPECT_EQ(exit_status(reader), 1);
  EXPECT_EQ(reader.complained(), "shmget failed\n");
}

TEST_F(ArticleLifetime, D22_ALargerSegmentOfSomebodyElseIsClobbered) {
  segment.create(4096, 0600);
  std::memcpy(&segment.look(), "FOREIGN", 8);
  ArticleProcess reader(segment, "shmread");
  start_reader(reader);
  EXPECT_EQ(std::memcmp(&segment.look(), "\0\0\0\0IGN", 8), 0);
}

TEST_F(ArticleLifetime, D23_TheUmaskDoesNotHelpAndAnyUserMayInjectAMessage) {
  ArticleProcess reader(segment, "shmread", {.as = {}, .umask = 077, .neighbour = {}});
  start_reader(reader);
  EXPECT_EQ(segment.mode() & 0777U, 0666U);
  if (geteuid() != 0) GTEST_SKIP() << "only root can play another user";
  const pid_t stranger = fork();
  if (stranger == 0) {
    if (setresuid(nobody, nobody, nobody) != 0) _exit(1);
    const int id = shmget(segment.key(), 0, 0);
    void* at = shmat(id, nullptr, 0);
    if (at == reinterpret_cast<void*>(-1)) _exit(2);
    auto& layout = *static_cast<ArticleSegment::Layout*>(at);
    std::memcpy(layout.text, "spoofed\n", 9);
    layout.written = 1;
    _exit(0);
  }
  int status = -1;
  waitpid(stranger, &status, 0);
  ASSERT_EQ(status, 0);
  take(reader);
  EXPECT_THAT(reader.printed(), HasSubstr("spoofed"));
}

TEST_F(ArticleLifetime, D24_ASegmentOfAnotherUserIsUsedButNotRemoved) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can play another user";
  segment.create(sizeof(ArticleSegment::Layout), 0666);
  ArticleProcess reader(segment, "shmread", {.as = nobody, .umask = {}, .neighbour = {}});
  start_reader(reader);
  std::strcpy(segment.look().text, "end\n");
  segment.look().written = 1;
  take(reader);
  EXPECT_EQ(exit_status(reader), 1);
  EXPECT_EQ(reader.complained(), "shmctl(IPC_RMID) failed\n");
  EXPECT_TRUE(segment.exists());
}

TEST_F(ArticleLifetime, D36_AllRefusalsOfTheKernelLookAlike) {
  for (const int error : {EINVAL, EACCES, ENOSPC}) {
    ArticleProcess reader(segment, "shmread");
    ASSERT_EQ(reader.at(), "shmget");
    reader.go(error);
    EXPECT_EQ(exit_status(reader), 1);
    EXPECT_EQ(reader.complained(), "shmget failed\n") << strerror(error);
  }
}

TEST_F(ArticleLifetime, D37_MessagesThatWereTakenDieInTheReadersBuffer) {
  ArticleProcess reader(segment, "shmread", {.buffered = true});
  start_reader(reader);
  ArticleProcess writer(segment, "shmwrite");
  start_writer(writer);
  for (const char* line : {"one\n", "two\n", "three\n"}) {
    send(writer, line);
    take(reader);
    ASSERT_TRUE(reader.go_to("sleep 1"));
    ASSERT_TRUE(writer.go_to("fgets")) << "released: the writer goes on";
  }
  reader.signal(SIGKILL);
  EXPECT_EQ(reader.printed(), "") << "three messages taken, none seen";
}

TEST_F(ArticleLifetime, D45_WhoGetsEndSecondFailsToRemoveWhatIsGone) {
  ArticleProcess first(segment, "shmread"), second(segment, "shmread");
  start_reader(first);
  start_reader(second);
  ArticleProcess writer(segment, "shmwrite");
  start_writer(writer);
  send(writer, "end\n");
  first.go();
  take(second);
  ASSERT_TRUE(first.go_to("strncmp"));
  EXPECT_EQ(exit_status(first), 0);
  EXPECT_EQ(exit_status(writer), 0);
  EXPECT_EQ(exit_status(second), 1);
  EXPECT_EQ(second.complained(), "shmctl(IPC_RMID) failed\n");
}

TEST_F(ArticleLifetime, D46_TheRestOfThePageCanBeWrittenThoughNotAskedFor) {
  ArticleProcess reader(segment, "shmread");
  start_reader(reader);
  auto& layout = segment.look();
  layout.slack[sizeof layout.slack - 1] = 'x';
  EXPECT_EQ(reinterpret_cast<char*>(&layout)[4095], 'x');
  EXPECT_EQ(shmget(segment.key(), 4096, 0), -1);
  EXPECT_EQ(errno, EINVAL);
}

TEST_F(ArticleLifetime, D47_AnAdministratorsRemovalLetsTheOldPairTalkInPrivate) {
  ArticleProcess reader(segment, "shmread");
  start_reader(reader);
  ArticleProcess writer(segment, "shmwrite");
  start_writer(writer);
  ASSERT_EQ(shmctl(shmget(segment.key(), 0, 0), IPC_RMID, nullptr), 0);
  ArticleProcess twin(segment, "shmread");
  start_reader(twin);
  send(writer, "in private\n");
  take(reader);
  EXPECT_TRUE(only_waits(twin, "sleep 1", 50));
  EXPECT_THAT(reader.printed(), HasSubstr("in private"));
}

TEST_F(ArticleLifetime, D48_RemovalAfterANewcomerAttachedDeletesItsMessage) {
  ArticleProcess reader(segment, "shmread");
  start_reader(reader);
  ArticleProcess writer(segment, "shmwrite");
  start_writer(writer);
  send(writer, "end\n");
  take(reader);
  ASSERT_TRUE(reader.go_to("shmctl"));
  ArticleProcess newcomer(segment, "shmwrite");
  start_writer(newcomer);
  send(newcomer, "of the newcomer\n");
  ASSERT_EQ(exit_status(reader), 0);
  EXPECT_FALSE(segment.exists());
  ArticleProcess successor(segment, "shmread");
  start_reader(successor);
  EXPECT_TRUE(only_waits(successor, "sleep 1", 50));
}

TEST_F(ArticleLifetime, D49_AReaderLeavesWhileAWriterCopies) {
  ArticleProcess reader(segment, "shmread");
  start_reader(reader);
  ArticleProcess a(segment, "shmwrite"), b(segment, "shmwrite");
  start_writer(a);
  start_writer(b);
  a.type("late\n");
  ASSERT_TRUE(a.go_to("strncpy half"));
  send(b, "end\n");
  take(reader);
  ASSERT_EQ(exit_status(reader), 0);
  ASSERT_TRUE(a.go_to("sleep 1"));
  EXPECT_TRUE(only_waits(a, "sleep 1", 100));
}

TEST_F(ArticleLifetime, D50_AnyValueIsTakenForAMessage) {
  ArticleProcess reader(segment, "shmread");
  start_reader(reader);
  std::strcpy(segment.look().text, "poked\n");
  segment.look().written = 5;
  take(reader);
  EXPECT_THAT(reader.printed(), HasSubstr("poked"));
}

}  // namespace
}  // namespace minusone
