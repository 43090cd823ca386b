// Memory that is not there: each use of it is told with both places, and what is right is not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>

#include "stress/explore/explore.h"

namespace minusone {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

std::string path(const std::string& program) {
  return MINUSONE_MODULES "/program/" + program + ".so";
}

Result explored(const std::string& program) { return explore(path(program), "000000000000", {}); }

const PropertyResult& fault_of(const Result& result) {
  return *std::ranges::find(result.properties, Property::no_fault, &PropertyResult::property);
}

/// As the end of the trace tells it: the sentence, then the places.
struct Fault {
  const char* program;
  std::vector<const char*> lines;  ///< regular expressions
};

void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.program; }
class HeapFault : public testing::TestWithParam<Fault> {};

TEST_P(HeapFault, IsToldWithBothPlaces) {
  const auto& [program, lines] = GetParam();
  const auto result = explored(program);
  EXPECT_EQ(result.verdict, Verdict::violated);
  EXPECT_EQ(result.assurance, Assurance::complete);
  const auto& fault = fault_of(result);
  ASSERT_GE(fault.trace.size(), lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i)
    EXPECT_THAT(fault.trace[fault.trace.size() - lines.size() + i], MatchesRegex(lines[i]));
  const auto replayed = replay(path(program), parse_schedule(fault.schedule));
  EXPECT_EQ(replayed.trace, fault.trace);
}

#define AT " at heap_faults.c:[0-9]+ in "
#define IS_FREED "an access to memory that was freed"
#define ALLOCATED "allocated by main" AT "main"
#define FREED "freed by thread [12]" AT "release"
#define OUTSIDE "an access outside the blocks of the heap"
#define TWICE "free\\(\\) or delete of memory that is free already"
#define NO_BLOCK "free\\(\\) or delete of an address that malloc\\(\\) or new did not return"
#define ALONE "allocated by main" AT "alone"

Fault freed(const char* program, const char* access) {
  return {program, {IS_FREED, access, ALLOCATED, FREED}};
}
Fault beside(const char* program, const char* access) {
  return {program, {OUTSIDE, access, ALONE}};
}

INSTANTIATE_TEST_SUITE_P(
    Programs, HeapFault,
    testing::Values(
        freed("heap_write", "thread 1" AT "use writes 4 bytes at byte 40 of a block of 64 bytes"),
        freed("heap_read", "thread 1" AT "use reads 4 bytes at byte 40 of a block of 64 bytes"),
        freed("heap_atomic", "thread 1" AT "use writes 4 bytes at byte 44 of a block of 64 bytes"),
        freed("heap_copy", "thread 1" AT "use reads 8 bytes at byte 48 of a block of 64 bytes"),
        freed("heap_set", "thread 1" AT "use writes 8 bytes at byte 48 of a block of 64 bytes"),
        freed("heap_length",
              "thread 1" AT "use reads [0-9]+ bytes? at byte 48 of a block of 64 bytes.*"),
        freed("heap_lock", "thread 1" AT "use writes 1 byte at byte 0 of a block of 64 bytes"),
        Fault{"heap_free",
              {TWICE, "thread [12]" AT "(use|release) frees at byte 0 of a block of 64 bytes",
               ALLOCATED, "freed by thread [12]" AT "(use|release)"}},
        Fault{"heap_realloc",
              {"(" TWICE "|" IS_FREED ")", "thread [12]" AT "(use|release) .*", ALLOCATED,
               "freed by thread [12]" AT "(use|release)"}},
        beside("heap_alone_1",
               "main" AT "alone writes 1 byte 0 bytes behind the end of a block of 10 bytes"),
        beside("heap_alone_2",
               "main" AT
               "alone writes 3 bytes at byte 8 of a block of 10 bytes, and beyond its end"),
        beside("heap_alone_3",
               "main" AT "alone reads 1 byte 1 byte before the beginning of a block of 10 bytes"),
        beside("heap_alone_4",
               "main" AT
               "alone reads 6 bytes at byte 5 of a block of 10 bytes, and beyond its end"),
        Fault{"heap_alone_5",
              {NO_BLOCK, "main" AT "alone frees at byte 1 of a block of 10 bytes", ALONE}},
        Fault{"heap_alone_6", {NO_BLOCK, "main" AT "alone frees where no call has allocated"}},
        Fault{"heap_alone_7", {NO_BLOCK, "main" AT "alone frees where no call has allocated"}},
        beside("heap_alone_8",
               "main" AT "alone writes 4 bytes 0 bytes behind the end of a block of 0 bytes"),
        beside("heap_alone_9",
               "main" AT
               "alone writes 4 bytes at byte 4 of a block of 6 bytes, and beyond its end")),
    [](const auto& info) { return std::string(info.param.program); });

