// Source files as the command takes them: what it builds, where it keeps it, and what it says of
// files that it cannot take. Each test has a cache of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "stress/cli/testing/source_file.h"

namespace minusone::cli {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

constexpr const char* fetch_add = R"(
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#ifdef HEADER
#include "sizes.h"
#endif
#ifndef N
#define N 2
#endif
static atomic_int word;
static void* add(void* unused) { atomic_fetch_add(&word, 1); return unused; }
int main(void) {
  pthread_t threads[N];
  for (int i = 0; i < N; i++) pthread_create(&threads[i], NULL, add, NULL);
  return 0;
}
)";

TEST_F(SourceFile, IsExploredInTheSizesThatItIsGiven) {
  write("adds.c", fetch_add);
  EXPECT_EQ(executions("adds.c"), 2U);
  EXPECT_EQ(executions("adds.c --define N=3"), 6U);
  EXPECT_EQ(executions("adds.c -D N=4 --optimized"), 24U);
}

TEST_F(SourceFile, IsBuiltAgainWhenAHeaderChangesAndNotOtherwise) {
  write("adds.c", fetch_add);
  write("sizes.h", "#define N 3\n");
  EXPECT_EQ(executions("adds.c -D HEADER"), 6U);
  EXPECT_EQ(executions("adds.c -D HEADER"), 6U);
  EXPECT_EQ(cached(), 1);
  write("sizes.h", "#define N 4\n");
  EXPECT_EQ(executions("adds.c -D HEADER"), 24U);
  EXPECT_EQ(cached(), 2);
}

TEST_F(SourceFile, FindsItsBuildAgainForAReplayFromAnywhere) {
  const auto source = write("lost.c", R"(
#include <assert.h>
#include <pthread.h>
int word;
void* add(void* unused) { word = word + 1; return unused; }
int main(void) {
  pthread_t threads[2];
  for (int i = 0; i < 2; i++) pthread_create(&threads[i], 0, add, 0);
  for (int i = 0; i < 2; i++) pthread_join(threads[i], 0);
  assert(word == 2);
  return 0;
})");
  const auto ran = minusone("explore lost.c --json -");
  EXPECT_EQ(ran.status, 1) << ran.err;
  std::string schedule;
  const auto result = nlohmann::json::parse(ran.out).at(0);
  for (const auto& property : result.at("properties")) {
    if (property.at("name") == "no_fault") schedule = property.at("schedule");
  }
  fs::remove_all(directory_ / "cache");  // the same source and compiler make the same build
  const auto replayed = minusone("replay " + source + " " + schedule + " --times 20");
  EXPECT_EQ(replayed.status, 1) << replayed.err;
  EXPECT_THAT(replayed.out, AllOf(HasSubstr("an assertion failed: word == 2"),
                                  HasSubstr("20 of 20 times the same trace")));
  const auto other = minusone("replay " + source + " " + schedule + " -D OTHER");
  EXPECT_EQ(other.status, 1) << "a macro that nobody asks for makes no other build";
  write("lost.c", "int word;\nint main(void) { word = 1; return 0; }\n");
  const auto changed = minusone("replay " + source + " " + schedule);
  EXPECT_EQ(changed.status, 2);
  EXPECT_THAT(changed.err, HasSubstr("the schedule belongs to build " + schedule.substr(0, 12)));
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

TEST_F(SourceFile, MayBeBuiltByManyAtOnce) {
  write("adds.c", fetch_add);
  const auto line = command_line("explore adds.c --quiet");
  std::vector<std::thread> runs;
  std::atomic<int> failed = 0;
  for (int i = 0; i < 4; ++i) runs.emplace_back([&] { failed += std::system(line.c_str()) != 0; });
  for (auto& run : runs) run.join();
  EXPECT_EQ(failed, 0) << read("err");
  EXPECT_EQ(cached(), 1);
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

// Nothing of the linker's, which knows of no processes.
TEST_F(SourceFile, WithAnAtomicThatNoInstructionUpdatesIsNotRunByProcesses) {
  write("wide.cpp", R"(
#include <atomic>
#include "protocol/protocol.h"
struct Wide { long a, b, c; };
struct Slot {
  std::atomic<Wide> word;
  void init() { word.store({}); }
  void write(const char*, std::size_t) { word.store({1, 1, 1}); }
  std::size_t read(char*, std::size_t) { return word.load().a != 0; }
};
const minusone::Protocol* minusone_protocol() {
  using namespace minusone;
  static const Protocol protocol = describe<Slot>("test/wide", Summary{"24 bytes"}, Capacity{1});
  return &protocol;
}
)");
  const auto ran = minusone("stress wide.cpp");
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("a std::atomic that no instruction updates"),
                             testing::Not(HasSubstr("undefined reference"))));
}

