// What a teacher meets: right solutions, wrong ones that look busy, and files that fight back.
#include "stress/grade/grade.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <thread>

#include "protocol/testing/child.h"
#include "stress/grade/limited_run.h"

namespace minusone {
namespace {

using testing::AllOf;
using testing::HasSubstr;

namespace fs = std::filesystem;

std::string source_of(const std::string& protocol) {
  std::ifstream file(MINUSONE_SOURCE_DIR "/" + protocol);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << "the source has no '" << from << "' any more";
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

class Grading : public testing::Test {
 protected:
  Grading() {
    auto name = (fs::temp_directory_path() / "minusone-grade-test-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~Grading() override { fs::remove_all(folder_); }

  GradeSheet graded(const std::string& source, int cpu_seconds = 20) {
    const auto file = folder_ / "solution.cpp";
    std::ofstream(file) << source;
    GradeOptions options;
    options.command = MINUSONE_COMMAND;
    options.limits.cpu = std::chrono::seconds(cpu_seconds);
    options.crash = crash_;
    return grade(file.string(), options);
  }

  static const Mark& mark(const GradeSheet& sheet, std::string_view name) {
    return *std::ranges::find(sheet.marks, name, &Mark::name);
  }

  fs::path folder_;
  Death crash_ = Death::none;
};

const char* const slot = "safe/atomic_slot/atomic_slot.cpp";
const char* const counter = "naive/counter/counter.cpp";

TEST_F(Grading, GivesFullPointsToACorrectSolutionAndGivesThemAgain) {
  const auto sheet = graded(source_of(slot));
  EXPECT_EQ(sheet.points(), sheet.of()) << to_terminal(sheet);
  EXPECT_EQ(to_json(sheet), to_json(graded(source_of(slot))));
}

TEST_F(Grading, IsNotFooledBySleeps) {
  const auto sheet = graded(replaced(
      replaced(source_of(counter), "#include <sched.h>", "#include <sched.h>\n#include <unistd.h>"),
      "written = written - 1", "usleep(100000);\n    written = written - 1"));
  EXPECT_LT(sheet.points(), sheet.of());
  EXPECT_THAT(mark(sheet, "no_duplicate").why, HasSubstr("1 writer, 2 readers"));
  EXPECT_THAT(mark(sheet, "no_duplicate").evidence, HasSubstr("writes written"));
}

TEST_F(Grading, IsNotFooledByLongerSpinning) {
  const auto sheet =
      graded(replaced(source_of(counter), "while (written == 0) sched_yield();",
                      "for (int i = 0; i < 3; ++i) while (written == 0) sched_yield();"));
  EXPECT_EQ(mark(sheet, "no_duplicate").points, 0);
}

TEST_F(Grading, SeesAReleaseThatWasDropped) {
  const auto sheet = graded(replaced(source_of(slot), "state.store(to, std::memory_order_release)",
                                     "state.store(to, std::memory_order_relaxed)"));
  EXPECT_EQ(mark(sheet, "no_data_race").points, 0);
  EXPECT_LT(sheet.points(), sheet.of());
}

TEST_F(Grading, SeesADeadlock) {
  // A reader that is done keeps the slot.
  const auto sheet = graded(replaced(source_of(slot), "give(empty);", "give(reading);"));
  EXPECT_EQ(mark(sheet, "no_deadlock").points, 0) << to_terminal(sheet);
}

TEST_F(Grading, AsksWhoOutlivesADeathWhereACrashIsAskedFor) {
  crash_ = Death::any;
  const auto semaphore = graded(source_of("safe/sysv_semaphore/sysv_semaphore.cpp"));
  EXPECT_EQ(semaphore.of(), 14);
  EXPECT_EQ(semaphore.points(), semaphore.of()) << to_terminal(semaphore);
  const auto slots = graded(source_of(slot));
  EXPECT_EQ(slots.points(), slots.of() - 2) << to_terminal(slots);
  EXPECT_THAT(mark(slots, "survives_death").evidence, HasSubstr("is dead"));
}

TEST_F(Grading, TellsOfALoopForEver) {
  const auto sheet = graded(replaced(source_of(counter), "written = written + 1;",
                                     "for (volatile int i = 0;; i = i + 1) {\n    }"),
                            2);
  EXPECT_LT(sheet.points(), sheet.of() / 2);
  EXPECT_THAT(to_terminal(sheet), testing::AnyOf(HasSubstr("loops for ever"), HasSubstr("loop")));
}

TEST_F(Grading, TellsOfAnExit) {
  const auto inside =
      graded(replaced(source_of(counter), "written = written + 1;", "std::exit(3);"));
  EXPECT_THAT(to_terminal(inside), HasSubstr("exit(3) was called"));
  const auto outside =
      graded(source_of(counter) + "\nstatic const int ends = (std::exit(0), 0);\n");
  EXPECT_EQ(outside.points(), 0);
  EXPECT_THAT(mark(outside, "builds").why, HasSubstr("exit"));
}

TEST_F(Grading, HandsOnWhatTheCompilerSays) {
  const auto sheet = graded("int main( {");
  EXPECT_EQ(sheet.points(), 0);
  EXPECT_THAT(mark(sheet, "builds").evidence, HasSubstr("solution.cpp:1"));
}

TEST_F(Grading, RefusesAFileThatIsNotThere) {
  GradeOptions options;
  options.command = MINUSONE_COMMAND;
  EXPECT_THROW(grade((folder_ / "none.cpp").string(), options), std::runtime_error);
}

GradeSheet a_sheet() {
  GradeSheet sheet{"<b>\"&'\x1b[31m.cpp", {}, {"note"}};
  sheet.marks.push_back({"builds", "it compiles", 1, 1, "", ""});
  sheet.marks.push_back(
      {"no_loss", "no message is lost", 0, 2, "<script>", "line ]]> 1\nline & 2\n"});
  return sheet;
}

TEST(GradeSheet, IsJUnitWhateverTheFileIsCalled) {
  const auto xml = to_junit(a_sheet());
  EXPECT_THAT(xml, AllOf(HasSubstr("tests=\"2\" failures=\"1\""), HasSubstr("&lt;script&gt;"),
                         HasSubstr("(0 of 2 points)"), HasSubstr("\\x1b"),
                         HasSubstr("line ]]&gt; 1"), HasSubstr("line &amp; 2")));
  EXPECT_EQ(xml.find("<b>"), std::string::npos);
}

TEST(GradeSheet, IsJson) {
  const auto json = nlohmann::json::parse(to_json(a_sheet()));
  EXPECT_EQ(json["schema"], "minusone.grade/1");
  EXPECT_EQ(json["points"], 1);
  EXPECT_EQ(json["of"], 3);
}

TEST(LimitedRun, StopsWhatSleepsAndWhatSpins) {
  const auto scratch = fs::temp_directory_path();
  const auto sleeps = run_limited({"/bin/sleep", "600"},
                                  {std::chrono::seconds(60), std::chrono::seconds(1)}, scratch);
  EXPECT_EQ(sleeps.end, Ran::End::stopped);
  const auto spins = run_limited({"/bin/sh", "-c", "while :; do :; done"},
                                 {std::chrono::seconds(1), std::chrono::seconds(60)}, scratch);
  EXPECT_EQ(spins.end, Ran::End::stopped);
}

class LimitedRuns : public testing::Test {
 protected:
  LimitedRuns() {
    auto name = (fs::temp_directory_path() / "minusone-limited-XXXXXX").string();
    scratch_ = mkdtemp(name.data());
  }
  ~LimitedRuns() override { fs::remove_all(scratch_); }

  Ran shell(const std::string& script, const RunLimits& limits = {}) {
    return run_limited({"/bin/sh", "-c", "cd " + scratch_.string() + "; " + script}, limits,
                       scratch_);
  }
  /// The process that wrote its number to the file "pid".
  pid_t noted() const {
    pid_t process = 0;
    std::ifstream(scratch_ / "pid") >> process;
    return process;
  }

  fs::path scratch_;
  static constexpr auto leaves_its_session =
      "setsid sh -c 'echo $$ >pid; exec sleep 600' & while ! [ -s pid ]; do :; done; ";
};

TEST_F(LimitedRuns, LeaveNoProcessThatLeftItsSession) {
  const auto ran = shell(std::string(leaves_its_session) + "exit 7");
  EXPECT_EQ(ran.end, Ran::End::exited);
  EXPECT_EQ(ran.status, 7);
  ASSERT_GT(noted(), 0);
  EXPECT_EQ(::kill(noted(), 0), -1) << "it outlived its command";
}

TEST_F(LimitedRuns, EndWithWhoAskedForThem) {
  dies_after([&] {
    std::thread([&] { shell(std::string(leaves_its_session) + "sleep 600"); }).detach();
    while (noted() == 0) usleep(1000);
  });
  while (::kill(noted(), 0) == 0) usleep(1000);  // the warden looks every 2 ms
}

TEST_F(LimitedRuns, StopWhatStartsTooManyProcesses) {
  const auto ran = shell("for i in $(seq 60); do sleep 600 & done; wait", {.processes = 20});
  EXPECT_EQ(ran.end, Ran::End::crowded);
}

TEST_F(LimitedRuns, StopWhatWantsTooMuchMemory) {
  const auto ran = shell("exec head -c 1000000000 /dev/zero | tail -c 900000000 >/dev/null",
                         {.memory = 256u << 20});
  EXPECT_NE(ran.status, 0);
  EXPECT_NE(ran.end, Ran::End::stopped) << "it ended by itself, for want of memory";
}

}  // namespace
}  // namespace minusone
