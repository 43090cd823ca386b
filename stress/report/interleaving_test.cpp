// The table of an interleaving, by approved texts (see report_test.cpp for how to approve).
#include "stress/report/interleaving.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "stress/report/testing/examples.h"

namespace minusone {
namespace {

/// How naive/counter comes to -1, as the narrator tells it.
std::vector<TraceStep> minus_one() {
  const auto step = [](const char* agent, int line, const char* what, const char* changed = "",
                       const char* why = "") {
    return TraceStep{.agent = agent,
                     .file = "counter.cpp",
                     .line = line,
                     .function = agent[0] == 'w' ? "write" : "read",
                     .what = what,
                     .changed = changed,
                     .why = why};
  };
  return {step("writer 1", 19, "reads written = 0"),
          step("writer 1", 20, "copies text[0..15]", "text[0..15]"),
          step("writer 1", 21, "reads written = 0"),
          step("writer 1", 21, "writes written = 1", "written: 0 -> 1"),
          step("reader 1", 25, "reads written = 1", "", "sees step 4 of writer 1"),
          step("reader 1", 26, "copies text[0..15]", "", "sees step 2 of writer 1"),
          step("reader 2", 25, "reads written = 1", "", "sees step 4 of writer 1"),
          step("reader 2", 26, "copies text[0..15]", "", "sees step 2 of writer 1"),
          step("reader 2", 27, "reads written = 1", "", "sees step 4 of writer 1"),
          step("reader 2", 27, "writes written = 0", "written: 1 -> 0"),
          step("reader 1", 27, "reads written = 0", "", "sees step 10 of reader 2"),
          step("reader 1", 27, "writes written = -1", "written: 0 -> -1")};
}

std::string text_of(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

void expect_approved(const std::string& name, const std::string& text) {
  std::string path = MINUSONE_APPROVED "/";
  path += name;
  if (std::getenv("MINUSONE_APPROVE") != nullptr) std::ofstream(path) << text;
  std::ifstream file(path);
  std::ostringstream approved;
  approved << file.rdbuf();
  EXPECT_EQ(text, approved.str()) << path;
}

TEST(Interleaving, IsATableAsApproved) {
  for (const std::size_t width : {80, 160}) {
    expect_approved("interleaving_" + std::to_string(width) + ".txt",
                    text_of(interleaving_table(minus_one(), {.width = width})));
  }
}

TEST(Interleaving, FitsAnyWidthAndHasARowForEachStep) {
  for (const std::size_t width : {20, 60, 80, 100, 160, 400}) {
    const auto lines = interleaving_table(minus_one(), {.width = width});
    EXPECT_EQ(lines.size(), minus_one().size() + 1) << width;
    for (const auto& line : lines) EXPECT_LE(line.size(), width) << line;
  }
  EXPECT_TRUE(interleaving_table({}, {}).empty());
}

TEST(Interleaving, NamesTheFileOfEachStepWhereThereAreSeveral) {
  auto steps = minus_one();
  steps[1].file = "other.cpp";
  const auto text = text_of(interleaving_table(steps, {.width = 200}));
  EXPECT_THAT(text, testing::HasSubstr("other.cpp:20 copies"));
  EXPECT_THAT(text, testing::HasSubstr("counter.cpp:19 reads"));
}

TEST(Interleaving, TellsTheStepsOfALibraryAsTheCallThatLedThere) {
  const auto lines = interleaving_table(inside_library_steps(), {.width = 120});
  ASSERT_EQ(lines.size(), 5U) << text_of(lines);
  EXPECT_THAT(lines[1], testing::StartsWith("   2  :12 push(), 2 steps "));
  EXPECT_THAT(lines[1], testing::Not(testing::HasSubstr("heap")));  // nobody else's
  EXPECT_THAT(lines[2], testing::HasSubstr(":12 writes head = 9"));
  EXPECT_THAT(lines[3], testing::HasSubstr("9 -> 5"));
  EXPECT_THAT(lines[4], testing::HasSubstr("1 step of the standard library's own has no row"));
}

TEST(Interleaving, HasARowForEachStepWhereThatIsAsked) {
  const auto lines = interleaving_table(inside_library_steps(), {.width = 120, .all_steps = true});
  EXPECT_EQ(lines.size(), inside_library_steps().size() + 1) << text_of(lines);
}

TEST(Interleaving, KeepsWhatTheLibraryDoesOnItsOwnWhereItRacesOrIsTheLastStep) {
  auto races = inside_library_steps();
  races[1].machinery = races[4].machinery = true;
  races[1].races = {1};
  const auto lines = interleaving_table(races, {.width = 120});
  EXPECT_THAT(lines[1], testing::StartsWith("   2  "));
  EXPECT_THAT(lines[lines.size() - 2], testing::StartsWith("   5  "));
}

// Cut clauses say nothing: "compares and s...".
TEST(Interleaving, ShortensClausesBeforeItCutsThem) {
  for (const std::size_t width : {70, 80, 100, 120}) {
    const auto text =
        text_of(interleaving_table(inside_library_steps(), {.width = width, .all_steps = true}));
    for (const char* clause : {"(reads|R) head = 0", "(writes|W) head = 9", "(writes|W) head = 5"})
      EXPECT_THAT(text, testing::ContainsRegex(clause)) << width;
  }
}

}  // namespace
}  // namespace minusone