// A call that is not modelled says nothing of the program that makes it.
TEST_F(SourceFile, ThatAsksForWhatIsNotModelledIsNotBlamed) {
  write("count.c", R"(
#include <sys/sem.h>
int main(void) {
  int set = semget(IPC_PRIVATE, 1, 0600);
  return semctl(set, 0, GETNCNT);
})");
  const auto ran = minusone("explore count.c");
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.err, HasSubstr("GETNCNT or GETZCNT is not modelled"));
  // Of a regular file poll() answers at once, whatever it holds.
  write("file.c", R"(
#include <poll.h>
int main(void) {
  struct pollfd files[1] = {{0, POLLIN, 0}};
  return poll(files, 1, 0);
})");
  const auto polled = minusone("explore file.c");
  EXPECT_EQ(polled.status, 2);
  EXPECT_THAT(polled.err, HasSubstr("poll() of files is not modelled"));
  // One that nobody has taken over is refused with the module.
  write("select.c", R"(
#include <sys/select.h>
int main(void) { return select(0, 0, 0, 0, 0); })");
  const auto selected = minusone("explore select.c");
  EXPECT_EQ(selected.status, 2);
  EXPECT_THAT(selected.err, HasSubstr("select"));
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

// What its description lacks is the file's to mend, and no fault of the machine's.
TEST_F(SourceFile, WithAPatternOfNoFormIsRefusedAsInput) {
  std::ifstream given(MINUSONE_SOURCES "/naive/counter/counter.cpp");
  std::string text{std::istreambuf_iterator<char>(given), {}};
  const auto at = text.find("\"written < 0");
  ASSERT_NE(at, std::string::npos);
  write("my_slot.cpp", text.insert(at + 1, "gone away "));
  const auto ran = minusone("explore my_slot.cpp");
  EXPECT_EQ(ran.status, 2) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("is not of the form 'lost 0'"));
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

TEST_F(SourceFile, ShowsItsErrorsAloneWhereItDoesNotCompile) {
  write("wrong.c", "int main(void) { int unused; undeclared_variable = 1; }\n");
  const auto refused = minusone("explore wrong.c --flags -Wall");
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("undeclared_variable"), HasSubstr("does not compile"),
                                 testing::Not(HasSubstr("warning"))));
  write("warns.c", "int main(void) { int unused; return 0; }\n");
  EXPECT_THAT(minusone("build warns.c -o warns.so --flags -Wall").err, HasSubstr("warning"));
}

TEST_F(SourceFile, LeavesNoResultOfAnEarlierRunWhereItIsRefused) {
  write("adds.c", fetch_add);
  EXPECT_EQ(minusone("explore adds.c --json result.json").status, 0);
  EXPECT_NE(read("result.json"), "");
  EXPECT_EQ(minusone("explore nosuch.c --json result.json").status, 2);
  EXPECT_EQ(read("result.json"), "");
}

TEST_F(SourceFile, IsNotGradedWhereItIsAWholeProgram) {
  write("adds.cpp", "#include <pthread.h>\nint main() { return 0; }\n");
  const auto refused = minusone("grade adds.cpp");
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.err, HasSubstr("is a whole program, it has a main()"));
  EXPECT_EQ(refused.out, "");
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

struct Refusal {
  const char* file;
  const char* text;
  const char* arguments;
  int status;
  const char* says;
};

