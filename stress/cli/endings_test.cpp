// How the command ends where the code under test does not come back, or takes the process with it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>

#include "protocol/check.h"
#include "stress/cli/supervised.h"
#include "stress/cli/testing/source_file.h"
#include "stress/machine/end_of_work.h"

namespace minusone::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// What a supervised piece of work comes to, in a process of its own.
struct Ended {
  int status;  ///< of waitpid(2)
  std::string said;
};

Ended supervise(const std::function<int()>& work) {
  int channel[2];
  if (pipe(channel) != 0) return {-1, "pipe"};
  const pid_t child = fork();
  if (child == 0) {
    dup2(channel[1], STDERR_FILENO);
    close(channel[0]);
    close(channel[1]);
    _exit(supervised(work));
  }
  close(channel[1]);
  Ended ended{};
  char buffer[512];
  for (ssize_t n; (n = read(channel[0], buffer, sizeof buffer)) > 0;)
    ended.said.append(buffer, static_cast<std::size_t>(n));
  close(channel[0]);
  waitpid(child, &ended.status, 0);
  return ended;
}

int spin() {
  volatile bool goes_on = true;
  while (goes_on) {
  }
  return 0;
}

TEST(Supervised, ReturnsWhatTheWorkReturns) {
  for (const int status : {0, 1, 3}) {
    const auto ended = supervise([status] { return status; });
    EXPECT_EQ(WEXITSTATUS(ended.status), status);
    EXPECT_EQ(ended.said, "");
  }
}

TEST(Supervised, NeverTakesAnEndWithoutAVerdictForOne) {
  for (const int status : {0, 1, 2, 3, 4, 5, 77}) {
    const auto ended = supervise([status]() -> int { _exit(status); });
    EXPECT_EQ(WEXITSTATUS(ended.status), 4);
    EXPECT_THAT(ended.said, HasSubstr("there is no verdict"));
  }
  for (const int signal : {SIGSEGV, SIGKILL, SIGILL}) {
    const auto ended = supervise([signal] {
      std::signal(signal, SIG_DFL);
      raise(signal);
      return 0;
    });
    EXPECT_EQ(WEXITSTATUS(ended.status), 4) << signal;
    EXPECT_THAT(ended.said, AllOf(HasSubstr(sigabbrev_np(signal)), HasSubstr("no verdict")));
  }
}

TEST(Supervised, EndsAsABugOfOursDid) {
  const auto ended =
      supervise([]() -> int { check_failed("nothing is wrong", "true", "here", 1); });
  EXPECT_EQ(WEXITSTATUS(ended.status), 5);
  EXPECT_THAT(ended.said, AllOf(HasSubstr("a bug of minusone's own: nothing is wrong"),
                                testing::Not(HasSubstr("there is no verdict"))));
}

TEST(Supervised, AsksNobodyWhoIgnoresItsChildren) {
  const auto ended = supervise([] { return 1; });
  signal(SIGCHLD, SIG_IGN);
  const auto ignoring = supervise([]() -> int { _exit(0); });
  signal(SIGCHLD, SIG_DFL);
  EXPECT_EQ(WEXITSTATUS(ended.status), 1);
  EXPECT_THAT(ignoring.said, HasSubstr("no verdict"));
}

TEST(Supervised, EndsByTheSignalThatEndedTheWork) {
  const auto ended = supervise([] {
    kill(getppid(), SIGTERM);  // the supervisor passes it on
    pause();
    return 0;
  });
  EXPECT_TRUE(WIFSIGNALED(ended.status)) << ended.status;
  EXPECT_EQ(WTERMSIG(ended.status), SIGTERM);
}

TEST(Supervised, KillsWhatASignalDoesNotEnd) {
  const auto ended = supervise([] {
    signal(SIGTERM, SIG_IGN);
    kill(getppid(), SIGTERM);
    return spin();
  });
  EXPECT_EQ(WEXITSTATUS(ended.status), 3);
  EXPECT_THAT(ended.said, HasSubstr("did not end within 2 s of SIGTERM"));
}

TEST(Interruption, IsAskedForByTheFirstSignalAndEndsAllThatNest) {
  const Interruption outer;
  EXPECT_FALSE(Interruption::came());
  {
    const Interruption inner;
    raise(SIGHUP);
    raise(SIGHUP);  // so soon it is the same one
  }
  EXPECT_TRUE(Interruption::came());
  EXPECT_TRUE(work_is_over());
}

TEST(Interruption, IsForgottenByTheNextWork) {
  {
    const Interruption first;
    raise(SIGINT);
  }
  const Interruption second;
  EXPECT_FALSE(Interruption::came());
}

TEST(WorkTime, IsOverWhenItHasPassed) {
  EXPECT_FALSE(work_is_over());
  {
    const WorkTime none(std::chrono::milliseconds(0));
    EXPECT_TRUE(work_is_over());
  }
  EXPECT_FALSE(work_is_over());
}

