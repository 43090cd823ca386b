// Objects with operations of their own and a specification: what the command says of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stress/cli/testing/source_file.h"

namespace minusone::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// A register whose specification can be trusted with get and set alone.
constexpr const char* odd_register = R"(
#include <atomic>
#include <map>
#include <stdexcept>
#include "protocol/object.h"
struct Register {
  std::atomic<int> value;
  void init() { value = 0; }
  void set(int x) { value = x; }
  int get() { return value; }
  int skip() { return value; }
  int guess() { return value; }
};
struct Spec {
  std::map<int, int> values;  // what an instrumented module would be refused for
  void set(int x) { values[0] = x; }
  int get() { return values[0]; }
  int skip() { throw std::out_of_range("nothing to skip"); }
  int guess() { static int guesses = 0; return ++guesses; }
};
MINUSONE_OBJECT(Register, Spec, "my/register", op(&Register::set, &Spec::set, "set", {1, 2}),
                op(&Register::get, &Spec::get, "get"), op(&Register::skip, &Spec::skip, "skip"),
                op(&Register::guess, &Spec::guess, "guess"));
)";

// One scenario of weaker atomics is enough for the whole to say nothing of C++20.
TEST_F(SourceFile, OfAnObjectIsSaidToHoldUnderWhatEachScenarioHoldsUnder) {
  const std::string text = R"(#include <atomic>
#include "protocol/object.h"
struct Word {
  std::atomic<int> value;
  void init() { value = 0; }
  void set(int x) { value = x; }
  int get() { return value.load(ORDER); }
};
struct Spec {
  int value = 0;
  void set(int x) { value = x; }
  int get() { return value; }
  bool operator==(const Spec&) const = default;
};
MINUSONE_OBJECT(Word, Spec, "my/word", op(&Word::set, &Spec::set, "set", {1}),
                op(&Word::get, &Spec::get, "get"));
)";
  write("word.cpp", text);
  const std::string explore = "explore word.cpp --scenario 2x1 -D ORDER=std::memory_order_";
  EXPECT_THAT(minusone(explore + "seq_cst").out, HasSubstr("HOLDS under C++20 (no data race)"));
  EXPECT_THAT(minusone(explore + "relaxed").out, HasSubstr("HOLDS under sequential consistency"));
}

TEST_F(SourceFile, OfAnObjectIsExploredUnderAScenario) {
  write("register.cpp", odd_register);
  const auto right = minusone("explore register.cpp --scenario 'set(1) | get | set(-2) get'");
  EXPECT_EQ(right.status, 0) << right.out << right.err;
  EXPECT_THAT(right.out, AllOf(HasSubstr("HOLDS"), HasSubstr("an object, 3 agents, processes"),
                               HasSubstr("set(1) | get = 1 | set(-2), get = 1")));
  const auto refused = [&](const std::string& arguments) {
    const auto ran = minusone(arguments);
    EXPECT_EQ(ran.status, 2) << arguments << ran.out;
    return ran.err;
  };
  const std::string explore = "explore register.cpp --scenario ";
  EXPECT_THAT(
      refused(explore + "'get | skip'"),
      HasSubstr("my/register: the specification's skip, behind get, throws: nothing to skip"));
  EXPECT_THAT(refused(explore + "'set(1) | guess'"),
              HasSubstr("disagrees with itself: on one copy of a state it returned 1, on another "
                        "2; it may go by its own members only"));
  EXPECT_THAT(refused(explore + "'set(1) | seet(1)'"),
              HasSubstr("column 10: no operation 'seet' (did you mean 'set'?)"));
  EXPECT_THAT(refused(explore + "'set(x)'"), HasSubstr("'x' is no signed number of 4 bytes"));
  EXPECT_THAT(refused(explore + "'set'"), HasSubstr("set takes 1 argument, and here are fewer"));
  EXPECT_THAT(refused(explore + "8x8"), HasSubstr("scenarios, and at most 100000 are explored"));
  EXPECT_THAT(refused(explore + "0x2"), HasSubstr("expected 1 to 8 agents"));
  EXPECT_THAT(refused(explore + "get --agents threads"), HasSubstr("are processes, so far"));
  EXPECT_THAT(refused(explore + "get --crash writer"), HasSubstr("expected any"));
  EXPECT_THAT(refused(explore + "get -- 1"), HasSubstr("arguments are for a program's main()"));
  EXPECT_THAT(refused("stress register.cpp --time-limit 1s"), HasSubstr("a channel"));
  EXPECT_THAT(refused("step register.cpp"), HasSubstr("`minusone explore` takes it"));
}

TEST_F(SourceFile, IsRefusedWhereItsSpecificationCannotBeCopied) {
  write("fixed.cpp", R"(
#include "protocol/object.h"
struct Flag { bool set; void init() { set = false; } void raise() { set = true; } };
struct Spec { Spec() = default; Spec(const Spec&) = delete; void raise() {} };
MINUSONE_OBJECT(Flag, Spec, "my/flag", op(&Flag::raise, &Spec::raise, "raise"));
)");
  const auto ran = minusone("explore fixed.cpp");
  EXPECT_EQ(ran.status, 2) << ran.out;
  EXPECT_THAT(ran.err, HasSubstr("a specification is copied"));
}

TEST_F(SourceFile, TakesNoScenarioWhereItIsNoObject) {
  write("prog.c", fetch_add);
  const auto ran = minusone("explore prog.c --scenario 'add | add'");
  EXPECT_EQ(ran.status, 2) << ran.out;
  EXPECT_THAT(ran.err, HasSubstr("'prog.c' is no object with operations of its own"));
}

}  // namespace
}  // namespace minusone::cli