TEST_F(SourceFile, ThatCannotBeTakenIsRefusedInAClearSentence) {
  const Refusal refusals[] = {
      {"bad.c", "int main(void) { return x; }", "explore bad.c", 2, "undeclared"},
      {"bad.c", "int main(void) { return x; }", "explore bad.c", 2, "bad.c' does not compile"},
      {"none.c", "int nothing;", "explore none.c", 2,
       "defines neither minusone_protocol() (see protocol/protocol.h) nor main()"},
      {"calls.c",
       "#include <unistd.h>\nint x;\nint main(void) { x = write(1, \"\", 0); return 0; }",
       "explore calls.c", 2, "calls.c: calls `write` (calls.c:3), which is neither modelled"},
      {"stream.cpp", "#include <iostream>\nint x;\nint main() { x = 1; std::cout << 1; }",
       "explore stream.cpp", 2, "uses <iostream>"},
      {"prog.c", "int main(void) { return 0; }", "stress prog.c", 2, "is a whole program"},
      {"undefined.c", "void missing(void);\nint main(void) { missing(); return 0; }",
       "explore undefined.c", 2, "calls `missing` (undefined.c:2), which is defined neither here"},
      {"several.c",
       "#include <unistd.h>\n#include <stdlib.h>\nvoid missing(void);\nint main(void) {\n"
       "  write(1, \"\", 0);\n  missing();\n  system(\"\");\n  write(2, \"\", 0);\n  return 0;\n}",
       "explore several.c", 2,
       "calls `system` (several.c:7), `write` (several.c:5, 8), which are neither modelled nor "
       "known "
       "to be harmless, so their steps would go unseen; use calls that are modelled, or take these "
       "over in stress/sync; it calls `missing` (several.c:6), which is defined neither here"},
      {"iostream.cpp", "#include <iostream>\nint x;\nint main() { x = 1; std::cout << 1; }",
       "explore iostream.cpp", 2, "uses <iostream> (iostream.cpp:3"},
      {"prog.c", "int main(void) { return 0; }", "explore gone.c", 2, "no file 'gone.c'"},
      {"prog.c", "int main(void) { return 0; }", "explore prog.c --compiler no-such-g++", 4,
       "'no-such-gcc' is not installed: install the package no-such-gcc"},
      {"prog.c", "int main(void) { return 0; }", "explore prog.c --compiler no-such-clang++", 4,
       "install the package clang"},
      {"prog.c", "int main(void) { return 0; }", "build prog.c -o /no/such/place.so", 2,
       "in a directory that exists"},
      {"prog.c", "int main(void) { return 0; }", "build prog.c prog.txt -o x.so", 2,
       "'prog.txt': expected a C or C++ source"},
      {"prog.c", "int main(void) { return 0; }", "build prog.c -o x.so --native --widened", 2,
       "expected one of them"},
      {"prog.c", "int main(void) { return 0; }", "explore --programs prog.c gone.c", 2,
       "no file 'gone.c'"},
      {"prog.c", "int main(void) { return 0; }", "explore --programs prog.c shmread --optimized", 2,
       "--optimized with 'shmread'"},
  };
  for (const Refusal& refusal : refusals) {
    write(refusal.file, refusal.text);
    const auto ran = minusone(refusal.arguments);
    EXPECT_EQ(ran.status, refusal.status) << refusal.arguments << "\n" << ran.err;
    EXPECT_THAT(ran.err, HasSubstr(refusal.says)) << refusal.arguments;
    EXPECT_EQ(ran.out, "");
    for (const auto& entry : fs::recursive_directory_iterator(directory_))
      EXPECT_FALSE(entry.path().filename().string().starts_with(".minusone-")) << entry.path();
  }
}

TEST_F(SourceFile, BuiltWithoutInstrumentationIsRefused) {
  write("plain.c", "int x;\nint minusone_main(void) { return x; }\n");
  ASSERT_EQ(std::system(("cc -shared -fPIC -o " + directory_.string() + "/plain.so " +
                         directory_.string() + "/plain.c")
                            .c_str()),
            0);
  const auto ran = minusone("explore ./plain.so");
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.err, HasSubstr("is not instrumented: no access to memory would be a step"));
}

TEST_F(SourceFile, MayInitialiseAndUseAnyObjectBeforeMain) {
  write("prog.cpp", R"(
#include <condition_variable>
#include <mutex>
#include <semaphore.h>
#include <thread>
#include <cassert>
#include <cstdlib>
std::mutex mutex;
std::condition_variable changed;
struct Semaphore {
  sem_t s;
  explicit Semaphore(unsigned value) { sem_init(&s, 0, value); }
  void take() { sem_wait(&s); }
  void give() { sem_post(&s); }
} one(1);
sem_t posted;
pthread_mutex_t recursive;
pthread_barrier_t both;
__attribute__((constructor)) static void early() {
  pthread_mutexattr_t type;
  pthread_mutexattr_init(&type);
  pthread_mutexattr_settype(&type, PTHREAD_MUTEX_RECURSIVE);
  pthread_mutex_init(&recursive, &type);
  pthread_mutex_lock(&recursive);
  pthread_barrier_init(&both, nullptr, 2);
  static std::mutex local;
  local.lock();
  local.unlock();
  sem_init(&posted, 0, 0);
  sem_post(&posted);
  std::srand(1);
}
int count;
bool ready;
int main() {
  pthread_mutex_lock(&recursive);  // it has been ours since before main()
  std::thread other([] {
    one.take();
    ++count;
    one.give();
    std::lock_guard<std::mutex> hold(mutex);
    ready = true;
    changed.notify_one();
  });
  one.take();
  ++count;
  one.give();
  sem_wait(&posted);
  {
    std::unique_lock<std::mutex> hold(mutex);
    changed.wait(hold, [] { return ready; });
  }
  other.join();
  assert(count == 2);
}
)");
  const auto ran = minusone("explore prog.cpp");
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("complete"));
  // And it is their state that counts: nobody gives what nobody has.
  write("stuck.c", R"(
#include <semaphore.h>
static sem_t none;
__attribute__((constructor)) static void early(void) { sem_init(&none, 0, 1); sem_wait(&none); }
int main(void) { sem_wait(&none); }
)");
  EXPECT_EQ(minusone("explore stuck.c").status, 1);
}

