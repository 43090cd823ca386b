#include "protocol/check.h"

#include <gtest/gtest.h>

#include <string>

namespace minusone {
namespace {

void tell_word(const void* word, BareText& out) noexcept {
  out << "  " << static_cast<const char*>(word) << "\n";
}

TEST(Check, PassesWhereItsConditionHolds) {
  int evaluated = 0;
  MINUSONE_CHECK(++evaluated == 1, "it is evaluated once");
  EXPECT_EQ(evaluated, 1);
}

TEST(CheckDeathTest, TellsTheSentenceThePlaceAndWhatIsUnderWayAndExitsWithFive) {
  const UnderWay outer(tell_word, "command: minusone explore x");
  const UnderWay inner(tell_word, "schedule so far: w1x3.r1");
  { const UnderWay over(tell_word, "what is over"); }
  EXPECT_EXIT(MINUSONE_CHECK(1 + 1 == 3, "sums are right"), testing::ExitedWithCode(bug_status),
              "a bug of minusone's own: sums are right\n"
              "  at .*check_test.cpp:[0-9]+, where 1 \\+ 1 == 3 should hold\n"
              "  command: minusone explore x\n"
              "  schedule so far: w1x3.r1\n"
              "Nothing above this is a verdict");
}

TEST(CheckDeathTest, NeedsNoMemoryAndNoHandlerOfExceptions) {
  const auto in_noexcept = []() noexcept {
    MINUSONE_CHECK(false, "nothing is thrown through a hook");
  };
  EXPECT_EXIT(in_noexcept(), testing::ExitedWithCode(bug_status), "thrown through a hook");
}

TEST(CheckDeathTest, EndsWhereTellingFailsToo) {
  const UnderWay broken([](const void*, BareText&) noexcept { MINUSONE_CHECK(false, "again"); },
                        nullptr);
  EXPECT_EXIT(MINUSONE_CHECK(false, "once"), testing::ExitedWithCode(bug_status), "own: once");
}

TEST(BareText, IsWrittenWholeHoweverLongItIs) {
  testing::internal::CaptureStderr();
  std::string expected;
  {
    BareText text;
    for (std::uint64_t i = 0; i < 1000; ++i) {
      text << "step " << i << "\n";
      expected += "step " + std::to_string(i) + "\n";
    }
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), expected);
}

}  // namespace
}  // namespace minusone
