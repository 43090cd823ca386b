// Programs that are built and watched as a user does it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace minusone::watch {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

struct Ran {
  int status;
  std::string said;
};

/// A folder for what a test makes, beside the programs that the build has made.
class Watching : public testing::Test {
 protected:
  Watching() {
    char name[] = "/tmp/minusone-watch-XXXXXX";
    if (mkdtemp(name) != nullptr) folder_ = name;
    for (const char* program :
         {"protocols", "increments", "counter", "atomic_slot", "robust_mutex"})
      fs::create_symlink(fs::path(MINUSONE_WATCHED_PROGRAMS) / program, folder_ / program);
  }
  ~Watching() override { fs::remove_all(folder_); }

  Ran command(const std::string& arguments) const {
    const int status = std::system(("cd " + folder_.string() + " && " + MINUSONE_COMMAND + " " +
                                    arguments + " >said 2>&1 </dev/null")
                                       .c_str());
    std::ifstream stream(folder_ / "said");
    return {WEXITSTATUS(status), {std::istreambuf_iterator<char>(stream), {}}};
  }
  Ran watch(const std::string& programs) const { return command("watch -- " + programs); }
  void build(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    const auto built = command("build --watch " + name + " -o " + fs::path(name).stem().string());
    ASSERT_EQ(built.status, 0) << built.said;
  }

  fs::path folder_;
};

class Protocols : public Watching, public testing::WithParamInterface<const char*> {};

TEST_P(Protocols, HaveNoRaceAsLongAsBothKeepToThem) {
  const auto kept = watch("'./protocols " + std::string(GetParam()) + "'");
  EXPECT_EQ(kept.status, 0) << kept.said;
  EXPECT_THAT(kept.said, AllOf(HasSubstr("no race was seen"), Not(HasSubstr("note:"))));
  const auto broken = watch("'./protocols " + std::string(GetParam()) + " broken'");
  EXPECT_EQ(broken.status, 1) << broken.said;
  EXPECT_THAT(broken.said, HasSubstr("RACE"));
}

INSTANTIATE_TEST_SUITE_P(Of, Protocols,
                         testing::Values("mutex", "spin", "rwlock", "condition", "barrier",
                                         "semaphores", "names", "sets", "release_acquire", "fences",
                                         "sequence", "compare_exchange", "fork_and_wait", "robust",
                                         "undo", "threads", "pipes", "queue"),
                         [](const auto& info) { return std::string(info.param); });

/// A segment and a set of this test alone.
struct Kernel {
  int segment = shmget(IPC_PRIVATE, 4096, 0600);
  int set = semget(IPC_PRIVATE, 1, 0600);

  Kernel() { semctl(set, 0, SETVAL, 1); }
  ~Kernel() {
    shmctl(segment, IPC_RMID, nullptr);
    semctl(set, 0, IPC_RMID);
  }
};

TEST_F(Watching, TellsTwoProgramsThatIncrementOneIntWithBothLines) {
  const Kernel kernel;
  const auto one = "'./increments " + std::to_string(kernel.segment) + "' ";
  for (int run = 0; run < 5; ++run) {
    const auto ran = watch(one + one);
    EXPECT_EQ(ran.status, 1);
    EXPECT_THAT(ran.said, ContainsRegex("increments \\(pid [0-9]+\\)  increments.c:18 in main\\(\\)"
                                        "  [a-z]+ 4 bytes  \\*sum \\+= 1;\n"
                                        ".*\n"
                                        "  increments \\(pid [0-9]+\\)  increments.c:18"));
    EXPECT_THAT(ran.said, HasSubstr("System V segment " + std::to_string(kernel.segment)));
  }
}

TEST_F(Watching, TellsNothingOfThemWithASemaphoreAround) {
  const Kernel kernel;
  const auto one =
      "'./increments " + std::to_string(kernel.segment) + " " + std::to_string(kernel.set) + "' ";
  for (int run = 0; run < 5; ++run) {
    const auto ran = watch(one + one + one);
    EXPECT_EQ(ran.status, 0) << ran.said;
  }
}

// Two writers and two readers. What each keeps it claims, and the explorer has proved.
TEST_F(Watching, AgreesWithWhatProtocolsClaim) {
  EXPECT_EQ(watch("./atomic_slot").status, 0);
  EXPECT_EQ(watch("./robust_mutex").status, 0);
  const auto naive = watch("./counter");
  EXPECT_EQ(naive.status, 1);
  EXPECT_THAT(naive.said, ContainsRegex("counter.cpp:[0-9]+  writes 4 bytes  written = "));
}

TEST_F(Watching, SaysFirstWhatItCannotSee) {
  EXPECT_THAT(watch("'./protocols mutex'").said, testing::StartsWith("watch: not seen: "));
}