TEST(HeapFault, OfALibrarysContainerIsTold) {
  const auto result = explored("heap_containers_wrong");
  EXPECT_EQ(result.verdict, Verdict::violated);
  const auto& trace = fault_of(result).trace;
  ASSERT_GE(trace.size(), 3U);
  EXPECT_THAT(trace.end()[-3], HasSubstr("reads 4 bytes at byte 0 of a block of 4 bytes"));
  EXPECT_EQ(trace.end()[-2], "allocated before main()");
  EXPECT_THAT(trace.end()[-1], HasSubstr("freed by thread 1"));
}

TEST(HeapFault, IsNoneWhereMemoryIsUsedAsItMayBe) {
  for (const char* program : {"heap_right", "heap_alone_10", "heap_containers_right"}) {
    const auto result = explored(program);
    EXPECT_EQ(result.verdict, Verdict::holds) << program;
    EXPECT_EQ(result.assurance, Assurance::complete) << program;
  }
}

Result of_two(const std::string& gives, const std::string& follows) {
  ExploreOptions options;
  options.programs = {{path("pointer_" + gives), "giver", {}},
                      {path("pointer_" + follows), "follower", {}}};
  return explore("", "000000000000", options);
}

struct Foreign {
  const char* gives;
  const char* whose;
};

void PrintTo(const Foreign& foreign, std::ostream* out) { *out << foreign.gives; }
class ForeignPointer : public testing::TestWithParam<Foreign> {};

TEST_P(ForeignPointer, IsAFaultToFollow) {
  const auto& [gives, whose] = GetParam();
  const struct {
    const char* follows;
    const char* verb;
  } all[] = {{"reads", "reads"}, {"writes", "writes"}, {"copies", "reads"}};
  for (const auto& [follows, verb] : all) {
    const auto result = of_two(gives, follows);
    EXPECT_EQ(result.verdict, Verdict::violated);
    const auto& trace = fault_of(result).trace;
    ASSERT_GE(trace.size(), 2U);
    EXPECT_THAT(trace.end()[-2], HasSubstr("an access to another process's memory"));
    EXPECT_THAT(trace.end()[-1],
                MatchesRegex(std::string("follower at group_pointers.c:[0-9]+ in main ") + verb +
                             " 4 bytes " + whose));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, ForeignPointer,
    testing::Values(Foreign{"1", "of giver's own memory, own"},
                    Foreign{"2", "of giver's own memory"}, Foreign{"3", "of giver's own memory"},
                    Foreign{"4", "where giver has a segment attached, value"}));

TEST(ForeignPointer, IsNoneThatIsAnOffset) {
  for (const char* follows : {"reads", "writes", "copies"}) {
    const auto result = of_two("5", follows);
    EXPECT_EQ(result.verdict, Verdict::holds);
    EXPECT_EQ(result.assurance, Assurance::complete);
  }
}

TEST(Segment, IsNotThereForWhoHasDetachedIt) {
  const auto result = of_two("5", "detaches");
  EXPECT_EQ(result.verdict, Verdict::violated);
  EXPECT_THAT(fault_of(result).trace.end()[-2], HasSubstr("a segment that is not attached"));
}

}  // namespace
}  // namespace minusone
