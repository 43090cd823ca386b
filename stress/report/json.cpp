#include "stress/report/json.h"

#include <nlohmann/json.hpp>

#include "stress/report/trace_rows.h"

namespace minusone {
namespace {

using Json = nlohmann::ordered_json;

Json call_object(const LibraryCall& call) {
  return {{"file", call.file},
          {"line", call.line},
          {"function", call.function},
          {"path", call.path},
          {"callee", call.callee}};
}

Json side(const RaceSide& side) {
  Json json{{"file", side.file},   {"line", side.line},     {"function", side.function},
            {"agent", side.agent}, {"access", side.access}, {"path", side.path}};
  if (!side.call.file.empty()) json["call"] = call_object(side.call);
  return json;
}

/// Leaves out what most steps lack.
Json step_object(const TraceStep& step) {
  Json json{{"agent", step.agent}, {"file", step.file},
            {"line", step.line},   {"function", step.function},
            {"what", step.what},   {"changed", step.changed},
            {"why", step.why}};
  if (!step.verb.empty()) json["verb"] = step.verb;
  if (!step.event.empty()) json["event"] = step.event;
  if (step.fails) json["fails"] = true;
  if (!step.path.empty()) json["path"] = step.path;
  if (!step.place.empty()) json["place"] = step.place;
  if (!step.before.empty()) json["before"] = step.before;
  if (!step.after.empty()) json["after"] = step.after;
  if (step.sees != 0) json["sees"] = step.sees;
  if (step.undoes != 0) json["undoes"] = step.undoes;
  if (!step.ordered_after.empty()) json["ordered_after"] = step.ordered_after;
  if (!step.races.empty()) json["races"] = step.races;
  if (step.dies) json["dies"] = true;
  if (!step.call.file.empty()) json["call"] = call_object(step.call);
  if (step.machinery) json["machinery"] = true;
  return json;
}

Json steps(const std::vector<TraceStep>& trace) {
  Json json = Json::array();
  for (const TraceStep& step : trace) json.push_back(step_object(step));
  return json;
}

/// Null where each step has a row of its own.
Json rows(const std::vector<TraceStep>& trace) {
  const auto told = rows_of(trace, false);
  if (told.size() == trace.size()) return nullptr;
  Json json = Json::array();
  for (const TraceRow& row : told) {
    json.push_back({{"first", row.first},
                    {"last", row.last},
                    {"what", row.told.what},
                    {"changed", row.told.changed},
                    {"why", row.told.why},
                    {"repeats", row.repeats}});
  }
  return json;
}

Json deaths(const Result& result) {
  Json json = Json::array();
  for (const DeathPoint& point : result.deaths) {
    Json broken = Json::array();
    for (const Property property : point.broken) broken.push_back(name_of(property));
    json.push_back({{"agent", point.agent},
                    {"steps", point.steps},
                    {"after", point.after},
                    {"file", point.file},
                    {"line", point.line},
                    {"function", point.function},
                    {"path", point.path},
                    {"executions", point.executions},
                    {"violating", point.violating},
                    {"broken", std::move(broken)},
                    {"schedule", point.schedule},
                    {"waiting", point.waiting}});
  }
  return json;
}

Json judged_properties(const Result& r) {
  Json json = Json::array();
  for (const auto& p : r.properties) {
    Json property{{"name", name_of(p.property)},
                  {"verdict", name_of(p.verdict)},
                  {"count", p.count},
                  {"schedule", p.schedule},
                  {"trace", p.trace}};
    if (!p.steps.empty()) property["steps"] = steps(p.steps);
    if (!p.cause.empty()) property["cause"] = p.cause;
    json.push_back(std::move(property));
  }
  return json;
}

Json race_object(const Race& race) {
  return {{"a", side(race.a)}, {"b", side(race.b)}, {"why", race.why}};
}

Json allowed_races(const Result& r) {
  Json json = Json::array();
  for (const AllowedRace& allowed : r.allowed_races) {
    json.push_back(race_object(allowed.race));
    json.back()["executions"] = allowed.executions;
  }
  return json;
}

Json executions(const ExecutionCounts& counts) {
  return {{"all", counts.all()},
          {"complete", counts.complete},
          {"stuck_rightly", counts.stuck_rightly},
          {"violating", counts.violating},
          {"too_long", counts.too_long},
          {"blocked", counts.blocked}};
}

Json to_object(const Result& r) {
  Json json;
  json["schema"] = "minusone.result/1";
  json["protocol"] = r.protocol;
  json["kind"] = name_of(r.kind);
  json["build"] = r.build;
  json["engine"] = name_of(r.engine);
  json["mode"] = r.mode;
  json["agents"] = r.workload.processes ? "processes" : "threads";
  json["workload"] = {{"writers", r.workload.writers},
                      {"readers", r.workload.readers},
                      {"messages", r.workload.messages},
                      {"text", r.workload.text}};
  if (!r.scenario.empty()) json["scenario"] = r.scenario;
  json["model"] = {{"memory", r.model.memory},     {"copy_steps", r.model.copy_steps},
                   {"eintr", r.model.eintr},       {"spurious", r.model.spurious},
                   {"weak_cas", r.model.weak_cas}, {"timeouts", r.model.timeouts},
                   {"deaths", r.model.deaths},     {"optimized", r.model.optimized}};
  if (r.model.race_free) json["model"]["race_free"] = true;
  if (!r.model.glibc.empty()) json["model"]["glibc"] = r.model.glibc;
  json["verdict"] = name_of(r.verdict);
  json["assurance"] = name_of(r.assurance);
  json["limits"] = r.limits;
  json["executions"] = executions(r.executions);
  if (r.states) {
    json["states"] = {{"states", r.states->states},
                      {"transitions", r.states->transitions},
                      {"ordered", r.states->ordered},
                      {"bytes", r.states->bytes},
                      {"missed", r.states->missed}};
  }
  json["steps"] = r.steps;
  json["seconds"] = r.seconds;
  json["properties"] = judged_properties(r);
  if (!r.deaths.empty()) json["deaths"] = deaths(r);
  json["outcomes"] = Json::array();
  for (const auto& o : r.outcomes) {
    json["outcomes"].push_back(
        {{"outcome", o.outcome}, {"count", o.count}, {"grade", name_of(o.grade)}, {"why", o.why}});
  }
  json["races"] = Json::array();
  for (const auto& race : r.races) json["races"].push_back(race_object(race));
  if (!r.allowed_races.empty()) json["allowed_races"] = allowed_races(r);
  json["notes"] = r.notes;
  if (r.messages) json["messages"] = *r.messages;
  if (r.latency)
    json["latency_ns"] = {
        {"p50", r.latency->p50}, {"p99", r.latency->p99}, {"max", r.latency->max}};
  json["illegal_states"] = r.illegal_states;
  json["seed"] = r.seed;
  json["environment"] = {{"cpus", r.environment.cpus},
                         {"affinity", r.environment.affinity},
                         {"kernel", r.environment.kernel},
                         {"compiler", r.environment.compiler},
                         {"built_by", r.environment.built_by}};
  json["sources"] = Json::array();
  for (const SourceText& source : r.sources) {
    json["sources"].push_back(
        {{"path", source.path}, {"first", source.first}, {"lines", source.lines}});
  }
  return json;
}

std::string as_text(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string to_json(const std::vector<Result>& results) {
  Json array = Json::array();
  for (const Result& result : results) array.push_back(to_object(result));
  return as_text(array);
}

std::string to_json_with_rows(const std::vector<Result>& results) {
  Json array = Json::array();
  for (const Result& result : results) {
    array.push_back(to_object(result));
    for (std::size_t i = 0; i < result.properties.size(); ++i) {
      if (Json told = rows(result.properties[i].steps); !told.is_null())
        array.back()["properties"][i]["rows"] = std::move(told);
    }
  }
  return as_text(array);
}

}  // namespace minusone
