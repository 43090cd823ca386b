// What the command says of source files that it cannot take.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "stress/cli/testing/source_file.h"

namespace minusone::cli {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

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
       "defines neither minusone_protocol() (see protocol/protocol.h), nor an object "
       "(protocol/object.h), nor main()"},
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

}  // namespace
}  // namespace minusone::cli
