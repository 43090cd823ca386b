#include "stress/report/sarif.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "stress/report/findings.h"
#include "stress/report/interleaving.h"
#include "stress/report/text.h"
#include "stress/report/trace_rows.h"

namespace minusone {
namespace {

using Json = nlohmann::ordered_json;

/// What may stand in a URI's path as it is (RFC 3986); all else is percent-encoded.
std::string uri_path(std::string_view path) {
  std::string uri;
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~/").find(c) != std::string_view::npos;
    if (plain)
      uri += c;
    else
      uri += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return uri;
}

class Writer {
 public:
  explicit Writer(std::string root) : root_(std::move(root)) {
    if (!root_.empty() && !root_.ends_with('/')) root_ += '/';
  }

  Json run(const std::vector<Result>& results) {
    Json found = Json::array();
    for (const Result& r : results) {
      for (const Finding& finding : findings(r)) {
        // Races have results of their own, with both lines.
        if (finding[0]->property != Property::no_data_race || r.races.empty())
          found.push_back(counterexample(r, finding));
      }
      for (const Race& race : r.races) found.push_back(data_race(r, race));
    }
    Json run{{"tool", tool()}, {"columnKind", "utf16CodeUnits"}};
    if (!root_.empty())
      run["originalUriBaseIds"] = {{"SRCROOT", {{"uri", "file://" + uri_path(root_)}}}};
    run["invocations"] = {{{"executionSuccessful", true}}};
    run["results"] = std::move(found);
    return run;
  }

 private:
  static std::vector<Property> rules() {
    std::vector<Property> rules(all_properties.begin(), all_properties.end());
    rules.push_back(Property::linearizable);
    rules.push_back(Property::no_fault);
    return rules;
  }

  static Json tool() {
    Json all = Json::array();
    for (const Property property : rules()) {
      all.push_back({{"id", name_of(property)},
                     {"shortDescription", {{"text", sentence_of(property)}}},
                     {"defaultConfiguration", {{"level", "error"}}}});
    }
    return {{"driver", {{"name", "minusone"}, {"version", MINUSONE_VERSION}, {"rules", all}}}};
  }

  /// The start of a result that breaks a rule.
  static Json result_of(const Result& r, Property property, const std::string& message) {
    const auto known = rules();
    const auto index = std::ranges::find(known, property) - known.begin();
    return {{"ruleId", name_of(property)},
            {"ruleIndex", index},
            {"level", "error"},
            {"message", {{"text", printable(r.protocol) + ": " + message}}}};
  }

  Json physical(const std::string& path, const std::string& file, int line) const {
    Json artifact;
    if (!root_.empty() && path.starts_with(root_))
      artifact = {{"uri", uri_path(path.substr(root_.size()))}, {"uriBaseId", "SRCROOT"}};
    else if (path.starts_with('/'))
      artifact = {{"uri", "file://" + uri_path(path)}};
    else
      artifact = {{"uri", uri_path(path.empty() ? file : path)}};
    return {{"artifactLocation", artifact}, {"region", {{"startLine", std::max(line, 1)}}}};
  }
  /// Without a place where the debug information says nothing.
  Json location(const std::string& path, const std::string& file, int line,
                const std::string& function, const std::string& message) const {
    Json made = Json::object();
    if (!file.empty() || !path.empty()) made["physicalLocation"] = physical(path, file, line);
    if (!function.empty())
      made["logicalLocations"] = {
          {{"fullyQualifiedName", printable(function)}, {"kind", "function"}}};
    if (!message.empty()) made["message"] = {{"text", printable(message)}};
    return made;
  }

  Json flow_step(const TraceStep& taken, std::size_t order, std::size_t last) const {
    const TraceStep step = at_call(taken);
    auto message = step.agent + " " + step.what;
    if (!step.changed.empty()) message += "; " + step.changed;
    if (!step.why.empty()) message += "; " + step.why;
    if (step.dies) message += "; is killed here";
    const bool matters = !step.changed.empty() || !step.why.empty() || step.dies;
    Json made{{"location", location(step.path, step.file, step.line, step.function, message)},
              {"executionOrder", order},
              {"importance", order == last ? "essential"
                             : matters     ? "important"
                                           : "unimportant"}};
    if (!step.place.empty() && !step.after.empty())
      made["state"] = {{printable(step.place), {{"text", printable(step.after)}}}};
    return made;
  }

  Json code_flow(const std::vector<TraceStep>& steps) const {
    Json flows = Json::array();
    for (const auto& agent : agents_in_order(steps)) {
      Json locations = Json::array();
      for (std::size_t i = 0; i < steps.size(); ++i) {
        if (steps[i].agent == agent) locations.push_back(flow_step(steps[i], i + 1, steps.size()));
      }
      flows.push_back({{"id", printable(agent)},
                       {"message", {{"text", printable(agent)}}},
                       {"locations", locations}});
    }
    return {{"message", {{"text", "the interleaving, by executionOrder"}}}, {"threadFlows", flows}};
  }

  Json counterexample(const Result& r, const Finding& finding) const {
    const PropertyResult& p = *finding[0];
    std::string message = fmt::format("not kept: {}", sentence_of(p.property));
    for (std::size_t i = 1; i < finding.size(); ++i)
      message += fmt::format("; {}", sentence_of(finding[i]->property));
    message += fmt::format(" ({}, {})", extent(r), name_of(r.assurance));
    if (!p.cause.empty()) message += ". " + printable(p.cause);
    if (!p.schedule.empty()) message += ". Replay: " + replay_command(r.protocol, p.schedule);
    Json made = result_of(r, p.property, message);
    made["locations"] = Json::array();
    if (!p.steps.empty()) {
      const TraceStep last = at_call(p.steps.back());
      made["locations"].push_back(location(last.path, last.file, last.line, last.function, ""));
      made["codeFlows"] = {code_flow(p.steps)};
    } else {
      // Real processes tell what happened, and not in which line.
      made["locations"].push_back(
          {{"logicalLocations",
            {{{"fullyQualifiedName", printable(r.protocol)}, {"kind", "module"}}}}});
    }
    made["partialFingerprints"] = {
        {"minusone/v1", fmt::format("{}:{}", printable(r.protocol), name_of(p.property))}};
    return made;
  }

  Json data_race(const Result& r, const Race& race) const {
    Json made =
        result_of(r, Property::no_data_race,
                  printable(fmt::format("data race: {} by {} and {} by {}: {}", race.b.access,
                                        race.b.agent, race.a.access, race.a.agent, race.why)));
    const auto at = [&](const RaceSide& side, const std::string& message) {
      const LibraryCall& call = side.call;
      if (call.file.empty())
        return location(side.path, side.file, side.line, side.function, message);
      return location(
          call.path, call.file, call.line, call.function,
          fmt::format("{}, in {}() at {}:{}", message, call.callee, side.file, side.line));
    };
    made["locations"] = {at(race.b, race.b.agent + ": " + race.b.access)};
    made["relatedLocations"] = {at(race.a, race.a.agent + ": " + race.a.access)};
    made["relatedLocations"][0]["id"] = 1;
    made["partialFingerprints"] = {
        {"minusone/v1", printable(fmt::format("{}:race:{}:{}:{}:{}", r.protocol, race.a.file,
                                              race.a.line, race.b.file, race.b.line))}};
    return made;
  }

  std::string root_;
};

}  // namespace

std::string to_sarif(const std::vector<Result>& results, const std::string& root) {
  const Json document{{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                      {"version", "2.1.0"},
                      {"runs", {Writer(root).run(results)}}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace minusone
