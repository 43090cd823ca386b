// docs/defects.md beside the tests that exist: every row names real tests, every test has its row.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
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

/// "D16", "D17" of "CuredSegment.D16_D17_ItsCreatorAloneRemovesIt".
std::vector<std::string> defects_in(const std::string& test) {
  std::vector<std::string> numbers;
  for (const auto& word : split(test.substr(test.find('.') + 1), '_')) {
    if (word.size() < 2 || word[0] != 'D' || !std::isdigit(static_cast<unsigned char>(word[1])))
      break;
    numbers.push_back(word);
  }
  return numbers;
}

/// D12b is itself a row; a negative test of D12 is one of D12b too, and one of D3 of D3a and D3b.
bool is_part_of(const std::string& row, const std::string& number) {
  return row == number || (row.size() == number.size() + 1 && row.starts_with(number) &&
                           std::isalpha(static_cast<unsigned char>(row.back())));
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

TEST(DefectCatalogue, NamesEachTestInTheRowsOfItsName) {
  const auto rows = catalogue();
  int checked = 0;
  for (const auto& test : existing_tests()) {
    if (test.starts_with("DefectCatalogue")) continue;
    const auto numbers = defects_in(test);
    EXPECT_FALSE(numbers.empty()) << test << " names no defect";
    for (const auto& number : numbers) {
      const bool named = std::ranges::any_of(rows, [&](const auto& row) {
        return is_part_of(row.first, number) &&
               (row.second.tests.contains(test) || row.second.negative.contains(test));
      });
      EXPECT_TRUE(named) << test << " does not stand in the row of " << number;
      ++checked;
    }
  }
  EXPECT_GE(checked, 50);
}

TEST(DefectCatalogue, NamesInEachRowTestsOfThatRowOnly) {
  for (const auto& [number, row] : catalogue()) {
    for (const auto* cell : {&row.tests, &row.negative}) {
      for (const auto& test : *cell) {
        const auto numbers = defects_in(test);
        EXPECT_TRUE(std::ranges::any_of(
            numbers, [&, row = number](const auto& named) { return is_part_of(row, named); }))
            << number << " names " << test;
      }
    }
  }
}

TEST(DefectCatalogue, HasANegativeTestForEachDefectUpTo25AndOfTheProtocols) {
  for (const auto& [name, row] : catalogue()) {
    const int number = std::stoi(name.substr(1));
    if (number > 25 && number != 28 && number != 51 && number != 52) continue;
    EXPECT_EQ(row.status, "shown") << name;
    EXPECT_FALSE(row.negative.empty()) << name;
    for (const auto& test : row.negative) EXPECT_TRUE(test.starts_with("Cured")) << name;
  }
}

}  // namespace