TEST_F(SourceFile, IsRefusedInASentenceWhereAConstructorCannotGoOn) {
  const std::pair<const char*, const char*> cases[] = {
      {"sem_t s; sem_init(&s, 0, 0); sem_wait(&s);", "nobody to wake it"},
      {"sem_t s; sem_init(&s, 0, 1); sem_destroy(&s); sem_wait(&s);",
       "a semaphore is used that was destroyed"},
      {"exit(0);", "it calls exit()"},
      {"_exit(0);", "it calls exit()"},
      {"abort();", "abort"},
      {"*(volatile int*)8 = 1;", "SIGSEGV"},
      {"for (volatile int i = 0;; i++);", "endless loop"},
  };
  for (const auto& [body, says] : cases) {
    write("prog.c", std::string("#include <semaphore.h>\n#include <stdlib.h>\n#include <unistd.h>\n"
                                "__attribute__((constructor)) static void early(void) {") +
                        body + "}\nint main(void) { return 0; }\n");
    const auto ran = minusone("explore prog.c");
    EXPECT_EQ(ran.status, 2) << body;
    EXPECT_THAT(ran.err, AllOf(HasSubstr("before main()"), HasSubstr(says))) << body;
  }
}

/// Without XDG_CACHE_HOME and HOME the cache has a well-known name in the folder of temporary
/// files, and anybody may have made it first.
class CacheInTemporaryFiles : public SourceFile {
 protected:
  CacheInTemporaryFiles() : cache_(directory_ / ("minusone-cache-" + std::to_string(geteuid()))) {
    write("prog.c", fetch_add);
  }
  Ran explore() const {
    const int status = std::system(("cd " + directory_.string() +
                                    " && env -u HOME -u XDG_CACHE_HOME TMPDIR=. " MINUSONE_COMMAND
                                    " explore prog.c --quiet >out 2>err </dev/null")
                                       .c_str());
    return {WEXITSTATUS(status), read("out"), read("err")};
  }
  /// The module that the first explore() has left.
  fs::path module() const {
    for (const auto& entry : fs::recursive_directory_iterator(cache_)) {
      if (entry.path().extension() == ".so") return entry.path();
    }
    return {};
  }
  void expect_refusal(const std::string& of) const {
    const auto ran = explore();
    EXPECT_EQ(ran.status, 4) << ran.err;
    EXPECT_THAT(ran.err, AllOf(HasSubstr(of), HasSubstr("built module")));
  }

  const fs::path cache_;
};

TEST_F(CacheInTemporaryFiles, IsUsedAgainWhereItIsThisUsersAlone) {
  EXPECT_EQ(explore().status, 0);
  EXPECT_EQ(explore().status, 0);
}

TEST_F(CacheInTemporaryFiles, IsRefusedWhereAnotherUserMadeIt) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can play another user";
  fs::create_directory(cache_);
  ASSERT_EQ(chown(cache_.c_str(), 65534, 65534), 0);
  expect_refusal(cache_.filename());
}

TEST_F(CacheInTemporaryFiles, IsRefusedWhereItIsALinkOrOthersMayWriteToIt) {
  fs::create_directory(directory_ / "elsewhere");
  fs::create_directory_symlink("elsewhere", cache_);
  expect_refusal(cache_.filename());
  fs::remove(cache_);
  fs::create_directory(cache_);
  fs::permissions(cache_, fs::perms::all);
  expect_refusal(cache_.filename());
}

TEST_F(CacheInTemporaryFiles, IsRefusedWhereOthersMayPutAnotherInItsPlace) {
  fs::permissions(directory_, fs::perms::all);
  expect_refusal(cache_.filename());
}

TEST_F(CacheInTemporaryFiles, GivesNoModuleThatOthersMayHaveWritten) {
  ASSERT_EQ(explore().status, 0);
  const auto built = module();
  fs::permissions(built, fs::perms::all);
  expect_refusal("prog.so");
  fs::permissions(built, fs::perms::owner_all);
  fs::permissions(built.parent_path(), fs::perms::all);
  expect_refusal(built.parent_path().filename());
  fs::permissions(built.parent_path(), fs::perms::owner_all);
  EXPECT_EQ(explore().status, 0);
  if (geteuid() != 0) GTEST_SKIP() << "only root can play another user";
  ASSERT_EQ(chown(built.c_str(), 65534, 65534), 0);
  expect_refusal("prog.so");
}

}  // namespace
}  // namespace minusone::cli
