// The help of each verb and docs/cli.md name the same options.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "stress/cli/testing/source_file.h"

namespace minusone::cli {
namespace {

using Names = std::set<std::string>;

Names options_in(const std::string& text) {
  static const std::regex option("(--?[A-Za-z][a-z-]*)(?![A-Za-z0-9])");
  Names found;
  for (std::sregex_iterator at(text.begin(), text.end(), option), end; at != end; ++at)
    found.insert((*at)[1]);
  return found;
}

/// Each option of a verb by all its names: "-D", "--define".
std::vector<Names> of_help(const std::string& help) {
  static const std::regex option("  (-[A-Za-z],)?(--?[A-Za-z][a-z-]*)( .*)?");
  std::vector<Names> all;
  std::istringstream lines(help);
  std::smatch found;
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_match(line, found, option))
      all.push_back(options_in(found[1].str() + " " + found[2].str()));
  }
  return all;
}

std::vector<std::string> cells_of(const std::string& row) {
  std::vector<std::string> cells;
  std::istringstream parts(row.substr(1));
  for (std::string cell; std::getline(parts, cell, '|');) cells.push_back(cell);
  return cells;
}

/// What the tables of the page have in their first column: by section, of "Every verb" by each verb
/// that the second column does not name.
std::map<std::string, Names> of_page(const std::string& page,
                                     const std::vector<std::string>& verbs) {
  std::map<std::string, Names> all;
  std::string section;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("## ")) section = line.substr(3);
    if (!line.starts_with("|")) continue;
    const auto cells = cells_of(line);
    const auto names = options_in(cells.front());
    for (const auto& verb : verbs) {
      const bool is_its = section == verb || section.starts_with(verb + " ");
      const bool is_everyones =
          section == "Every verb" &&
          !std::regex_search(cells.at(1),
                             std::regex("\\b" + verb.substr(0, verb.find(' ')) + "\\b"));
      if (is_its || is_everyones) all[verb].insert(names.begin(), names.end());
    }
  }
  return all;
}

class Options : public SourceFile {};

TEST_F(Options, OfEachVerbAreThoseThatItsPageNames) {
  const std::vector<std::string> verbs{
      "list",    "stress", "build",         "explore",        "replay", "play",   "step",  "grade",
      "conform", "orders", "bench explore", "bench lockstep", "demo",   "report", "watch", "clean"};
  std::ifstream file(MINUSONE_SOURCES "/docs/cli.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  auto told = of_page(page, verbs);
  for (const auto& verb : verbs) {
    auto& names = told[verb];
    for (const auto& option : of_help(minusone(verb + " --help").out)) {
      std::size_t known = 0;
      for (const auto& name : option) known += names.erase(name);
      EXPECT_GT(known, 0U) << verb << ": docs/cli.md says nothing of " << *option.rbegin();
    }
    EXPECT_THAT(names, testing::IsEmpty()) << verb << " has no such option";
  }
  const auto all = minusone("--help").out;
  for (const auto& verb : verbs)
    EXPECT_THAT(all, testing::HasSubstr("\n  " + verb.substr(0, verb.find(' ')))) << "a verb";
}

}  // namespace
}  // namespace minusone::cli
