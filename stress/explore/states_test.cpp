// The search over states against the search over executions, on every program that is here to be
// judged.
#include <gtest/gtest.h>

#include <filesystem>

#include "stress/explore/testing/by_states.h"

namespace minusone {
namespace {

ExploreOptions quick() {
  ExploreOptions options;
  options.shrinks = false;
  options.executions = 20'000;
  return options;
}

class ByStates : public testing::TestWithParam<const char*> {};

TEST_P(ByStates, SaysOfEachProgramWhatTheSearchOverExecutionsSays) {
  int compared = 0;
  for (const auto& entry : std::filesystem::directory_iterator(MINUSONE_MODULES "/program")) {
    const auto name = entry.path().stem().string();
    if (!name.starts_with(GetParam()) || entry.path().extension() != ".so") continue;
    SCOPED_TRACE(name);
    Result executions;
    try {
      executions = explore(entry.path().string(), "0", quick());
    } catch (const std::exception&) {
      continue;  // refused, or not modelled: it is so by either search
    }
    auto options = quick();
    options.executions.reset();
    options.state_bytes = std::size_t{32} << 20;
    options.time_limit = std::chrono::seconds(20);
    const auto states = by_states(entry.path().string(), options);
    expect_agreement(entry.path().string(), executions, states);
    ++compared;
  }
  EXPECT_GT(compared, 0);
}

INSTANTIATE_TEST_SUITE_P(Programs, ByStates,
                         testing::Values("oracle_", "lives_", "loop_", "textbook_", "early_end_",
                                         "roles_", "signal_", "futex_", "strings_", "deadline_",
                                         "failed_", "opposite_", "lost_", "heap_"),
                         [](const auto& info) { return std::string(info.param) + "programs"; });

}  // namespace
}  // namespace minusone
