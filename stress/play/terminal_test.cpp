#include "stress/play/terminal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "stress/explore/explore.h"
#include "stress/explore/schedule.h"

namespace minusone {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct Played {
  bool all_commands;
  std::string said;
};

Played play(const std::string& protocol, const std::string& commands, const Workload& workload = {},
            Death death = Death::none) {
  const auto graph = make_state_graph(MINUSONE_MODULES "/" + protocol + "/traced.so",
                                      "0123456789ab", workload, {.death = death});
  std::istringstream in(commands);
  std::ostringstream out;
  const bool all = play_in_terminal(graph, in, out, false);
  return {all, out.str()};
}

TEST(Terminal, IsWonBySendingBothReadersThroughTheCheck) {
  const auto played = play("naive/counter", "w1\nw1\nw1\nr1\nr2\nr1\nr2\nr1\nr2\np\n");
  EXPECT_TRUE(played.all_commands);
  EXPECT_THAT(played.said,
              AllOf(HasSubstr("written: 0 -> -1"), HasSubstr("YOU DID IT, in 15 steps"),
                    HasSubstr("0123456789ab:1w2r1m8b:w1x5.r1.r2.r1x2.r2x2.r1x2.r2x2")));
}

TEST(Terminal, TellsWhoWaitsAndForWhat) {
  const auto played = play("naive/counter", "r1\nw1x9\n");
  EXPECT_TRUE(played.all_commands);
  EXPECT_THAT(played.said, AllOf(HasSubstr("reader 1 waits: it reads written = 0, again and again"),
                                 HasSubstr("writer 1 has finished")));
}

TEST(Terminal, UndoesAndStartsAgain) {
  const auto played = play("naive/counter", "u\nw1\nu\np\nw1x5\ns\np\n");
  EXPECT_THAT(played.said, AllOf(HasSubstr("nothing to undo"), HasSubstr("1w2r1m8b:+\n")));
}

TEST(Terminal, SaysThatItCannotBeDoneOnlyWhereItCannot) {
  EXPECT_THAT(play("naive/counter", "c\n").said, HasSubstr("It can be done, in 15 steps"));
  EXPECT_THAT(play("safe/atomic_slot", "c\ng stuck\nc\n").said,
              AllOf(HasSubstr("all executions were tried"), Not(HasSubstr("can be done, in"))));
}

TEST(Terminal, HintsLeadToTheGoal) {
  std::string commands = "g lose\n";
  std::string said;
  for (int i = 0; i < 30 && said.find("YOU DID IT") == std::string::npos; ++i) {
    said = play("naive/flag", commands + "h\n", {.writers = 2, .readers = 1}).said;
    const auto hint = said.rfind("x1: it ");
    if (hint == std::string::npos) break;
    commands +=
        said.substr(said.rfind('\n', hint) + 1, hint + 2 - said.rfind('\n', hint) - 1) + "\n";
  }
  EXPECT_THAT(said, HasSubstr("YOU DID IT"));
}

TEST(Terminal, KillsOneAndPrintsADeathAsReplayTakesIt) {
  const auto played =
      play("safe/posix_semaphore", "g stuck\nw1\nk w1\nk r1\nw1\np\n", {.writers = 2}, Death::any);
  EXPECT_TRUE(played.all_commands);
  EXPECT_THAT(played.said,
              AllOf(HasSubstr("with one death allowed"), HasSubstr("writer 1   is dead"),
                    HasSubstr("reader 1 cannot be killed: one death is all"),
                    HasSubstr("writer 1 is dead\n"), HasSubstr("is dead (died writing)"),
                    HasSubstr(":2w2r1m8b:w1-dies-1:w1x2\n")));
  EXPECT_THAT(play("naive/counter", "k r1\n").said, HasSubstr("give --crash any to step"));
}

TEST(Terminal, NamesWhatIsNoCommand) {
  for (const char* line :
       {"w3", "w", "w1x", "w1x0", "wx1", "r99999999999", "jump", "g nothing", "k r3"}) {
    const auto played = play("naive/counter", std::string(line) + "\n");
    EXPECT_FALSE(played.all_commands) << line;
    EXPECT_THAT(played.said, HasSubstr(std::string("'") + (line[1] == ' ' ? line + 2 : line)));
  }
}

}  // namespace
}  // namespace minusone