TEST_F(SourceFile, IsLeftWhereItNeverComesBackWhenTheTimeIsOver) {
  write("counts.c", R"(
#include <pthread.h>
static int x;
static void* count(void* unused) { x = 1; for (volatile unsigned i = 0;; i++); return unused; }
int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, count, NULL);
  x = 2;
  return pthread_join(thread, NULL);
}
)");
  const auto ran = minusone("explore counts.c --time-limit 300ms");
  EXPECT_EQ(ran.status, 3) << ran.out << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("where an agent ran on without a step"));
}

TEST_F(SourceFile, GivesNoGameWhereItsStatesAreNotFoundInTime) {
  write("slow.cpp", R"(
#include "protocol/protocol.h"
struct Slow {
  int word;
  void init() { word = 0; }
  void write(const char*, std::size_t) { word = 1; for (volatile unsigned i = 0;; i++); }
  std::size_t read(char*, std::size_t) { return word; }
};
const minusone::Protocol* minusone_protocol() {
  using namespace minusone;
  static const Protocol protocol = describe<Slow>("test/slow", Summary{"no end"}, Capacity{1});
  return &protocol;
}
)");
  for (const std::string verb : {"play slow.cpp", "step slow.cpp"}) {
    const auto ran = minusone(verb + " --time-limit 300ms");
    EXPECT_EQ(ran.status, 3) << verb << ran.out << ran.err;
    EXPECT_THAT(ran.err, HasSubstr("ended ")) << verb;
    EXPECT_EQ(minusone(verb + " --time-limit soon").status, 2) << verb;
  }
  EXPECT_FALSE(std::filesystem::exists(directory_ / "play.html"));
}

TEST_F(SourceFile, IsRefusedWhereItsConstructorHasNotEndedWhenTheTimeIsOver) {
  write("never.cpp", R"(
#include <pthread.h>
struct Never { Never() { for (unsigned i = 0;; i++); } } never;
int main() { return 0; }
)");
  const auto ran = minusone("explore never.cpp --time-limit 300ms");
  EXPECT_EQ(ran.status, 2) << ran.out << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("had not come to its end when the work was over"));
}

TEST_F(SourceFile, IsToldOfUpToTheSignalThatEndsTheSearch) {
  write("many.c", R"(
#include <pthread.h>
#include <stdatomic.h>
static atomic_int word;
static void* add(void* unused) { for (int i = 0; i < 20; i++) atomic_fetch_add(&word, 1); return unused; }
int main(void) {
  pthread_t threads[4];
  for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, add, NULL);
  return 0;
}
)");
  ASSERT_EQ(minusone("build many.c -o many.so").status, 0) << read("err");
  const auto ran_as = [&](const char* signal) {
    const auto with = "cd " + directory_.string() +
                      " && timeout --foreground --preserve-status -s " + signal +
                      " 1 " MINUSONE_COMMAND " explore ./many.so >out 2>err </dev/null";
    return WEXITSTATUS(std::system(with.c_str()));
  };
  for (const char* signal : {"TERM", "INT", "HUP"}) {
    EXPECT_EQ(ran_as(signal), 3) << signal << read("err");
    EXPECT_THAT(read("out"), HasSubstr("interrupted after")) << signal;
  }
}

TEST_F(SourceFile, HoldsUnderNoStressThatWasInterrupted) {
  const auto line = "cd " + directory_.string() +
                    " && timeout --foreground --preserve-status -s TERM 1 " + MINUSONE_COMMAND +
                    " stress safe/sysv_semaphore --time-limit 1m >out 2>err";
  EXPECT_EQ(WEXITSTATUS(std::system(line.c_str())), 3) << read("out") << read("err");
  EXPECT_THAT(read("out"), HasSubstr("interrupted by a signal"));
}

// What is opened to be read would block, or never end.
TEST_F(SourceFile, IsNoPipeNoDeviceAndNoFolderWhereAModuleIsExpected) {
  ASSERT_EQ(mkfifo((directory_ / "pipe.so").c_str(), 0600), 0);
  std::filesystem::create_symlink("/dev/zero", directory_ / "device.so");
  std::filesystem::create_directory(directory_ / "folder.so");
  for (const std::string name : {"pipe", "device", "folder"}) {
    for (const std::string verb : {"explore", "stress", "play", "explore --programs"}) {
      const auto ran = minusone(verb + " ./" + name + ".so");
      EXPECT_EQ(ran.status, 2) << verb << " " << name << ran.err;
      EXPECT_EQ(ran.out, "");
    }
  }
}

TEST(Command, SaysThatItsOutputIsLost) {
  const auto run = [](const std::string& line) {
    return WEXITSTATUS(std::system((std::string(MINUSONE_COMMAND) + " " + line).c_str()));
  };
  EXPECT_EQ(run("list >/dev/full 2>/dev/null"), 4);
  EXPECT_EQ(run("list --frobnicate 2>&- >/dev/null"), 2);
  EXPECT_EQ(run("list --frobnicate 2>/dev/full >/dev/null"), 2);
  EXPECT_EQ(run("explore nosuch 2>&- >&- <&-"), 2);
}

}  // namespace
}  // namespace minusone::cli
