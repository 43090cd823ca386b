#include "stress/model/weaker_memory.h"

#include <gtest/gtest.h>

namespace minusone {
namespace {

std::optional<MemoryModel> found(const std::string& protocol, int messages,
                                 const std::string& outcome) {
  ExploreOptions options;
  options.workload = {.writers = 1, .readers = 1, .messages = messages};
  options.shrinks = false;
  return weaker_memory_with(outcome, find_module(protocol, ModuleKind::optimized), options);
}

TEST(WeakerMemory, IsTheStrongestThatComesToTheOutcome) {
  EXPECT_EQ(found("naive/peterson", 2, "count = 0, lost 1, duplicated 0, torn 0"),
            MemoryModel::tso);
  EXPECT_EQ(found("naive/relaxed_flag", 1, "full = 0, lost 0, duplicated 0, torn 1"),
            MemoryModel::rc11);
}

TEST(WeakerMemory, IsNoneWhereNoExecutionDoes) {
  EXPECT_EQ(found("safe/peterson", 2, "count = 0, lost 1, duplicated 0, torn 0"), std::nullopt);
}

}  // namespace
}  // namespace minusone
