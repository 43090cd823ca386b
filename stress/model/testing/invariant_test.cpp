// The inductive invariants of the safe protocols' words: from every typed state in which it holds,
// each step leads to one in which it holds (safe/*/*_invariant.pml).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "stress/model/command.h"
#include "stress/model/model_source.h"
#include "stress/model/pan_output.h"
#include "stress/modules/work_folder.h"

namespace minusone {
namespace {

namespace fs = std::filesystem;

struct Invariant {
  const char* protocol;
  std::size_t at_least;  ///< typed states
  /// A step made wrong, for the invariant to notice.
  const char* step;
  const char* wrong;
};

void PrintTo(const Invariant& invariant, std::ostream* out) { *out << invariant.protocol; }

fs::path path_of(const Invariant& invariant) {
  const fs::path folder = fs::path(MINUSONE_SOURCE) / invariant.protocol;
  return folder / (folder.filename().string() + "_invariant.pml");
}

std::string text_of(const Invariant& invariant) {
  std::ifstream file(path_of(invariant));
  return {std::istreambuf_iterator<char>(file), {}};
}

ModelSearch verified(const std::string& text) {
  const WorkFolder folder;
  std::ofstream(folder.path() / "model.pml") << text;
  const auto generated = run_command({"spin", "-a", "model.pml"}, folder.path(), {});
  EXPECT_TRUE(generated.succeeded()) << generated.out;
  const auto compiled = run_command(
      {"gcc", "-w", "-O0", "-DSAFETY", "-DNOREDUCE", "-o", "pan", "pan.c"}, folder.path(), {});
  EXPECT_TRUE(compiled.succeeded()) << compiled.out;
  // -E: where no step can be taken there is nothing to show.
  return parse_search(run_command({"./pan", "-E", "-n", "-w16"}, folder.path(), {}).out, false);
}

class InductiveInvariant : public ::testing::TestWithParam<Invariant> {};

TEST_P(InductiveInvariant, HoldsAfterEachStepFromEveryTypedState) {
  const auto search = verified(text_of(GetParam()));
  EXPECT_TRUE(search.complete);
  EXPECT_GE(search.states, GetParam().at_least);
}

TEST_P(InductiveInvariant, DoesNotSurviveAStepThatIsWrong) {
  auto text = text_of(GetParam());
  const std::string step = GetParam().step;
  ASSERT_NE(text.find(step), std::string::npos);
  text.replace(text.find(step), step.size(), GetParam().wrong);
  EXPECT_TRUE(verified(text).found);
}

TEST_P(InductiveInvariant, NamesLinesThatStandInTheSource) {
  const auto model = read_model(path_of(GetParam()));
  std::ifstream source(fs::path(MINUSONE_SOURCE) / GetParam().protocol /
                       (fs::path(GetParam().protocol).filename().string() + ".cpp"));
  std::vector<std::string> lines{""};
  for (std::string line; std::getline(source, line);) lines.push_back(line);
  EXPECT_GE(model.named.size(), 4U);
  for (const auto& [at, named] : model.named) {
    ASSERT_LT(static_cast<std::size_t>(named.line), lines.size());
    EXPECT_THAT(lines[static_cast<std::size_t>(named.line)], ::testing::HasSubstr(named.text));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Safe, InductiveInvariant,
    ::testing::Values(
        Invariant{"safe/atomic_slot", 4 * 3 * 3, "state == EMPTY ->", "state != WRITING ->"},
        Invariant{"safe/posix_semaphore", 81, "sem_full > 0 -> sem_full--", "true -> sem_full--"},
        Invariant{"safe/robust_mutex", 48, "!locked -> locked = 1", "true -> locked = 1"},
        Invariant{"safe/spsc_ring", 1024, "!fills && LIE != SLOTS ->", "!fills ->"}));

}  // namespace
}  // namespace minusone
