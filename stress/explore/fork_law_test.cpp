// Random programs that fork, held against every interleaving of them, and against real runs: what a
// real run comes to some schedule comes to as well; where all schedules come to one thing, so does
// the real run.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <optional>
#include <random>
#include <set>
#include <string>

#include "stress/explore/explore.h"
#include "stress/machine/testing/brute_force.h"
#include "stress/search/dpor.h"
#include "stress/subjects/subject.h"

namespace minusone {
namespace {

using Random = std::mt19937;

/// What a run exits with; -1: somebody waits for ever.
using Outcomes = std::set<int>;

/// Of so many calls and forks at most.
std::string random_script(Random& random, int& calls, int& forks) {
  const std::string all = "wwnlppttsaaogn";
  std::string script;
  while (calls > 0 && random() % 6 != 0) {
    --calls;
    if (forks > 0 && random() % 3 == 0) {
      --forks;
      script += "(" + random_script(random, calls, forks) + ")";
    } else {
      script += all[random() % all.size()];
    }
  }
  return script;
}

int run_for_real(const char* program, const std::string& script) {
  const pid_t child = fork();
  if (child == 0) {
    setpgid(0, 0);
    execl(program, program, script.c_str(), nullptr);
    _exit(121);
  }
  int status = 0;
  while (waitpid(child, &status, 0) == -1 && errno == EINTR) {
  }
  kill(-child, SIGKILL);  // who waits for ever, of those that it forked
  return WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status) == SIGALRM ? -1 : -2;
}

/// @return none: there are too many executions
std::optional<Outcomes> outcomes_of(const std::string& script) {
  ExploreOptions options;
  options.arguments = {script};
  options.executions = 3000;
  const Result result =
      explore(MINUSONE_MODULES "/program/fork_script.so", "000000000000", options);
  if (result.assurance != Assurance::complete) return std::nullopt;
  Outcomes found;
  for (const auto& row : result.outcomes) {
    if (row.outcome.find("wait for ever") != std::string::npos) found.insert(-1);
    const auto at = row.outcome.find("main exits with ");
    if (at != std::string::npos) found.insert(std::stoi(row.outcome.substr(at + 16)));
  }
  return found;
}

TEST(Forks, ComeToWhatSomeScheduleComesTo) {
  Random random(3);
  int explored = 0, forked = 0, with_choice = 0;
  for (int i = 0; i < 300; ++i) {
    int calls = 9, forks = 3;
    const std::string script = random_script(random, calls, forks);
    const auto outcomes = outcomes_of(script);
    if (!outcomes) continue;
    ++explored;
    forked += forks < 3;
    with_choice += outcomes->size() > 1;
    for (int run = 0; run < 3; ++run) {
      int real = run_for_real(MINUSONE_FORK_SCRIPT, script);
      // It may only have been slow.
      if (real == -1 && !outcomes->contains(-1))
        real = run_for_real(MINUSONE_SLOW_FORK_SCRIPT, script);
      ASSERT_TRUE(outcomes->contains(real))
          << "'" << script << "' comes to " << real << ", and no schedule does";
      if (real == -1) break;
    }
  }
  EXPECT_GT(explored, 250);
  EXPECT_GT(forked, 100);
  EXPECT_GT(with_choice, 15);
}

TEST(Forks, VisitEachTraceOfEveryInterleavingOnce) {
  Random random(8);
  int forked = 0;
  for (int i = 0; i < 400; ++i) {
    int calls = 7, forks = 3;
    const std::string script = random_script(random, calls, forks);
    forked += forks < 3;
    const auto subject = make_program(MINUSONE_MODULES "/program/fork_script.so", {}, {script});
    Machine& machine = subject->machine();
    const auto expected = every_interleaving(machine);
    std::set<std::string> complete, quiescent;
    int twice = 0;
    Dpor(machine, {}).run([&](const Execution& execution) {
      auto& set = execution.end == End::complete ? complete : quiescent;
      twice += !set.insert(canonical(execution.steps)).second;
      return true;
    });
    ASSERT_EQ(complete, expected.traces) << script;
    ASSERT_EQ(quiescent, expected.quiescent) << script;
    ASSERT_EQ(twice, 0) << script;
  }
  EXPECT_GT(forked, 150);
}

}  // namespace
}  // namespace minusone
