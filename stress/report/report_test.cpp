// Reports of results made by hand: JSON by the published schema, the terminal's text by approved
// files, so that a change of a report is reviewed as a diff. To approve what is printed now:
//   MINUSONE_APPROVE=1 ctest --preset dev -L approved
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "stress/report/json.h"
#include "stress/report/terminal.h"

namespace minusone {
namespace {

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Result violated_rounds() {
  Result r;
  r.protocol = "naive/counter";
  r.build = "77108ab24f40";
  r.engine = "stress";
  r.mode = "rounds, one CPU, widened by a yield at each basic block (no native rate)";
  r.workload = {.writers = 1, .readers = 2, .messages = 1, .text = 8};
  r.model.memory = "native";
  r.verdict = Verdict::violated;
  r.executions = {.complete = 73, .blocked = 0, .stuck_rightly = 27, .violating = 73};
  r.seconds = 0.25;
  r.properties = {
      {.property = Property::legal_state,
       .verdict = Verdict::violated,
       .count = 73,
       .schedule = {},
       .trace = {"reader 1 read message 1 of writer 1", "writer 1 wrote message 1 of writer 1",
                 "reader 2 read message 1 of writer 1"}},
      {.property = Property::no_loss}};
  r.outcomes = {{"written = -1, lost 0, duplicated 1, torn 0", 73, Grade::forbidden,
                 "readers passed the check together and each subtracted"},
                {"written = 0, lost 0, duplicated 0, torn 0", 27, Grade::acceptable,
                 "every message was taken once"},
                {"torn > 0", 0, Grade::forbidden, "a reader got parts of two messages"}};
  r.races = {{{"counter.cpp", 24, "read", "reader 1", "read of 4 bytes"},
              {"counter.cpp", 21, "write", "writer 1", "write of 4 bytes"},
              "nothing orders them"}};
  r.seed = 7;
  r.environment = {2, "0,1", "Linux 6.1", "12.2.0"};
  return r;
}

Result explored() {
  auto r = violated_rounds();
  r.engine = "explore";
  r.mode = "exhaustive";
  r.assurance = Assurance::complete;
  r.executions = {.complete = 4, .blocked = 2, .stuck_rightly = 2, .violating = 2};
  r.properties[0].schedule = "77108ab24f40:1w2r1m8b:w1x5.r1x3.r2x7.r1x4";
  return r;
}

Result holding_soak() {
  Result r;
  r.protocol = "safe/futex_slot";
  r.build = "0123456789ab";
  r.engine = "stress";
  r.mode = "soak";
  r.workload = {.writers = 2, .readers = 2, .text = 64};
  r.verdict = Verdict::holds;
  r.executions.complete = 3;
  r.seconds = 1.5;
  r.messages = 284436;
  r.latency = Latency{800, 107700, 2166700};
  r.limits = {"interrupted by a signal"};
  r.notes = {"observed: 0 of 284436 messages went wrong"};
  r.outcomes = {{"state = 0, lost 0, duplicated 0, torn 0", 1, Grade::acceptable,
                 "every message was taken once"}};
  r.environment = {2, "0,1", "Linux 6.1", "12.2.0"};
  return r;
}

std::vector<std::string> errors_of(const nlohmann::json& document) {
  const auto schema_text = nlohmann::json::parse(read_file(MINUSONE_SCHEMA));
  valijson::Schema schema;
  valijson::SchemaParser().populateSchema(valijson::adapters::NlohmannJsonAdapter(schema_text),
                                          schema);
  valijson::ValidationResults results;
  valijson::Validator().validate(schema, valijson::adapters::NlohmannJsonAdapter(document),
                                 &results);
  std::vector<std::string> errors;
  for (valijson::ValidationResults::Error error; results.popError(error);) {
    std::string at;
    for (const auto& part : error.context) at += part;
    errors.push_back(at + ": " + error.description);
  }
  return errors;
}

TEST(Json, OfEveryKindOfResultFitsThePublishedSchema) {
  EXPECT_THAT(
      errors_of(nlohmann::json::parse(to_json({violated_rounds(), explored(), holding_soak()}))),
      testing::IsEmpty());
}

TEST(Json, WithAFieldTheSchemaDoesNotKnowIsRefused) {
  auto document = nlohmann::json::parse(to_json({violated_rounds()}));
  document[0]["surprise"] = 1;
  EXPECT_THAT(errors_of(document), testing::Not(testing::IsEmpty()));
  document = nlohmann::json::parse(to_json({violated_rounds()}));
  document[0]["outcomes"][0].erase("why");
  EXPECT_THAT(errors_of(document), testing::Not(testing::IsEmpty()));
}

TEST(Json, ReplacesBytesThatAreNoText) {
  auto result = holding_soak();
  result.notes = {"\xff\xfe"};
  EXPECT_NO_THROW(nlohmann::json::parse(to_json({result})));
}

void expect_approved(const std::string& name, const std::string& text) {
  const auto path = std::string(MINUSONE_APPROVED) + "/" + name;
  if (std::getenv("MINUSONE_APPROVE") != nullptr) std::ofstream(path) << text;
  EXPECT_EQ(text, read_file(path)) << path;
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

TEST(Terminal, CutsLongLinesAtItsWidth) {
  std::istringstream lines(to_terminal(violated_rounds(), "minusone", {false, 60}));
  for (std::string line; std::getline(lines, line);) {
    if (line.find("forbidden") == std::string::npos) continue;
    EXPECT_LE(line.size(), 60U);
  }
}

TEST(Terminal, ColoursOnlyWhenAsked) {
  EXPECT_THAT(to_terminal(violated_rounds(), "x", {true, 100}), testing::HasSubstr("\x1b[1;31m"));
  EXPECT_THAT(to_terminal(violated_rounds(), "x", {false, 100}),
              testing::Not(testing::HasSubstr("\x1b")));
}

TEST(Terminal, LetsNoControlCharacterThrough) {
  EXPECT_EQ(printable("\x1b]0;pwned\a"), "\\x1b]0;pwned\\x07");
}

}  // namespace
}  // namespace minusone
