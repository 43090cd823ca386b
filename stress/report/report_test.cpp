// Reports of results made by hand: JSON by the published schema, the terminal's text by approved
// files, so that a change of a report is reviewed as a diff. To approve what is printed now:
//   MINUSONE_APPROVE=1 ctest --preset dev -L approved
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <tuple>

#include "stress/report/interleaving.h"
#include "stress/report/json.h"
#include "stress/report/terminal.h"
#include "stress/report/testing/examples.h"

namespace minusone {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::vector<Result> every_kind = {violated_rounds(), explored(),    after_a_death(),
                                        holding_soak(),    interrupted(), inside_library(),
                                        holding_states()};

std::vector<std::string> errors_of(const nlohmann::json& document) {
  return schema_errors(MINUSONE_SCHEMA, document.dump());
}

TEST(Json, OfEveryKindOfResultFitsThePublishedSchema) {
  EXPECT_THAT(errors_of(nlohmann::json::parse(to_json(every_kind))), IsEmpty());
  EXPECT_THAT(errors_of(nlohmann::json::parse(to_json({malicious()}))), IsEmpty());
}

TEST(Json, WithAFieldTheSchemaDoesNotKnowIsRefused) {
  auto document = nlohmann::json::parse(to_json({violated_rounds()}));
  document[0]["surprise"] = 1;
  EXPECT_THAT(errors_of(document), Not(IsEmpty()));
  document = nlohmann::json::parse(to_json({violated_rounds()}));
  document[0]["outcomes"][0].erase("why");
  EXPECT_THAT(errors_of(document), Not(IsEmpty()));
}

TEST(Json, ReplacesBytesThatAreNoText) {
  auto result = holding_soak();
  result.notes = {"\xff\xfe"};
  EXPECT_NO_THROW(std::ignore = nlohmann::json::parse(to_json({result})));
}

TEST(Json, ReadBackIsTheSame) {
  EXPECT_EQ(to_json(from_json(to_json(every_kind))), to_json(every_kind));
  const auto replaced = to_json({malicious()});  // bytes that are no text are replaced once
  EXPECT_EQ(to_json(from_json(replaced)), replaced);
}

TEST(Json, OfAnOlderVersionCountsEachExecutionOnce) {
  auto document = nlohmann::json::parse(to_json({explored()}));
  // As it was: 4 finished and 2 waited, and of these 6 two were violating.
  document[0]["executions"] = {
      {"complete", 4}, {"blocked", 2}, {"stuck_rightly", 2}, {"violating", 2}};
  document[0].erase("kind");
  for (auto& step : document[0]["properties"][0]["steps"]) step.erase("verb");
  document[0]["environment"].erase("built_by");
  EXPECT_THAT(errors_of(document), IsEmpty());
  const auto result = from_json(document.dump()).front();
  EXPECT_EQ(result.executions,
            (ExecutionCounts{.complete = 2, .stuck_rightly = 2, .violating = 2, .blocked = 2}));
  EXPECT_EQ(result.kind, SubjectKind::channel);
  EXPECT_EQ(to_terminal(result, "x", {}), to_terminal(explored(), "x", {}));
  document[0]["workload"]["writers"] = document[0]["workload"]["readers"] = 0;
  EXPECT_EQ(from_json(document.dump()).front().kind, SubjectKind::programs);
}

/// What from_json says of a result in which `change` was done.
template <class Change>
std::string refusal(const Change& change) {
  auto document = nlohmann::json::parse(to_json({explored()}));
  change(document);
  try {
    from_json(document.dump());
    return "accepted";
  } catch (const BadResults& bad) {
    return bad.what();
  }
}

TEST(Json, OfAnotherFormIsRefusedWithThePlace) {
  using Json = nlohmann::json;
  EXPECT_EQ(refusal([](Json&) {}), "accepted");
  EXPECT_EQ(refusal([](Json& d) { d[0].erase("seed"); }), "result[0] has no field 'seed'");
  EXPECT_EQ(refusal([](Json& d) { d[0]["outcomes"][1]["count"] = -4; }),
            "result[0].outcomes[1].count is -4; expected a whole number of 0 or more that fits");
  EXPECT_EQ(
      refusal([](Json& d) { d[0]["workload"]["writers"] = 5000000000; }),
      "result[0].workload.writers is 5000000000; expected a whole number of 0 or more that fits");
  EXPECT_EQ(refusal([](Json& d) { d[0]["executions"]["complete"] = 4; }),
            "result[0].executions.all is 6; expected the sum of complete, stuck_rightly, violating "
            "and too_long");
  EXPECT_EQ(refusal([](Json& d) { d[0]["verdict"] = "fine"; }),
            "result[0].verdict is \"fine\"; expected one of 'holds', 'violated', 'inconclusive'");
  EXPECT_EQ(refusal([](Json& d) { d[0]["races"][0]["a"]["x"] = 1; }),
            "result[0].races[0].a has a field 'x' that the schema does not know");
  EXPECT_EQ(refusal([](Json& d) { d[0]["notes"] = Json::array({1}); }),
            "result[0].notes is [1]; expected an array of strings");
  EXPECT_THAT(refusal([](Json& d) { d[0]["schema"] = "minusone.result/2"; }),
              HasSubstr("expected 'minusone.result/1'"));
  EXPECT_THAT(refusal([](Json& d) { d[0]["properties"][0]["steps"][1]["sees"] = 4; }),
              HasSubstr("points at step 4; expected one before it"));
  EXPECT_THAT(refusal([](Json& d) {
                d = Json::parse(to_json({after_a_death()}));
                d[0]["deaths"][1]["broken"] = Json::array({"luck"});
              }),
              HasSubstr("result[0].deaths[1].broken is [\"luck\"]; expected one of 'legal_state'"));
  EXPECT_THAT(refusal([](Json& d) { d = Json::object(); }), HasSubstr("no array of results"));
  EXPECT_THROW(from_json("[{"), BadResults);
  EXPECT_THROW(from_json(""), BadResults);
  EXPECT_THROW(from_json(std::string(100'000, '[')), BadResults);
}

TEST(Terminal, ShowsAViolationAsApproved) {
  expect_approved("violated_rounds.txt",
                  to_terminal(violated_rounds(), "minusone stress naive/counter", {}));
}

TEST(Terminal, ShowsAProofAsApproved) {
  expect_approved("explored.txt", to_terminal(explored(), "minusone explore naive/counter", {}));
}

TEST(Terminal, ShowsASoakAsApproved) {
  expect_approved("holding_soak.txt",
                  to_terminal(holding_soak(), "minusone stress safe/futex_slot", {false, 80}));
}

TEST(Terminal, ShowsWhatIsUndecidedAsApproved) {
  expect_approved("interrupted.txt",
                  to_terminal(interrupted(), "minusone explore naive/counter", {}));
}

TEST(Terminal, NamesTheMemoryThatItsVerdictIsAbout) {
  auto result = holding_states();
  const auto headline = [&] {
    const auto text = to_terminal(result, "", {});
    return text.substr(0, text.find("  "));
  };
  EXPECT_EQ(headline(), "HOLDS under sequential consistency");
  result.model.race_free = true;
  EXPECT_EQ(headline(), "HOLDS under C++20 (no data race)");
  result.model.race_free = false;
  for (const auto& [memory, name] :
       {std::pair("tso", " under x86 (TSO)"), {"rc11", " under C++20 (RC11)"}, {"sc", ""}}) {
    result.model.memory = memory;
    result.verdict = Verdict::violated;
    EXPECT_EQ(headline(), fmt::format("VIOLATED{}", name)) << memory;
    result.verdict = Verdict::inconclusive;
    EXPECT_EQ(headline(), "INCONCLUSIVE") << memory;
  }
}

TEST(Terminal, TellsHowManyStatesThereWereAndHowSureThatIs) {
  const auto text = to_terminal(holding_states(), "", {});
  EXPECT_THAT(text, HasSubstr("all 50320 states and 131310 steps, 4 executions looked at"));
  EXPECT_THAT(text, HasSubstr("below 4e-30"));
  EXPECT_THAT(text, HasSubstr("295484 states with"));
}

TEST(Terminal, TellsOneCounterexampleAndTheOthersALineEach) {
  const auto text = to_terminal(explored(), "minusone explore naive/counter", {false, 110});
  EXPECT_THAT(text, HasSubstr("and so: no message is received twice (no_duplicate)"));
  EXPECT_THAT(text, HasSubstr("also broken: no_data_race, 6 times"));
  EXPECT_THAT(text, HasSubstr("minusone replay naive/counter 77108ab24f40:1w1r1m8b:w1.r1\n"));
  EXPECT_EQ(text.find("written: 0 -> 1"), text.rfind("written: 0 -> 1")) << "told once";
}

TEST(Terminal, NamesTheLinesBeforeWhichADeathBreaksSomething) {
  const auto text = to_terminal(after_a_death(), "minusone explore naive/counter", {});
  EXPECT_THAT(text, HasSubstr("  a death breaks it before 1 of 2 lines:\n"
                              "  X  writer 1 before counter.cpp:20: 3 of 6 executions\n"));
}

TEST(Terminal, TellsARaceInsideALibraryByTheCallThatLedThere) {
  const auto text = to_terminal(inside_library(), "x", {.width = 120});
  EXPECT_THAT(text, HasSubstr("!  mine.cpp:12 push() write of head (thread 1)  with  mine.cpp:12"));
  EXPECT_THAT(text, HasSubstr("     at stack.h:7 and stack.h:7\n"));
}

TEST(Terminal, FitsALongProofOnOneScreen) {
  const auto text = to_terminal(long_trace(2000), "minusone", {false, 100});
  EXPECT_LE(std::ranges::count(text, '\n'), 45);
  EXPECT_THAT(text, HasSubstr("1977 steps left out here"));
}

TEST(Terminal, KeepsEveryLineOfATableWithinItsWidth) {
  for (const std::size_t width : {60U, 80U, 100U, 200U}) {
    for (const auto& line : interleaving_table(explored().properties[0].steps, {.width = width}))
      EXPECT_LE(columns(line), width) << line;
  }
}

TEST(Terminal, NamesTheAgentOfEachStepWhereColumnsHaveNoRoom) {
  auto steps = explored().properties[0].steps;
  for (int agent = 3; agent < 15; ++agent) {
    steps.push_back(steps[1]);
    steps.back().agent = "reader " + std::to_string(agent);
  }
  const auto lines = interleaving_table(steps, {.width = 80});
  EXPECT_THAT(lines[0], HasSubstr("agent"));
  EXPECT_THAT(lines.back(), HasSubstr("reader 14"));
}

TEST(Terminal, TellsALoopThatSeesTheSameOnce) {
  auto steps = explored().properties[0].steps;
  steps.insert(steps.begin() + 2, 50, steps[1]);
  const auto lines = interleaving_table(steps, {.width = 140});
  EXPECT_EQ(lines.size(), 7U);
  EXPECT_THAT(lines[2], HasSubstr("so to step 52"));
}

TEST(Terminal, WritesArrowsOnlyWhereTheLocaleHasThem) {
  EXPECT_THAT(to_terminal(explored(), "x", {.utf8 = true}), HasSubstr("0 \u2192 -1"));
  const auto ascii = to_terminal(malicious(), "x", {});
  EXPECT_TRUE(
      std::ranges::all_of(ascii, [](char c) { return c == '\n' || (c >= ' ' && c < 0x7f); }));
}

TEST(Terminal, CutsLongLinesAtItsWidth) {
  std::istringstream lines(to_terminal(violated_rounds(), "minusone", {false, 60}));
  for (std::string line; std::getline(lines, line);) {
    if (line.find("forbidden") == std::string::npos) continue;
    EXPECT_LE(line.size(), 60U);
  }
}

TEST(Terminal, ColoursOnlyWhenAsked) {
  EXPECT_THAT(to_terminal(violated_rounds(), "x", {true, 100}), HasSubstr("\x1b[1;31m"));
  EXPECT_THAT(to_terminal(violated_rounds(), "x", {false, 100}), Not(HasSubstr("\x1b")));
}

TEST(Terminal, LetsNoMaliciousTextSteerIt) {
  const auto text = to_terminal(malicious(), "x", {.utf8 = true});
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, Not(HasSubstr("\u202e")));
  EXPECT_THAT(text, HasSubstr("\\x1b]0;pwned\\x07\\x0a"));
}

TEST(Text, QuotesWhatAShellWouldDo) {
  EXPECT_EQ(replay_command("naive/counter", "77108ab24f40:1w2r1m8b:r2-dies-5+w1-eintr-1:w1x5+"),
            "minusone replay naive/counter 77108ab24f40:1w2r1m8b:r2-dies-5+w1-eintr-1:w1x5+");
  EXPECT_EQ(replay_command("--programs a b --input 'from 1|end'", "x"),
            "minusone replay --programs a b --input 'from 1|end' x");
  EXPECT_EQ(replay_command("$(touch it)", "x; y"), "minusone replay '$(touch it)' 'x; y'");
  EXPECT_EQ(replay_command("it's `y`", "x"), "minusone replay 'it'\\''s `y`' x");
  for (const char* word : {"a b", "it's", "", "$(touch it)", "a'b'c \\", "-D'x y'", "plain"}) {
    const auto line = "prog.c --define " + in_shell(word);
    EXPECT_EQ(replay_command(line, "x"), "minusone replay " + line + " x") << "quoted once";
  }
  EXPECT_EQ(in_shell("it's"), "'it'\\''s'");
  EXPECT_EQ(in_shell(""), "''");
}

RC_GTEST_PROP(Text, IsOneValidLineWhateverTheBytes, ()) {
  const auto bytes = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
  const auto text = printable(bytes);
  RC_ASSERT(printable(text) == text);  // nothing is left to make harmless
  RC_ASSERT(std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; }));
  RC_ASSERT(nlohmann::json(text).dump().size() >= text.size());  // throws where it is no UTF-8
}

RC_GTEST_PROP(Text, CutKeepsToItsWidth, (std::string bytes)) {
  const auto width = *rc::gen::inRange<std::size_t>(0, 40);
  const auto text = printable(bytes + "\u6f22\u5b57 wide");
  RC_ASSERT(columns(cut(text, width)) <= width);
  RC_ASSERT(columns(padded(text, width)) <= width);
  for (const auto& line : wrapped(text, width + 4)) RC_ASSERT(columns(line) <= width + 4);
}

TEST(Terminal, LetsNoControlCharacterThrough) {
  EXPECT_EQ(printable("\x1b]0;pwned\a"), "\\x1b]0;pwned\\x07");
}

}  // namespace
}  // namespace minusone
