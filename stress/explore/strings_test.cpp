// What the library's functions read and copy of memory that others write meanwhile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stress/explore/explore.h"

namespace minusone {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

/// The outcomes of a case of programs/strings.c.
std::vector<std::string> outcomes_of(const std::string& name) {
  const auto result = explore(MINUSONE_MODULES "/program/strings_" + name + ".so", "0", {});
  std::vector<std::string> seen;
  for (const auto& row : result.outcomes) seen.push_back(row.outcome);
  EXPECT_THAT(seen, Contains("every thread finished")) << name;
  return seen;
}

TEST(StringsOfTheLibrary, AreReadPieceByPiece) {
  for (const char* name :
       {"memchr_finds_the_later_of_two", "memchr_looks_on_where_it_was_taken_away",
        "memcmp_sees_only_the_later_of_two", "memcmp_reads_one_before_the_other",
        "strcmp_reads_one_before_the_other", "strstr_reads_one_before_the_other",
        "snprintf_reads_one_before_the_other"}) {
    EXPECT_THAT(outcomes_of(name), Contains(HasSubstr("an assertion failed"))) << name;
  }
}

TEST(StringsOfTheLibrary, AreCopiedUpToTheirEndAsItIsThen) {
  for (const char* name :
       {"strcpy_ends_with_what_it_copies", "strcpy_writes_nothing_behind_the_end"})
    EXPECT_THAT(outcomes_of(name), Not(Contains(HasSubstr("an assertion failed")))) << name;
}

}  // namespace
}  // namespace minusone
