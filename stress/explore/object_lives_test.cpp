// Objects of the library's as their own bytes say, and uses that POSIX leaves undefined, by name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "stress/explore/explore.h"

namespace minusone {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::MatchesRegex;

struct Case {
  const char* name;
  /// Of the one outcome that says most: "" where every execution ends well.
  const char* says;
};

class ObjectLives : public testing::TestWithParam<Case> {};

Result explored(const std::string& name) {
  return explore(MINUSONE_MODULES "/program/lives_" + name + ".so", "0", {});
}

TEST_P(ObjectLives, AreToldByName) {
  const auto [name, says] = GetParam();
  const auto result = explored(name);
  std::vector<std::string> seen;
  for (const auto& row : result.outcomes) seen.push_back(row.outcome);
  if (*says == 0) {
    EXPECT_EQ(result.verdict, Verdict::holds);
    EXPECT_THAT(seen, testing::ElementsAre("every thread finished"));
    return;
  }
  EXPECT_EQ(result.verdict, Verdict::violated);
  EXPECT_THAT(seen, Contains(HasSubstr(says)));
}

constexpr Case cases[] = {
    {"wait_at_zeroed_semaphore", "1 of 1 threads wait for ever"},
    {"post_zeroed_semaphore", ""},
    {"lock_zeroed_spin_lock", "a spin lock was never initialised"},
    {"wait_at_zeroed_barrier", "a barrier was never initialised: its count is 0"},
    {"lock_mutex_from_malloc", "a mutex was never initialised"},
    {"wait_at_semaphore_from_malloc", "a semaphore was never initialised"},
    {"overwritten_once", "a once control was never initialised"},
    {"recursive_by_initialiser", ""},
    {"recursive_by_assignment", ""},
    {"recursive_until_zeroed", "1 of 1 threads wait for ever"},
    {"copied_while_held", "1 of 1 threads wait for ever"},
    {"semaphore_until_zeroed", "1 of 1 threads wait for ever"},
    {"semaphore_in_the_frame_of_another", "a semaphore was never initialised"},
    {"initialisers_in_the_frame_of_others", ""},
    {"lock_destroyed_mutex", "a mutex is used that was destroyed"},
    {"signal_destroyed_condition", "a condition variable is used that was destroyed"},
    {"read_destroyed_rwlock", "a read-write lock is used that was destroyed"},
    {"wait_at_destroyed_barrier", "a barrier is used that was destroyed"},
    {"post_destroyed_semaphore", "a semaphore is used that was destroyed"},
    {"destroy_semaphore_waited_for", "a semaphore is used that was destroyed"},
    {"destroy_condition_waited_for",
     "a condition variable is destroyed while thread 1 waits for it"},
    {"destroy_condition_after_broadcast", ""},
    {"destroy_mutex_to_be_locked_again", "a mutex is used that was destroyed"},
    {"destroy_held_mutex", "a mutex is destroyed while thread 1 holds it"},
    {"unlock_mutex_of_another", "a mutex is unlocked that thread 1 holds"},
    {"unlock_free_mutex", "a mutex is unlocked that nobody holds"},
    {"unlock_free_rwlock", "a read-write lock is unlocked that nobody holds"},
    {"open_free_spin_lock", "a spin lock is opened that nobody holds"},
    {"destroy_read_rwlock", "a read-write lock is destroyed while main holds it"},
    {"lock_where_no_memory_is", "SIGSEGV"},
    {"join_twice", "a thread is joined that was joined or detached before: thread 1"},
    {"join_what_another_joins", "a thread is joined that was joined or detached before: thread 1"},
    {"join_what_detaches_itself",
     "a thread is joined that was joined or detached before: thread 1"},
    {"join_from_elsewhere", ""},
    {"read_twice_beside_a_writer_that_comes_first", "2 of 2 threads wait for ever"},
};

INSTANTIATE_TEST_SUITE_P(Of, ObjectLives, testing::ValuesIn(cases),
                         [](const auto& info) { return std::string(info.param.name); });

// The program asserts what the kernel and glibc answer, and so holds natively.
TEST(BorderArguments, AreAnsweredAsTheyAreNatively) {
  EXPECT_EQ(std::system(MINUSONE_BORDER_ARGUMENTS), 0);
  const auto result = explore(MINUSONE_MODULES "/program/border_arguments.so", "0", {});
  EXPECT_EQ(result.verdict, Verdict::holds);
  for (const auto& row : result.outcomes) EXPECT_EQ(row.outcome, "every thread finished");
}

TEST(ObjectLives, OfAttributesAreStepsWhereTheyAreShared) {
  for (const char* name : {"shared_mutexattr", "shared_condattr", "shared_rwlockattr",
                           "shared_barrierattr", "shared_attr"}) {
    const auto result = explored(name);
    EXPECT_EQ(result.verdict, Verdict::violated) << name;
    EXPECT_FALSE(result.races.empty()) << name;
    for (const auto& row : result.outcomes) EXPECT_EQ(row.outcome, "every thread finished") << name;
  }
}

TEST(ObjectLives, TellBothPlacesOfADestroyedOne) {
  const auto result = explored("lock_destroyed_mutex");
  const auto& fault =
      *std::ranges::find(result.properties, Property::no_fault, &PropertyResult::property);
  EXPECT_THAT(fault.trace.back(),
              MatchesRegex("it was destroyed by main at object_lives.c:[0-9]+ in "
                           "lock_destroyed_mutex"));
  EXPECT_THAT(fault.steps.back().function, "lock_destroyed_mutex");
}

/// A writer and a reader that use one object each once.
Result used_by_two(const std::string& kind, bool processes) {
  ExploreOptions options;
  options.workload = {.writers = 1, .readers = 1, .messages = 1, .processes = processes};
  options.shrinks = false;
  return explore(MINUSONE_MODULES "/test/private_" + kind + "/traced.so", "0", options);
}

PropertyResult fault_of(const Result& result) {
  return *std::ranges::find(result.properties, Property::no_fault, &PropertyResult::property);
}

TEST(ObjectsOfOneProcess, AreNotUsedByTwo) {
  for (const auto& [kind, name] :
       {std::pair{"Mutex", "a mutex"}, std::pair{"Zeroed", "a mutex"},
        std::pair{"Condition", "a condition variable"},
        std::pair{"ReadWriteLock", "a read-write lock"}, std::pair{"Barrier", "a barrier"},
        std::pair{"Semaphore", "a semaphore"}, std::pair{"Once", "a once control"},
        std::pair{"StdMutex", "a mutex"}, std::pair{"StdCondition", "a condition variable"}}) {
    const auto fault = fault_of(used_by_two(kind, true));
    ASSERT_EQ(fault.verdict, Verdict::violated) << kind;
    ASSERT_GE(fault.trace.size(), 2U);
    EXPECT_THAT(
        fault.trace[fault.trace.size() - 2],
        HasSubstr(std::string(name) + " was initialised for one process and is used by two"))
        << kind;
    EXPECT_THAT(fault.trace.back(), MatchesRegex("it was used by (writer|reader) 1 at .*"));
  }
}

TEST(ObjectsOfOneProcess, AreUsedByItsThreads) {
  for (const char* kind : {"Mutex", "Zeroed", "Condition", "ReadWriteLock", "Barrier", "Semaphore",
                           "Once", "StdMutex", "StdCondition"}) {
    EXPECT_EQ(fault_of(used_by_two(kind, false)).verdict, Verdict::holds) << kind;
  }
  EXPECT_EQ(fault_of(used_by_two("Shared", true)).verdict, Verdict::holds);
}

}  // namespace
}  // namespace minusone
