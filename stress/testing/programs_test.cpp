// The article's own two programs, source untouched, as whole programs under every schedule: what
// docs/defects.md tells of them is found without being told where to look.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "stress/explore/explore.h"
#include "stress/modules/module.h"
#include "stress/search/dpor.h"
#include "stress/subjects/subject.h"

namespace minusone {
namespace {

using testing::HasSubstr;

/// Readers, then writers, each with its lines.
std::vector<ProgramSpec> programs(int readers, const std::vector<std::vector<std::string>>& lines) {
  std::vector<ProgramSpec> all;
  for (int i = 1; i <= readers; ++i)
    all.push_back({find_program("shmread").path, "reader " + std::to_string(i), {}});
  for (std::size_t i = 1; i <= lines.size(); ++i)
    all.push_back({find_program("shmwrite").path, "writer " + std::to_string(i), lines[i - 1]});
  return all;
}

Result explored(const std::vector<ProgramSpec>& all) {
  ExploreOptions options;
  options.programs = all;
  return explore("", "b", options);
}

const PropertyResult& property(const Result& result, Property wanted) {
  return *std::ranges::find(result.properties, wanted, &PropertyResult::property);
}

/// Whether the schedule that was told goes the same way again, and breaks the same.
void replays(const std::vector<ProgramSpec>& all, const PropertyResult& found) {
  ExploreOptions options;
  options.programs = all;
  const auto replayed = replay("", parse_schedule(found.schedule), options);
  EXPECT_EQ(replayed.steps, found.steps);
  EXPECT_EQ(property(replayed.result, found.property).verdict, Verdict::violated);
}

TEST(ArticlePrograms, D1_AReaderThatStartsDiscardsAnEarlierMessage) {
  const auto all = programs(1, {{"early", "end"}});
  const auto result = explored(all);
  EXPECT_EQ(result.assurance, Assurance::complete);
  EXPECT_EQ(result.executions.all(), 10U);
  EXPECT_EQ(result.executions.violating, 10U) << "it races in each";
  EXPECT_EQ(result.kind, SubjectKind::programs);
  const auto& lost = property(result, Property::no_loss);
  EXPECT_EQ(lost.count, 2U);
  // The reader's start-up stores 0 where the writer has stored 1.
  EXPECT_TRUE(std::ranges::any_of(lost.steps, [](const TraceStep& step) {
    return step.agent == "reader 1" && step.line == 32 && step.changed == "written: 1 -> 0";
  }));
  EXPECT_EQ(property(result, Property::no_duplicate).count, 0U);
  replays(all, lost);
}

TEST(ArticlePrograms, D3_AReaderMissesTheEndThatItPrinted) {
  const auto all = programs(1, {{"one", "end"}, {"two"}});
  const auto result = explored(all);
  EXPECT_EQ(result.assurance, Assurance::complete);
  const auto& stuck = property(result, Property::no_deadlock);
  EXPECT_GT(stuck.count, 0U);
  replays(all, stuck);
  // Beside writers whom a reader that has left keeps waiting.
  const auto subject = make_program_group(all, "end");
  std::uint64_t found = 0;
  Dpor(subject->machine(), {}).run([&](const Execution& execution) {
    const auto printed = subject->observe().printed[0];
    const bool missed = subject->machine().state(0) == AgentState::blocked &&
                        std::ranges::find(printed, "end\n") != printed.end();
    const auto broken = subject->judge(execution);
    found += missed && std::ranges::count(broken, Property::no_deadlock) > 0;
    return found == 0;
  });
  EXPECT_GT(found, 0U);
}

// The reader has started, so it is not its start-up that loses the message: the writers did.
TEST(ArticlePrograms, D11_TwoWritersThatPassTheCheckTogetherLoseAMessage) {
  const auto all = programs(1, {{"one", "end"}, {"two"}});
  const auto subject = make_program_group(all, "end");
  std::uint64_t found = 0;
  Dpor(subject->machine(), {}).run([&](const Execution& execution) {
    bool reader_was_first = false;
    bool together = false;
    int passed = 0;  // writers that have read 0 since anybody stored anything
    int looks = 0;   // at the flag, by anybody
    for (const Step& step : execution.steps) {
      if (step.count == 0 || subject->place(step.accesses[0]) != "written") continue;
      if (looks++ == 0) reader_was_first = step.agent == 0 && step.accesses[0].writes;
      if (step.accesses[0].writes) {
        passed = 0;
      } else if (step.agent != 0 && step.after == 0) {
        together |= ++passed == 2;
      }
    }
    const auto broken = subject->judge(execution);
    found += reader_was_first && together && std::ranges::count(broken, Property::no_loss) > 0;
    return found == 0;
  });
  EXPECT_GT(found, 0U);
}

TEST(ArticlePrograms, D12_TwoWritersTearAMessage) {
  const auto all = programs(1, {{"a line that is long"}, {"another that is as long"}});
  const auto result = explored(all);
  const auto& torn = property(result, Property::no_tear);
  EXPECT_GT(torn.count, 0U);
  replays(all, torn);
}

TEST(ArticlePrograms, D13_TwoReadersThatPassTheCheckTogetherPrintOneMessageTwice) {
  const auto all = programs(2, {{"one", "end"}});
  const auto result = explored(all);
  EXPECT_EQ(result.assurance, Assurance::complete);
  const auto& twice = property(result, Property::no_duplicate);
  EXPECT_GT(twice.count, 0U);
  replays(all, twice);
  // D45: both get "end", and the second finds nothing to remove.
  EXPECT_THAT(result.outcomes, testing::Contains(testing::Field(
                                   &OutcomeCount::outcome, HasSubstr("reader 2 exits with 1"))));
}

// The oracle is not one that always finds something.
TEST(ArticlePrograms, OneWriterWhoseReaderStartedFirstLosesNothing) {
  const auto all = programs(1, {{"one"}});
  const auto subject = make_program_group(all, "end");
  auto& machine = subject->machine();
  machine.reset();
  std::vector<Step> steps;
  const auto run = [&](int agent) {
    while (machine.state(agent) == AgentState::ready && machine.step(agent) == Effect::stepped)
      steps.push_back(machine.executed());
  };
  for (const int agent : {0, 1, 0, 1}) run(agent);
  EXPECT_THAT(subject->judge({steps, End::quiescent}), testing::IsEmpty());
}

}  // namespace
}  // namespace minusone
