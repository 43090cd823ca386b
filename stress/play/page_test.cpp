// What a page of games holds, apart from how a browser shows it (play_browser_test.mjs).
#include "stress/play/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace minusone {
namespace {

StateGraph counter() {
  const Workload workload{.writers = 1, .readers = 1};
  return make_state_graph(MINUSONE_MODULES "/naive/counter/traced.so", "0", workload, {});
}

TEST(Page, AimsAtTheGoalThatItsTaskAsksFor) {
  using testing::HasSubstr;
  EXPECT_THAT(to_game({{counter(), "", ""}}), HasSubstr("\"goals\":[{\"id\":\"word-1\""));
  EXPECT_THAT(to_game({{counter(), "", "", "lose"}}), HasSubstr("\"goals\":[{\"id\":\"lose\""));
  EXPECT_THROW(to_game({{counter(), "", "", "win"}}), std::invalid_argument);
}

TEST(Course, AsksInWordsForTheGoalThatItAimsAt) {
  std::ifstream file(MINUSONE_MODULES "/course.json");
  const std::pair<const char*, const char*> told[] = {{"Lose a message", "lose"},
                                                      {"somebody stuck", "stuck"}};
  for (const auto& level : nlohmann::json::parse(file)) {
    for (const auto& [words, goal] : told) {
      const bool asks = level.at("task").get<std::string>().find(words) != std::string::npos;
      EXPECT_EQ(asks, level.value("goal", "") == goal) << level.at("task");
    }
  }
}

}  // namespace
}  // namespace minusone
