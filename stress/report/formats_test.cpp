// JUnit, SARIF, Mermaid, Markdown and HTML: each against what its readers require, and with text
// that tries to be more than text.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>

#include "stress/report/html.h"
#include "stress/report/json.h"
#include "stress/report/junit.h"
#include "stress/report/markdown.h"
#include "stress/report/mermaid.h"
#include "stress/report/sarif.h"
#include "stress/report/testing/examples.h"

namespace minusone {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Json = nlohmann::json;

const std::vector<Result> every_kind = {violated_rounds(), explored(), holding_soak(),
                                        interrupted(), malicious()};

/// A file that goes with the test.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text = "") {
    const int file = mkstemp(path_);
    if (file != -1) close(file);
    std::ofstream(path_) << text;
  }
  ~TemporaryFile() { unlink(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  std::string path() const { return path_; }

 private:
  char path_[32] = "/tmp/minusone-report-XXXXXX";
};

/// Whether the text is well-formed XML of the schema (libxml2's own judgement).
bool fits_the_schema(const std::string& xml) {
  const TemporaryFile file(xml);
  return std::system((std::string(MINUSONE_XMLLINT) + " --noout --nonet --schema " +
                      MINUSONE_JUNIT_SCHEMA + " " + file.path() + " 2>/dev/null")
                         .c_str()) == 0;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(JUnit, OfEveryKindOfResultFitsTheSchema) {
  EXPECT_TRUE(fits_the_schema(to_junit(every_kind)));
  EXPECT_TRUE(fits_the_schema(to_junit({})));
}

TEST(JUnit, ThatIsBrokenIsRefused) {
  const auto good = to_junit({explored()});
  EXPECT_FALSE(fits_the_schema(replaced(good, "<failure type=", "<failure kind=")));
  EXPECT_FALSE(fits_the_schema(replaced(good, "</testsuite>", "")));
  EXPECT_FALSE(fits_the_schema(replaced(good, "tests=\"", "tests=\"many")));
}

TEST(JUnit, IsAsApproved) { expect_approved("junit.xml", to_junit({explored(), interrupted()})); }

TEST(JUnit, DoesNotLetPassWhatWasNotDecided) {
  const auto text = to_junit({interrupted()});
  EXPECT_THAT(text, HasSubstr("failures=\"0\" errors=\"1\" skipped=\"2\""));
  EXPECT_THAT(text, HasSubstr("<error type=\"inconclusive\" message=\"the time limit was reached"));
}

std::vector<std::string> sarif_errors(const Json& document) {
  return schema_errors(MINUSONE_SARIF_SCHEMA, document.dump());
}

TEST(Sarif, OfEveryKindOfResultHasWhatTheStandardRequires) {
  EXPECT_THAT(sarif_errors(Json::parse(to_sarif(every_kind, "/project"))), IsEmpty());
  EXPECT_THAT(sarif_errors(Json::parse(to_sarif(every_kind, ""))), IsEmpty());
  EXPECT_THAT(sarif_errors(Json::parse(to_sarif({}, "/project"))), IsEmpty());
}

TEST(Sarif, ThatLacksSomethingIsRefused) {
  for (const char* path : {"/runs/0/tool/driver/name", "/runs/0/results/0/message/text",
                           "/runs/0/results/0/codeFlows/0/threadFlows/0/locations/0/executionOrder",
                           "/runs/0/results/0/locations/0/physicalLocation/region/startLine"}) {
    auto document = Json::parse(to_sarif({explored()}, "/project"));
    const Json::json_pointer at(path);
    document.at(at.parent_pointer()).erase(at.back());
    EXPECT_THAT(sarif_errors(document), Not(IsEmpty())) << path;
  }
}

TEST(Sarif, StepsThroughTheInterleavingWithAThreadFlowAnAgent) {
  const auto run = Json::parse(to_sarif({explored()}, "/project"))["runs"][0];
  const auto& flows = run["results"][0]["codeFlows"][0]["threadFlows"];
  ASSERT_EQ(flows.size(), 3U);
  std::map<int, std::string> order;
  for (const auto& flow : flows) {
    for (const auto& step : flow["locations"])
      order[step["executionOrder"]] = flow["id"].get<std::string>();
  }
  EXPECT_THAT(order, testing::ElementsAre(std::pair(1, "writer 1"), std::pair(2, "reader 1"),
                                          std::pair(3, "reader 2"), std::pair(4, "reader 2"),
                                          std::pair(5, "reader 1"), std::pair(6, "reader 1")));
  EXPECT_EQ(flows[1]["locations"][2]["state"]["written"]["text"], "-1");
}

TEST(Sarif, NamesFilesRelativeToTheRootAndOthersInWhole) {
  const auto uri = [](const std::string& root) {
    return Json::parse(to_sarif(
        {explored()},
        root))["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
  };
  EXPECT_EQ(uri("/project"),
            Json({{"uri", "naive/counter/counter.cpp"}, {"uriBaseId", "SRCROOT"}}));
  EXPECT_EQ(uri("/elsewhere"), Json({{"uri", "file:///project/naive/counter/counter.cpp"}}));
  EXPECT_EQ(uri("/proj"), Json({{"uri", "file:///project/naive/counter/counter.cpp"}}));
}

TEST(Sarif, PutsARaceAtItsLaterAccessAndTheOtherBesideIt) {
  const auto results = Json::parse(to_sarif({explored()}, "/project"))["runs"][0]["results"];
  ASSERT_EQ(results.size(), 2U) << "the counterexample, and the race, which is not told twice";
  EXPECT_EQ(results[1]["ruleId"], "no_data_race");
  EXPECT_EQ(results[1]["locations"][0]["physicalLocation"]["region"]["startLine"], 21);
  EXPECT_EQ(results[1]["relatedLocations"][0]["physicalLocation"]["region"]["startLine"], 24);
}

TEST(Sarif, PutsARaceInsideALibraryAtTheCallThatLedThere) {
  const auto results = Json::parse(to_sarif({inside_library()}, "/"))["runs"][0]["results"];
  const auto& at = results.back()["locations"][0];
  EXPECT_EQ(at["physicalLocation"]["artifactLocation"]["uri"], "mine.cpp");
  EXPECT_THAT(at["message"]["text"].get<std::string>(), HasSubstr("in push() at stack.h:7"));
}

TEST(Sarif, NamesTheProtocolWhereNoLineIsKnown) {
  const auto result =
      Json::parse(to_sarif({violated_rounds()}, "/project"))["runs"][0]["results"][0];
  EXPECT_EQ(result["ruleId"], "legal_state");
  EXPECT_EQ(result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"],
            violated_rounds().protocol);
}

TEST(Mermaid, IsAsApproved) { expect_approved("mermaid.mmd", to_mermaid(std::vector{explored()})); }

TEST(Mermaid, LetsNoTextBeMoreThanText) {
  const auto text = to_mermaid(std::vector{malicious()});
  // A line is a statement of ours: its text holds no character that ends it or means something.
  const std::regex statement(
      "sequenceDiagram|  (title [^;<>%]*(#\\d+;[^;<>%]*)*|participant a\\d+ as ([^;<>%]|#\\d+;)*|"
      "participant m as shared memory|(m-->>a\\d+|a\\d+->>m|Note over a\\d+|Note right of m): "
      "([^;<>%]|#\\d+;)*)");
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    EXPECT_TRUE(std::regex_match(line, statement)) << line;
}

TEST(Mermaid, ShowsTheEndOfALongExecution) {
  const auto text = to_mermaid(std::vector{long_trace(500)});
  EXPECT_THAT(text, HasSubstr("Note over m: 440 steps before"));
  EXPECT_THAT(text, HasSubstr("500 counter"));
}

TEST(Mermaid, SaysSoWhereThereIsNothingToDraw) {
  EXPECT_THAT(to_mermaid(std::vector{holding_soak()}),
              HasSubstr("no result holds a counterexample"));
}

TEST(Markdown, IsAsApproved) {
  expect_approved("summary.md", to_markdown({explored(), holding_soak()}));
}

TEST(Markdown, ShowsMarkupAsText) {
  const auto text = to_markdown({malicious()});
  // Outside of fenced blocks nothing of it is markup; a block ends with its own fence only.
  bool inside = false;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```")) inside = !inside;
    if (inside) continue;
    EXPECT_THAT(line, Not(HasSubstr("<script"))) << line;
    EXPECT_THAT(line, Not(HasSubstr("<img"))) << line;
    EXPECT_THAT(line, Not(HasSubstr(" @all"))) << line;
    EXPECT_THAT(line, Not(HasSubstr(" `z`"))) << line;
  }
  EXPECT_FALSE(inside);
}

TEST(Markdown, IsAppendedToTheSummaryOfAJob) {
  const TemporaryFile file("before\n");
  setenv("GITHUB_STEP_SUMMARY", file.path().c_str(), 1);
  append_step_summary({explored()});
  unsetenv("GITHUB_STEP_SUMMARY");
  append_step_summary({explored()});
  EXPECT_EQ(read_file(file.path()), "before\n" + to_markdown({explored()}));
  setenv("GITHUB_STEP_SUMMARY", "/nowhere/at/all", 1);
  EXPECT_THROW(append_step_summary({explored()}), std::system_error);
  unsetenv("GITHUB_STEP_SUMMARY");
}

std::string data_of(const std::string& html) {
  const std::string before = "<script type=\"application/json\" id=\"data\">";
  const auto from = html.find(before) + before.size();
  return html.substr(from, html.find("</script>", from) - from);
}

TEST(Html, HoldsTheResultsWhole) {
  EXPECT_EQ(Json::parse(data_of(to_html(every_kind))), Json::parse(to_json(every_kind)));
}

TEST(Html, HoldsTheRowsWhereStepsAreToldAsOne) {
  const auto rows = Json::parse(data_of(to_html({inside_library()})))[0]["properties"][0]["rows"];
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0]["first"], 1);
  EXPECT_EQ(rows[0]["last"], 2);
  EXPECT_EQ(rows[0]["what"], "push(), 2 steps");
}

TEST(Html, IsTheSamePageForTheSameResults) { EXPECT_EQ(to_html(every_kind), to_html(every_kind)); }

TEST(Html, LetsNoTextEndItsElement) {
  const auto count = [](const std::string& html, const std::string& what) {
    std::size_t times = 0;
    for (std::size_t at = 0; (at = html.find(what, at)) != std::string::npos; ++at) ++times;
    return times;
  };
  EXPECT_EQ(count(to_html({malicious()}), "</script"), count(to_html({explored()}), "</script"));
  EXPECT_EQ(count(to_html({malicious()}), "<img"), 0U);
}

TEST(Html, AsksForNothingOutsideItself) {
  const auto html = to_html({explored()});
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
  EXPECT_THAT(html, Not(HasSubstr("https://")));
  EXPECT_THAT(html, Not(HasSubstr("src=\"")));
}

}  // namespace
}  // namespace minusone
