// What the command makes of source files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "stress/cli/testing/source_file.h"

namespace minusone::cli {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

TEST_F(SourceFile, IsExploredInTheSizesThatItIsGiven) {
  write("adds.c", fetch_add);
  EXPECT_EQ(executions("adds.c"), 2U);
  EXPECT_EQ(executions("adds.c --define N=3"), 6U);
  EXPECT_EQ(executions("adds.c -D N=4 --optimized"), 24U);
}

// What stands behind two dashes; and a schedule is that of these arguments.
TEST_F(SourceFile, IsCalledWithArgumentsToo) {
  write("prog.c", R"(
#include <pthread.h>
#include <stdlib.h>
static int sum;
static void* add(void* number) { sum += atoi(number); return NULL; }
int main(int argc, char** argv) {
  pthread_t thread;
  if (argc != 3 || argv[1][0] != '-') return 2;
  pthread_create(&thread, NULL, add, argv[1]);
  pthread_create(&thread, NULL, add, argv[2]);
  return 0;
}
)");
  EXPECT_EQ(minusone("explore prog.c").status, 1) << "argc is 1";
  const auto ran = minusone("explore prog.c --json - -- -2 '1 0'");
  ASSERT_EQ(ran.status, 1) << ran.err << "it races";
  const auto result = nlohmann::json::parse(ran.out)[0];
  EXPECT_EQ(result["protocol"], "prog.c --argument=-2 --argument='1 0'");
  for (const auto& property : result["properties"]) {
    if (property["verdict"] != "violated") continue;
    const auto its = property["schedule"].get<std::string>();
    EXPECT_EQ(minusone("replay prog.c " + its + " -- -2 '1 0'").status, 1) << read("err");
    EXPECT_EQ(minusone("replay prog.c --argument=-2 --argument='1 0' " + its).status, 1);
    EXPECT_EQ(minusone("replay prog.c " + its + " -- -2 1").status, 2);
    EXPECT_THAT(read("err"), HasSubstr("called with these arguments"));
  }
  EXPECT_EQ(minusone("explore naive/counter -- 2").status, 2);
  EXPECT_THAT(read("err"), HasSubstr("is a protocol"));
  EXPECT_EQ(minusone("list -- 2").status, 2);
}

TEST_F(SourceFile, OfAProtocolIsExploredAndRunByRealAgents) {
  write("my_slot.cpp", "#include \"" MINUSONE_SOURCES "/naive/counter/counter.cpp\"\n");
  const auto explored = minusone("explore my_slot.cpp --writers 1 --readers 2");
  EXPECT_EQ(explored.status, 1) << explored.err;
  EXPECT_THAT(explored.out, AllOf(HasSubstr("written = -1"), HasSubstr("replay my_slot.cpp ")));
  const auto stressed =
      minusone("stress my_slot.cpp --mode rounds --place same --widen yield --rounds 20 --seed 1");
  EXPECT_THAT(stressed.out, HasSubstr("observed: rounds")) << stressed.err;
}

// The article's two programs as they stand, by the names of their files.
TEST_F(SourceFile, OfAWholeProgramIsOneOfSeveral) {
  for (const char* file : {"shmread.c", "shmwrite.c", "shmdata.h"})
    fs::copy(fs::path(MINUSONE_SOURCES "/naive/article") / file, directory_ / file);
  const std::string programs = "--programs shmread.c shmwrite.c";
  const auto ran = minusone("explore " + programs + " --json -");
  EXPECT_EQ(ran.status, 1) << ran.err;
  std::string schedule;
  const auto result = nlohmann::json::parse(ran.out).at(0);
  EXPECT_EQ(result.at("assurance"), "complete");
  for (const auto& property : result.at("properties")) {
    if (property.at("name") == "no_loss") schedule = property.at("schedule");
  }
  ASSERT_NE(schedule, "");
  const auto replayed = minusone("replay " + programs + " " + schedule + " --times 3");
  EXPECT_EQ(replayed.status, 1) << replayed.err;
  EXPECT_THAT(replayed.out, AllOf(HasSubstr("3 of 3 times the same trace"),
                                  HasSubstr("minusone replay " + programs + " " + schedule)));
  const auto real = minusone("replay " + programs + " " + schedule + " --processes --times 3");
  EXPECT_EQ(real.status, 1) << real.err;
  EXPECT_THAT(real.out, HasSubstr("3 of 3 times the same trace in real processes as on fibers"));
  write("shmwrite.c", read("shmwrite.c") + "int more = 1;\n");
  const auto changed = minusone("replay " + programs + " " + schedule);
  EXPECT_EQ(changed.status, 2);
  EXPECT_THAT(changed.err,
              AllOf(HasSubstr("the schedule belongs to build " + schedule.substr(0, 12)),
                    HasSubstr("where a source was changed since")));
}

// Clang takes a member for known to nobody else whose own address is not taken.
constexpr const char* counter_header = "extern int counter; void add(void); void* adds(void*);\n";
constexpr const char* counter_source = R"(
#include "counter.h"
int counter;
void add(void) { counter++; }
void* adds(void* unused) { add(); return unused; }
)";
constexpr const char* counts = R"(
#include <pthread.h>
#include "counter.h"
int main(void) {
  pthread_t thread;
  pthread_create(&thread, 0, adds, 0);
  add();
  return pthread_join(thread, 0);
}
)";

