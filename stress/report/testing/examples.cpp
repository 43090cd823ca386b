#include "stress/report/testing/examples.h"

#include <fmt/format.h>
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

namespace minusone {

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
  r.engine = EngineKind::stress;
  r.mode = "rounds, one CPU, widened by a yield at each basic block (no native rate)";
  r.workload = {.writers = 1, .readers = 2, .messages = 1, .text = 8};
  r.model.memory = "native";
  r.verdict = Verdict::violated;
  r.executions = {.complete = 20, .stuck_rightly = 7, .violating = 73};
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

/// A step on `written` in a file of the project.
TraceStep on_written(const char* agent, int line, const char* verb, int before, int after) {
  TraceStep step{
      .agent = agent, .file = "counter.cpp", .line = line, .function = "Counter::read(char*)"};
  step.path = "/project/naive/counter/counter.cpp";
  step.verb = verb;
  step.place = "written";
  step.before = std::to_string(before);
  step.after = std::to_string(after);
  step.what = sentence_of(step);
  if (before != after) step.changed = fmt::format("written: {} -> {}", before, after);
  return step;
}

Result explored() {
  auto r = violated_rounds();
  r.engine = EngineKind::explore;
  r.mode = "exhaustive";
  r.assurance = Assurance::complete;
  r.model.memory = "sc";
  r.executions = {.complete = 3, .stuck_rightly = 1, .violating = 2, .blocked = 2};
  r.outcomes = {{"written = -1, lost 0, duplicated 1, torn 0", 2, Grade::forbidden,
                 "readers passed the check together and each subtracted"},
                {"written = 0, lost 0, duplicated 0, torn 0", 4, Grade::acceptable,
                 "every message was taken once"},
                {"torn > 0", 0, Grade::forbidden, "a reader got parts of two messages"},
                {"written > 1", 0, Grade::forbidden, "writers passed the check together"}};
  PropertyResult p = r.properties[0];
  p.count = 2;
  p.schedule = "77108ab24f40:1w2r1m8b:w1.r1.r2x2.r1x2";
  p.steps = {
      on_written("writer 1", 21, "writes", 0, 1), on_written("reader 1", 25, "reads", 1, 1),
      on_written("reader 2", 25, "reads", 1, 1),  on_written("reader 2", 27, "writes", 1, 0),
      on_written("reader 1", 27, "reads", 0, 0),  on_written("reader 1", 27, "writes", 0, -1)};
  p.steps[1].sees = p.steps[2].sees = 1;
  p.steps[1].why = p.steps[2].why = "sees step 1 of writer 1";
  p.steps[1].races = p.steps[2].races = {1};
  p.steps[4].sees = 4;
  p.steps[4].why = "sees step 4 of reader 2";
  p.steps[5].ordered_after = {4};
  p.trace = {"six lines", "of", "the", "same", "steps", "in words"};
  p.cause = "if step 5 of reader 1 came before step 4 of reader 2, this would hold";
  r.properties[0] = p;
  auto twice = p;
  twice.property = Property::no_duplicate;
  r.properties.push_back(twice);
  r.properties.push_back({.property = Property::no_data_race,
                          .verdict = Verdict::violated,
                          .count = 6,
                          .schedule = "77108ab24f40:1w1r1m8b:w1.r1",
                          .steps = {p.steps[0], p.steps[1]}});
  r.sources = {
      {"/project/naive/counter/counter.cpp", 20, {"    // 20", "    written = 1;", "  }"}}};
  return r;
}

Result interrupted() {
  auto r = explored();
  r.verdict = Verdict::inconclusive;
  r.assurance = Assurance::bounded;
  r.limits = {"the time limit was reached after 6 executions of about 1e+03"};
  r.properties = {{.property = Property::legal_state}, {.property = Property::no_loss}};
  r.races.clear();
  r.executions = {.complete = 4, .stuck_rightly = 2, .blocked = 2};
  return r;
}

Result after_a_death() {
  auto r = explored();
  r.model.deaths = 1;
  const auto point = [](int steps, std::string after, int line) {
    return DeathPoint{.agent = "writer 1",
                      .steps = steps,
                      .after = std::move(after),
                      .file = "counter.cpp",
                      .line = line,
                      .function = "Counter::write(char const*)",
                      .path = "/project/naive/counter/counter.cpp",
                      .executions = 3};
  };
  r.deaths = {point(0, "", 19), point(1, "reads written", 20), point(2, "copies text[0..15]", 20)};
  for (std::size_t i : {1U, 2U}) {
    DeathPoint& fatal = r.deaths[i];
    fatal.violating = i;
    fatal.broken = {Property::survives_death};
    fatal.schedule = fmt::format("77108ab24f40:1w2r1m8b:w1-dies-{0}:w1x{0}", fatal.steps);
    fatal.waiting = {"reader 1 waits at counter.cpp:25, where it reads written"};
  }
  return r;
}

Result malicious() {
  const std::string evil =
      "</script><script>alert(1)</script><img src=x onerror=alert(2)> ]]> \x1b]0;pwned\a\n# x "
      "| y `z` *b* @all \xff\xfe \u202e end; --%% \"quoted\" & &amp; " +
      std::string(3000, 'A');
  auto r = explored();
  const auto spoil = [&](std::string& text) { text = evil + text; };
  for (std::string* text : {&r.protocol, &r.build, &r.mode, &r.environment.kernel,
                            &r.environment.compiler, &r.environment.affinity})
    spoil(*text);
  r.limits = r.notes = {evil};
  for (auto& o : r.outcomes) spoil(o.outcome), spoil(o.why);
  for (auto& p : r.properties) {
    spoil(p.cause), spoil(p.schedule);
    p.trace.push_back(evil);
    for (auto& s : p.steps) {
      for (std::string* text : {&s.agent, &s.file, &s.function, &s.verb, &s.event, &s.what,
                                &s.changed, &s.why, &s.path, &s.place, &s.before, &s.after})
        spoil(*text);
    }
  }
  for (auto& race : r.races) {
    for (RaceSide* s : {&race.a, &race.b})
      spoil(s->file), spoil(s->function), spoil(s->agent), spoil(s->access), spoil(s->path);
    spoil(race.why);
  }
  r.deaths = after_a_death().deaths;
  for (auto& death : r.deaths) {
    for (std::string* text :
         {&death.agent, &death.after, &death.file, &death.function, &death.path, &death.schedule})
      spoil(*text);
    death.waiting = {evil};
  }
  r.sources[0].path = r.properties[0].steps[0].path;
  for (auto& line : r.sources[0].lines) spoil(line);
  return r;
}

/// Two threads push by a library: thread 1's third step comes behind one of thread 2's.
std::vector<TraceStep> inside_library_steps() {
  const auto step = [](const char* agent, const char* place, const char* before,
                       const char* after) {
    TraceStep made{.agent = agent, .file = "stack.h", .line = 7, .path = "/usr/include/stack.h"};
    made.verb = before == std::string_view(after) ? "reads" : "writes";
    made.place = place;
    made.before = before;
    made.after = after;
    made.what = sentence_of(made);
    if (before != std::string_view(after))
      made.changed = made.place + ": " + made.before + " -> " + made.after;
    made.call = {
        .file = "mine.cpp", .line = 12, .function = "main", .path = "/mine.cpp", .callee = "push"};
    return made;
  };
  std::vector<TraceStep> all{step("main", "heap[0..7]", "0", "1"),
                             step("thread 1", "heap[8..15]", "0", "5"),
                             step("thread 1", "head", "0", "0"), step("thread 2", "head", "0", "9"),
                             step("thread 1", "head", "9", "5")};
  all[0].machinery = true;
  all[0].call = {};
  return all;
}

Result inside_library() {
  auto r = explored();
  r.properties = {{.property = Property::no_data_race,
                   .verdict = Verdict::violated,
                   .count = 2,
                   .schedule = "77108ab24f40:1w2r1m8b:w1.r1",
                   .trace = {"five", "steps", "in", "so many", "lines", "and its end"},
                   .steps = inside_library_steps()}};
  r.properties[0].steps[3].races = {3};
  RaceSide side{"stack.h", 7, "push", "thread 1", "write of head", "/usr/include/stack.h"};
  side.call = r.properties[0].steps[1].call;
  r.races = {{side, side, "nothing orders them"}};
  r.sources = {{"/mine.cpp", 11, {"int main() {", "  stack.push(5);", "}"}}};
  return r;
}

Result long_trace(int steps) {
  auto r = explored();
  r.properties.resize(1);
  r.races.clear();
  PropertyResult& p = r.properties[0];
  p.steps.clear();
  p.trace.clear();
  for (int i = 0; i < steps; ++i) {
    p.steps.push_back(on_written(i % 3 == 0   ? "writer 1"
                                 : i % 3 == 1 ? "reader 1"
                                              : "reader 2",
                                 20 + i % 3, "writes", i, i + 1));
    if (i > 0) p.steps.back().ordered_after = {i};
  }
  return r;
}

Result holding_states() {
  Result r;
  r.protocol = "safe/futex_slot";
  r.build = "0123456789ab";
  r.mode = "exhaustive, over states";
  r.environment.cpus = 1;
  r.workload = {.writers = 2, .readers = 2, .text = 8};
  r.verdict = Verdict::holds;
  r.assurance = Assurance::complete;
  r.executions.stuck_rightly = 4;
  r.states = StateCounts{.states = 50'320,
                         .transitions = 131'310,
                         .ordered = 295'484,
                         .bytes = 1'340'000,
                         .missed = 3.7e-30};
  r.steps = 131'310;
  r.seconds = 1.3;
  r.outcomes = {{"state = 0, lost 0, duplicated 0, torn 0", 4, Grade::acceptable, "taken once"}};
  return r;
}

Result holding_soak() {
  Result r;
  r.protocol = "safe/futex_slot";
  r.build = "0123456789ab";
  r.engine = EngineKind::stress;
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

std::vector<std::string> schema_errors(const std::string& schema_file,
                                       const std::string& document_text) {
  const auto document = nlohmann::json::parse(document_text);
  const auto schema_text = nlohmann::json::parse(read_file(schema_file));
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

void expect_approved(const std::string& name, const std::string& text) {
  const auto path = std::string(MINUSONE_APPROVED) + "/" + name;
  if (std::getenv("MINUSONE_APPROVE") != nullptr) std::ofstream(path) << text;
  EXPECT_EQ(text, read_file(path)) << path;
}

}  // namespace minusone