// Of the printf family also what takes a list of arguments, as functions of one's own do.
TEST_F(Watching, SeesWhatIsPrintedIntoMemory) {
  build("prints.c", R"(
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
static void say(char* to, size_t room, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(to, room, format, arguments);
  va_end(arguments);
}
int main(void) {
  char* text = mmap(NULL, 64, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (fork() == 0) {
    say(text, 64, "%d", 7);
    _exit(0);
  }
  text[0] = 'a';
  wait(NULL);
  return 0;
}
)");
  const auto ran = watch("./prints");
  EXPECT_EQ(ran.status, 1) << ran.said;
  EXPECT_THAT(ran.said, HasSubstr("prints.c:10 in say"));
}

// Whoever is killed leaves nothing that the others would wait for, and no race that is none.
TEST_F(Watching, GoesOnWhenProgramsAreKilled) {
  build("killed.c", R"(
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
static struct { atomic_int lock; int sum; } *s;
static pid_t worker(void) {
  const pid_t child = fork();
  if (child != 0) return child;
  for (;;) {
    int held = 0;
    while (!atomic_compare_exchange_weak(&s->lock, &held, getpid())) held = 0;
    s->sum++;
    atomic_store(&s->lock, 0);
  }
}
int main(void) {
  s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  const pid_t survivor = worker();
  for (int i = 0; i < 100; i++) {
    const pid_t child = worker();
    usleep(300 + rand() % 1000);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    int held = child; /* what it held is given back for it */
    atomic_compare_exchange_strong(&s->lock, &held, 0);
  }
  kill(survivor, SIGKILL);
  waitpid(survivor, NULL, 0);
  return s->sum > 0 ? 0 : 3;
}
)");
  const auto ran = watch("./killed");
  EXPECT_EQ(ran.status, 0) << ran.said;
}

TEST_F(Watching, FollowsAProgramThroughExec) {
  build("again.c", R"(
#include <stdlib.h>
#include <sys/shm.h>
#include <unistd.h>
int main(int argc, char** argv) {
  int* word = shmat(atoi(argv[1]), NULL, 0);
  *word += 1;
  if (argc == 2) execl(argv[0], argv[0], argv[1], "again", (char*)NULL);
  return *word != 2;
}
)");
  const Kernel kernel;
  const auto ran = watch("'./again " + std::to_string(kernel.segment) + "'");
  EXPECT_EQ(ran.status, 0) << ran.said;
}

// What a program did before it started another happens before that one, and what that did before
// its end. By whatever call; behind it, they race.
TEST_F(Watching, FollowsProgramsThatAreStartedWithoutFork) {
  build("starts.c", R"(
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/wait.h>
extern char** environ;
int main(int argc, char** argv) {
  int* word = shmat(atoi(argv[1]), NULL, 0);
  *word += 1;
  if (argc == 2) return 0;
  char command[256];
  snprintf(command, sizeof command, "./starts %s; :", argv[1]);
  if (strcmp(argv[2], "system") == 0) {
    if (system(command) != 0) return 3;
  } else if (strcmp(argv[2], "popen") == 0) {
    if (pclose(popen(command, "w")) != 0) return 3;
  } else {
    char* words[] = {argv[0], argv[1], NULL};
    pid_t child;
    if (posix_spawn(&child, argv[0], NULL, NULL, words, environ) != 0) return 3;
    if (argc > 3) *word += 1;
    waitpid(child, NULL, 0);
  }
  *word += 1;
  return 0;
}
)");
  const Kernel kernel;
  const auto one = "'./starts " + std::to_string(kernel.segment);
  for (const char* by : {" system'", " popen'", " spawn'"}) {
    const auto ran = watch(one + by);
    EXPECT_EQ(ran.status, 0) << by << ran.said;
    EXPECT_THAT(ran.said, AllOf(HasSubstr("2 processes"), Not(HasSubstr("note:"))));
  }
  EXPECT_EQ(watch(one + " spawn meanwhile'").status, 1);
}

TEST_F(Watching, TellsMemoryByItsName) {
  build("named.c", R"(
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void) {
  char name[64];
  snprintf(name, sizeof name, "/minusone-watch-%d", (int)getpid());
  const int file = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
  if (file == -1 || ftruncate(file, 8192) != 0) return 2;
  shm_unlink(name);
  const int is_parent = fork() != 0;
  /* Each has it elsewhere. */
  char* at = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (is_parent) at = mremap(at, 8192, 8192, MREMAP_MAYMOVE);
  at[5000] = 'x';
  return is_parent ? wait(NULL) == -1 : 0;
}
)");
  const auto ran = watch("./named");
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.said, ContainsRegex("RACE  /dev/shm/minusone-watch-[0-9]+.* mapped shared, inode "
                                      "[0-9]+, byte 5000"));
}

TEST_F(Watching, EndsWhatDoesNotEndItself) {
  build("endless.c", "#include <unistd.h>\nint main(void) { for (;;) pause(); }\n");
  const auto ran = command("watch --time-limit 100ms -- ./endless ./endless");
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.said, AllOf(HasSubstr("the time was over"), HasSubstr("SIGTERM")));
}

TEST_F(Watching, RefusesProgramsThatCannotBeWatched) {
  const auto none = command("watch -- /bin/true");
  EXPECT_EQ(none.status, 2);
  EXPECT_THAT(none.said, HasSubstr("minusone build --watch"));
  EXPECT_EQ(command("watch").status, 2);
  EXPECT_EQ(command("build --watch --optimized protocols.c -o p").status, 2);
}

// Started by itself a program is as any other; where the memory of its watching is gone it says so.
TEST_F(Watching, ProgramsRunByThemselvesToo) {
  const auto in = "cd " + folder_.string() + " && ";
  EXPECT_EQ(std::system((in + "./protocols mutex broken").c_str()), 0);
  const int status =
      std::system((in + "MINUSONE_WATCH=/proc/1/fd/999 ./protocols mutex 2>refused").c_str());
  EXPECT_EQ(WEXITSTATUS(status), 4);
  std::ifstream stream(folder_ / "refused");
  const std::string refused{std::istreambuf_iterator<char>(stream), {}};
  EXPECT_THAT(refused, HasSubstr("start the program by `minusone watch`"));
}

}  // namespace
}  // namespace minusone::watch