TEST_F(SourceFile, WithOthersIsOneProgram) {
  write("counter.h", counter_header);
  write("counter.c", counter_source);
  write("counts.c", counts);
  const auto ran = minusone("explore counter.c counts.c");
  EXPECT_EQ(ran.status, 1) << ran.out << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("VIOLATED  counter.c counts.c: a whole program"));
  EXPECT_EQ(minusone(replay_of(ran.out)).status, 1) << ran.out << read("err");
  EXPECT_THAT(minusone("explore counts.c").err, HasSubstr("adds")) << "one of them is not enough";
}

TEST_F(SourceFile, WithAMainOfItsOwnIsOneOfSeveralPrograms) {
  write("reads.c",
        "#include <sys/shm.h>\n#include <sys/ipc.h>\n"
        "int main(void) { int id = shmget(7, 4, IPC_CREAT | 0600); int* word = shmat(id, 0, 0);"
        " return *word > 1; }\n");
  write("writes.c",
        "#include <sys/shm.h>\n#include <sys/ipc.h>\n"
        "int main(void) { int id = shmget(7, 4, IPC_CREAT | 0600); int* word = shmat(id, 0, 0);"
        " *word = 2; return 0; }\n");
  write("helps.c", "int help;\n");
  const auto ran = minusone("explore reads.c writes.c");
  EXPECT_EQ(ran.status, 1) << ran.out << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("--programs reads.c writes.c"));
  EXPECT_EQ(minusone(replay_of(ran.out)).status, 1) << ran.out << read("err");
  EXPECT_THAT(minusone("explore reads.c writes.c helps.c").err,
              HasSubstr("'helps.c' has no main(), and 2 of the others have one"));
  EXPECT_THAT(minusone("explore reads.c naive/counter").err,
              HasSubstr("'naive/counter' stands among 2 names"));
}

TEST_F(SourceFile, ThatLetsTheSearchChooseIsReplayedOnFibersOnly) {
  write("chooses.c",
        "int minusone_choose(int n);\n#include <sys/shm.h>\n"
        "int main(void) { int* word = shmat(shmget(7, 4, IPC_CREAT | 0600), 0, 0);"
        " return *word = minusone_choose(3); }\n");
  const auto ran = minusone("explore 'chooses.c 1' 'chooses.c 2'");
  EXPECT_EQ(ran.status, 1) << ran.out << ran.err;
  EXPECT_THAT(replay_of(ran.out), HasSubstr("-chooses-1-"));
  EXPECT_EQ(minusone(replay_of(ran.out)).status, 1) << read("err");
  const auto refused = minusone(replay_of(ran.out) + " --processes");
  EXPECT_EQ(refused.status, 2) << refused.out;
  EXPECT_THAT(refused.err, HasSubstr("lets the search choose values"));
}

