// What SPIN's verifier prints, and when it may be believed.
#include "stress/model/pan_output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace minusone {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// As SPIN 6.5.2 prints it.
std::string printed(const std::string& before = {}, const std::string& warning = {},
                    int errors = 0) {
  return "outcome -1 0 1 0 0 0 1 0\noutcome 0 0 0 0 0 0 0 1\n" + before +
         "\n(Spin Version 6.5.2)\n" + warning +
         "\nFull statespace search for:\n\tnever claim\t- (none specified)\n\n"
         "State-vector 100 byte, depth reached 38, errors: " +
         std::to_string(errors) +
         "\n       73 states, stored\n      117 transitions (= stored+matched)\n"
         "  128.195\ttotal actual memory usage\n";
}

TEST(PanOutput, OfAWholeSearchIsComplete) {
  const auto search = parse_search(printed(), true);
  EXPECT_TRUE(search.complete);
  EXPECT_THAT(search.limits, IsEmpty());
  EXPECT_EQ(search.states, 73U);
  EXPECT_EQ(search.transitions, 117U);
  EXPECT_EQ(search.depth, 38U);
  EXPECT_DOUBLE_EQ(search.megabytes, 128.195);
  ASSERT_EQ(search.ends.size(), 2U);
  const auto& first = *search.ends.begin();
  EXPECT_EQ(first.outcome.word, -1);
  EXPECT_EQ(first.outcome.duplicated, 1U);
  EXPECT_TRUE(first.illegal);
  EXPECT_FALSE(first.died);
  EXPECT_TRUE(search.ends.rbegin()->died);
}

TEST(PanOutput, WithoutAStateWordHasNoWord) {
  EXPECT_EQ(parse_search(printed(), false).ends.begin()->outcome.word, std::nullopt);
}

TEST(PanOutput, OfASearchThatWasCutIsNeverComplete) {
  EXPECT_THAT(parse_search(printed("error: max search depth too small\n"), true).limits,
              Contains(HasSubstr("depth too small")));
  for (const auto* cut : {"error: max search depth too small\n", "pan: reached -DMEMLIM bound\n",
                          "pan: out of memory\n", "too many outcomes\n", "outcome 0 0\n",
                          "\t+ Randomized Process Ordering\n"}) {
    EXPECT_FALSE(parse_search(printed(cut), true).complete) << cut;
  }
  EXPECT_FALSE(parse_search(printed("", "Warning: Search not completed\n"), true).complete);
  EXPECT_FALSE(parse_search(printed("", "", 1), true).complete);
}

TEST(PanOutput, ThatIsEmptyOrBrokenOffIsNotComplete) {
  EXPECT_FALSE(parse_search("", true).complete);
  const auto whole = printed();
  for (std::size_t bytes = 0; bytes < whole.find("73 states"); ++bytes)
    EXPECT_FALSE(parse_search(whole.substr(0, bytes), true).complete) << bytes;
}

TEST(PanOutput, OfATrailNamesEachStepsAgentAndLine) {
  const auto trail = parse_trail(
      " 16:\tproc  0 (:init:) model.pml:73 (state 20)\t[i = 0]\n"
      " 17:\tproc  4 (reader) model.pml:21 (state 104)\t[D_STEP22]\n"
      " 18:\tproc  2 (writer) model.pml:21 (state 104)\t[D_STEP21]\n"
      " 19:\tproc  4 (reader) -:0 (state 0)\t[-end-]\n"
      " 20:\tproc  6 (killer) model.pml:19 (state 26)\t[D_STEP19]\n"
      "dies\n"
      " 21:\tproc  5 (reader) model.pml:12 (state 66)\t[D_STEP92]\n"
      " 20:\tproc  1 (drainer) model.pml:24 (state 37)\t[D_STEP24]\n"
      " 39:\tproc  0 (:init:) model.pml:77 (state 51)\t[D_STEP77]\n"
      "outcome 1 0 0 0 0 0 0 1\n",
      true);
  EXPECT_THAT(trail.steps, ElementsAre(ModelStep{2, 22}, ModelStep{0, 21}, ModelStep{3, 0, true}));
  ASSERT_TRUE(trail.end.has_value());
  EXPECT_EQ(trail.end->outcome.word, 1);
}

}  // namespace
}  // namespace minusone
