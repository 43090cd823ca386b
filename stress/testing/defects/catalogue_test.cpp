// docs/defects.md beside the tests that exist: every row names real tests, every test has its row.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

struct Row {
  std::string status;
  std::set<std::string> tests, negative;
};

std::vector<std::string> split(const std::string& text, char by) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, by);) {
    const auto first = part.find_first_not_of(' ');
    parts.push_back(first == std::string::npos
                        ? ""
                        : part.substr(first, part.find_last_not_of(' ') - first + 1));
  }
  return parts;
}

std::set<std::string> names(const std::string& cell) {
  std::set<std::string> all;
  for (const auto& name : split(cell, ',')) {
    if (!name.empty()) all.insert(name);
  }
  return all;
}

std::map<std::string, Row> catalogue() {
  std::map<std::string, Row> rows;
  std::ifstream file(MINUSONE_CATALOGUE);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("| D")) continue;
    const auto cells = split(line, '|');
    if (cells.size() < 7) continue;
    rows[cells[1]] = {cells[4], names(cells[5]), cells.size() > 7 ? names(cells[7]) : names("")};
  }
  return rows;
}

/// "Cured.D21_..." of "Safe/Cured.D21_.../safe_atomic_slot".
std::string without_parameters(std::string suite, std::string name) {
  if (const auto slash = suite.find('/'); slash != std::string::npos) suite.erase(0, slash + 1);
  return suite + "." + name.substr(0, name.find('/'));
}

std::set<std::string> existing_tests() {
  std::set<std::string> all;
  const auto& unit = *testing::UnitTest::GetInstance();
  for (int i = 0; i < unit.total_test_suite_count(); ++i) {
    const auto& suite = *unit.GetTestSuite(i);
    for (int j = 0; j < suite.total_test_count(); ++j) {
      all.insert(without_parameters(suite.name(), suite.GetTestInfo(j)->name()));
    }
  }
  return all;
}

TEST(DefectCatalogue, ListsEveryRowOfTheArticlesDefects) {
  const auto rows = catalogue();
  std::vector<std::string> expected{"D3a", "D3b", "D4b", "D12b", "D13b", "D18b", "D29b"};
  const std::set<int> never_given{33, 35, 38, 39, 40, 41, 42, 43, 44};
  for (int number = 1; number <= 53; ++number) {
    if (number != 3 && !never_given.contains(number))
      expected.push_back("D" + std::to_string(number));
  }
  std::vector<std::string> listed;
  for (const auto& [name, row] : rows) listed.push_back(name);
  EXPECT_THAT(listed, testing::UnorderedElementsAreArray(expected));
}

TEST(DefectCatalogue, NamesTestsThatExist) {
  const auto existing = existing_tests();
  int shown = 0;
  for (const auto& [number, row] : catalogue()) {
    EXPECT_TRUE(row.status == "shown" || row.status == "described") << number;
    EXPECT_EQ(row.status == "shown", !row.tests.empty()) << number;
    shown += row.status == "shown";
    for (const auto* cell : {&row.tests, &row.negative}) {
      for (const auto& test : *cell) EXPECT_TRUE(existing.contains(test)) << number << ": " << test;
    }
  }
  EXPECT_GE(shown, 25);
}

TEST(DefectCatalogue, HasARowForEveryTestOfADefect) {
  std::set<std::string> named;
  for (const auto& [number, row] : catalogue()) {
    named.insert(row.tests.begin(), row.tests.end());
    named.insert(row.negative.begin(), row.negative.end());
  }
  for (const auto& test : existing_tests()) {
    EXPECT_TRUE(named.contains(test) || test.starts_with("DefectCatalogue")) << test;
  }
}

}  // namespace