TEST_F(SourceFile, IsCalledWithArgumentsOfItsOwnAmongSeveralPrograms) {
  write("is_one.c",
        "#include <stdlib.h>\nstatic int seen;\n"
        "int main(int count, char** words) { seen = count; return atoi(words[1]) != 1; }\n");
  EXPECT_EQ(minusone("explore 'is_one.c 1' 'is_one.c 1'").status, 3) << "they share nothing";
  const auto ran = minusone("explore 'is_one.c 1' 'is_one.c 2'");
  EXPECT_EQ(ran.status, 1) << ran.out << ran.err;
  EXPECT_EQ(minusone(replay_of(ran.out)).status, 1) << ran.out << read("err");
  EXPECT_THAT(minusone("explore 'is_one.c 1' 'none.c 2'").err, HasSubstr("no file 'none.c'"));
}

TEST_F(SourceFile, CompiledByClangHasStepsOnMembersOfWhatLiesOnTheStack) {
  if (std::system("command -v clang++ >/dev/null") != 0)
    GTEST_SKIP() << "clang++ is not installed: it is in the package clang";
  write("member.c", R"(
#include <assert.h>
#include <pthread.h>
struct pair { int first; int second; };
static void* use(void* argument) {
  struct pair* const its = argument;
  its->second = 1;
  assert(its->second == 1);
  return argument;
}
int main(void) {
  pthread_t thread;
  struct pair pair = {0, 0};
  pthread_create(&thread, 0, use, &pair);
  pair.second = 2;
  return pthread_join(thread, 0);
}
)");
  for (const std::string options : {"", " --optimized"}) {
    const auto ran = minusone("explore member.c --compiler clang++" + options);
    EXPECT_EQ(ran.status, 1) << options << ran.out << ran.err;
    EXPECT_THAT(ran.out, HasSubstr("data race")) << options;
  }
}

TEST_F(SourceFile, CompiledByClangGivesTheSame) {
  if (std::system("command -v clang++ >/dev/null") != 0)
    GTEST_SKIP() << "clang++ is not installed: it is in the package clang";
  write("adds.c", fetch_add);
  EXPECT_EQ(executions("adds.c -D N=3 --compiler clang++"), 6U);
  write("my_slot.cpp", "#include \"" MINUSONE_SOURCES "/naive/counter/counter.cpp\"\n");
  const auto ran = minusone("explore my_slot.cpp --compiler clang++");
  EXPECT_EQ(ran.status, 1) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("written = -1"));
}

TEST_F(SourceFile, IsToldOfWithTheCompilerOfItsModule) {
  write("my_slot.cpp", "#include \"" MINUSONE_SOURCES "/naive/counter/counter.cpp\"\n");
  const auto compiler = [&](const std::string& arguments) {
    const auto json = nlohmann::json::parse(minusone(arguments + " --json -").out);
    return json.at(0).at("environment").at("compiler").get<std::string>();
  };
  const std::string explore = "explore my_slot.cpp";
  const std::string stress = "stress my_slot.cpp --mode rounds --rounds 2";
  EXPECT_THAT(compiler(explore), testing::StartsWith("GNU C++"));
  EXPECT_THAT(compiler(stress), testing::StartsWith("GCC: "));  // without debugging information
  if (std::system("command -v clang++ >/dev/null") != 0)
    GTEST_SKIP() << "clang++ is not installed: it is in the package clang";
  EXPECT_THAT(compiler(explore + " --compiler clang++"), HasSubstr("clang version"));
  EXPECT_THAT(compiler(stress + " --compiler clang++"), HasSubstr("clang version"));
}

TEST_F(SourceFile, BecomesAModuleThatExploreTakes) {
  write("adds.c", fetch_add);
  const auto built = minusone("build adds.c -o adds.so -D N=3 --program");
  EXPECT_EQ(built.status, 0) << built.err;
  EXPECT_THAT(built.out, testing::MatchesRegex("adds.so [0-9a-f]{12}\n"));
  EXPECT_EQ(executions("./adds.so"), 6U);
}

TEST_F(SourceFile, IsCompiledWithTheFlagsThatItIsGivenAndReplayedWithThem) {
  write("adds.c", fetch_add);
  write("three.h", "#define N 3\n");
  EXPECT_EQ(executions("adds.c --flags '-include three.h -w'"), 6U);
  const auto told = minusone("explore adds.c --flags '-include three.h'");
  EXPECT_THAT(told.out, HasSubstr("--flags '-include three.h'"));
}

