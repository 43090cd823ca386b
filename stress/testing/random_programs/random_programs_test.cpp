// The explorer, compiler included, against an interpreter that shares nothing with it.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "stress/explore/explore.h"
#include "stress/modules/builder.h"
#include "stress/modules/module.h"
#include "stress/testing/random_programs/program.h"

namespace minusone::random_programs {
namespace {

namespace fs = std::filesystem;

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* const given = std::getenv(variable);
  return given == nullptr ? otherwise : std::strtoull(given, nullptr, 10);
}

/// Some programs in one file, whose main() runs the one that its argument names.
std::string in_one_file(const std::vector<Program>& programs) {
  std::string text =
      "#include <assert.h>\n#include <pthread.h>\n#include <semaphore.h>\n"
      "#include <stdatomic.h>\n#include <stdlib.h>\n";
  std::string cases;
  for (std::size_t i = 0; i < programs.size(); ++i) {
    const auto name = fmt::format("p{}", i);
    text += as_c(programs[i], name);
    cases += fmt::format("    case {}: return {}();\n", i, name);
  }
  return text + "int main(int count, char** word) {\n  (void)count;\n  switch (atoi(word[1])) {\n" +
         cases + "  }\n  return 1;\n}\n";
}

std::string to_string(const Findings& findings) {
  return fmt::format("{}, {}", findings.fault ? "a fault" : "no fault",
                     findings.deadlock ? "a deadlock" : "no deadlock");
}

Verdict verdict_on(const Result& result, Property property) {
  const auto found = std::ranges::find(result.properties, property, &PropertyResult::property);
  return found == result.properties.end() ? Verdict::inconclusive : found->verdict;
}

Findings found_by(const Result& result) {
  return {verdict_on(result, Property::no_fault) == Verdict::violated,
          verdict_on(result, Property::no_deadlock) == Verdict::violated};
}

/// What is said of a property is true; it may be that nothing is.
bool is_true(const Result& result, Property property, bool is_broken) {
  const Verdict verdict = verdict_on(result, property);
  return verdict == Verdict::inconclusive || (verdict == Verdict::violated) == is_broken;
}

/// A fault ends its execution, so that a deadlock that comes of other steps may stay unseen; then
/// nothing is said of deadlocks.
bool is_open(const Result& result, const Findings& expected) {
  return verdict_on(result, Property::no_fault) == Verdict::inconclusive ||
         (verdict_on(result, Property::no_deadlock) == Verdict::inconclusive && !expected.fault);
}

/// A file in a folder of its own.
class Built {
 public:
  explicit Built(const std::string& text) {
    char name[] = "/tmp/minusone-random-XXXXXX";
    if (mkdtemp(name) == nullptr) throw std::runtime_error("mkdtemp");
    folder_ = name;
    std::ofstream(folder_ / "programs.c") << text;
    BuildRequest request;
    request.sources = {(folder_ / "programs.c").string()};
    build_module(request, module());
  }
  ~Built() { fs::remove_all(folder_); }
  Built(const Built&) = delete;
  Built& operator=(const Built&) = delete;

  std::string module() const { return (folder_ / "programs.so").string(); }

 private:
  fs::path folder_;
};

std::set<std::string> outcomes_of(const Result& result) {
  std::set<std::string> seen;
  for (const auto& row : result.outcomes) {
    if (row.count > 0) seen.insert(row.outcome);
  }
  return seen;
}

bool includes(const std::set<std::string>& all, const std::set<std::string>& some) {
  return std::ranges::includes(all, some);
}

/// What is said of a property is what the other search says, or nothing.
bool is_agreed(const Result& states, const Result& executions, Property property) {
  const Verdict said = verdict_on(states, property), other = verdict_on(executions, property);
  return said == other || said == Verdict::inconclusive || other == Verdict::inconclusive;
}

TEST(RandomPrograms, AreJudgedAsAnInterpreterThatLooksAtEveryStateJudgesThem) {
  constexpr std::size_t in_a_file = 100;
  constexpr std::uint64_t most_told = 10;
  constexpr std::uint64_t most_executions = 20'000;  // few programs have more
  const std::uint64_t count = number_from("MINUSONE_RANDOM_PROGRAMS", 300);
  // The same ones in every check, which shows what a change breaks. Who looks for more draws
  // others.
  const std::uint64_t first = number_from("MINUSONE_RANDOM_SEED", 1);
  std::uint64_t faults = 0, deadlocks = 0, wrong = 0, unknown = 0, unknown_by_states = 0;
  for (std::uint64_t seed = first; seed < first + count; seed += in_a_file) {
    std::vector<Program> programs;
    for (std::size_t i = 0; i < in_a_file; ++i) programs.push_back(draw(seed + i));
    const Built built(in_one_file(programs));
    for (std::size_t i = 0; i < in_a_file; ++i) {
      const Findings expected = interpret(programs[i]);
      ExploreOptions options;
      options.arguments = {std::to_string(i)};
      options.executions = most_executions;
      const Result result = explore(built.module(), "random", options);
      options.strategy.over_states = true;
      options.executions.reset();
      const Result states = explore(built.module(), "random", options);
      unknown_by_states += is_open(states, expected);
      const bool agrees =
          is_true(states, Property::no_fault, expected.fault) &&
          is_true(states, Property::no_deadlock, expected.deadlock) &&
          is_agreed(states, result, Property::no_data_race) &&
          (result.assurance != Assurance::complete || states.assurance != Assurance::complete ||
           // An execution ends with its fault: what others would have done instead is not visited.
           (expected.fault ? includes(outcomes_of(states), outcomes_of(result))
                           : outcomes_of(states) == outcomes_of(result)));
      if (!agrees) {
        ADD_FAILURE() << "seed " << seed + i << ", by states: expected " << to_string(expected)
                      << ", found " << to_string(found_by(states)) << ", "
                      << fmt::format("{}; {} against {}; races {} against {}",
                                     fmt::join(states.limits, "; "),
                                     fmt::join(outcomes_of(states), ", "),
                                     fmt::join(outcomes_of(result), ", "),
                                     name_of(verdict_on(states, Property::no_data_race)),
                                     name_of(verdict_on(result, Property::no_data_race)))
                      << "\n"
                      << as_c(programs[i], "program");
        if (++wrong == most_told) return;
      }
      faults += expected.fault;
      deadlocks += expected.deadlock;
      const Findings found = found_by(result);
      unknown += is_open(result, expected);
      if (is_true(result, Property::no_fault, expected.fault) &&
          is_true(result, Property::no_deadlock, expected.deadlock))
        continue;
      ADD_FAILURE() << "seed " << seed + i << ": expected " << to_string(expected) << ", found "
                    << to_string(found) << ", " << name_of(result.verdict) << ", "
                    << fmt::format("{}", fmt::join(result.limits, "; ")) << "\n"
                    << as_c(programs[i], "program");
      if (++wrong == most_told) return;
    }
  }
  std::printf(
      "%lu programs from seed %lu: %lu have a fault, %lu a deadlock; of %lu nothing is told, by "
      "states of %lu\n",
      count, first, faults, deadlocks, unknown, unknown_by_states);
  EXPECT_LE(unknown_by_states, count / 1000);
  EXPECT_LE(unknown, count / 1000) << "few have more executions than are looked at";
  EXPECT_GT(faults, count / 20) << "the generator draws too little of it";
  EXPECT_GT(deadlocks, count / 20);
  EXPECT_LT(std::max(faults, deadlocks), count * 9 / 10);
}

}  // namespace
}  // namespace minusone::random_programs