TEST_F(SourceFile, CallsItsVariablesWhatTheyAreCalledInC) {
  // To the demangler `i` is an int, `x` a long long, `m` an unsigned long.
  write("letters.c", R"(
#include <assert.h>
#include <pthread.h>
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static int i, x;
static void* f(void* unused) { pthread_mutex_lock(&m); i = 1; pthread_mutex_unlock(&m); x = i; return unused; }
int main(void) {
  pthread_t t;
  pthread_create(&t, 0, f, 0);
  assert(x == 0);
  return 0;
}
)");
  const auto told = minusone("explore letters.c --json -");
  EXPECT_EQ(told.status, 1) << told.err;
  EXPECT_THAT(told.out, AllOf(HasSubstr("\"place\": \"m\""), HasSubstr("\"place\": \"i\""),
                              HasSubstr("\"place\": \"x\"")));
  EXPECT_THAT(told.out, testing::Not(testing::AnyOf(HasSubstr("long long"), HasSubstr("int = "))));
}

TEST_F(SourceFile, HoldsWhereItsRacesAreAllowedByPlace) {
  write("flag.c", R"(
#include <pthread.h>
static volatile int flag, other;
static void* f(void* unused) {
  flag = 1;
  other = 1;
  return unused;
}
int main(void) {
  pthread_t t;
  pthread_create(&t, 0, f, 0);
  int seen = flag;
  seen += other;
  return 0 * seen;
}
)");
  const auto result = [&](const std::string& allowed) {
    return nlohmann::json::parse(minusone("explore flag.c --json - " + allowed).out).at(0);
  };
  EXPECT_EQ(result("")["verdict"], "violated");
  EXPECT_EQ(result("")["races"].size(), 2U);
  const auto one = result("--allow-race flag.c:5,flag.c:12");
  EXPECT_EQ(one["verdict"], "violated");
  EXPECT_EQ(one["races"].size(), 1U);
  EXPECT_EQ(one["races"][0]["b"]["line"].get<int>() + one["races"][0]["a"]["line"].get<int>(),
            6 + 13);
  const auto both = result("--allow-race flag.c:12,flag.c:5 --allow-race flag.c:6");
  EXPECT_EQ(both["verdict"], "holds");
  EXPECT_TRUE(both["races"].empty());
  ASSERT_EQ(both["allowed_races"].size(), 2U);
  EXPECT_GT(both["allowed_races"][0]["executions"], 0);
  EXPECT_THAT(both["limits"].dump(), HasSubstr("allowed: a data race of flag.c:"));
  const auto unused = result("--allow-race flag.c:5 --allow-race flag.c:6 --allow-race flag.c:99");
  EXPECT_EQ(unused["verdict"], "holds");
  EXPECT_THAT(unused["notes"].dump(), HasSubstr("never met: a data race at flag.c:99"));
  for (const char* wrong : {"flag.c", "flag.c:", ":5", "flag.c:5,", "flag.c:0", "flag.c:5x"}) {
    const auto refused = minusone(std::string("explore flag.c --allow-race ") + wrong);
    EXPECT_EQ(refused.status, 2) << wrong;
    EXPECT_THAT(refused.err, HasSubstr("allows no race")) << wrong;
  }
}

TEST_F(SourceFile, LeavesNothingWhenItsBuildIsInterrupted) {
  // A compiler that takes its time: it only says that it has been started.
  write("slow++", "#!/bin/sh\necho $$ >started\nexec sleep 600\n");
  fs::permissions(directory_ / "slow++", fs::perms::owner_all);
  write("adds.cpp", fetch_add);
  fs::create_directory(directory_ / "made");
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGINT, SIG_DFL);  // where a shell has started the tests in the background
    execl("/bin/sh", "sh", "-c",
          ("cd " + directory_.string() + " && exec env XDG_CACHE_HOME=" + directory_.string() +
           "/cache " MINUSONE_COMMAND " build adds.cpp -o made/adds.so --compiler ./slow++ 2>err")
              .c_str(),
          nullptr);
    _exit(127);
  }
  while (read("started").empty()) usleep(1000);
  kill(child, SIGINT);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT) << status << read("err");
  EXPECT_TRUE(fs::is_empty(directory_ / "made"));
  const pid_t compiler = std::stoi(read("started"));
  EXPECT_EQ(kill(compiler, 0), -1) << "the compiler still runs";
}

}  // namespace
}  // namespace minusone::cli
