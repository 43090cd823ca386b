#include "stress/model/agreement.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>

#include "stress/agents/traced_module.h"
#include "stress/explore/dpor.h"
#include "stress/explore/explore.h"
#include "stress/explore/subject.h"
#include "stress/native/engine.h"

namespace minusone {
namespace {

using Clock = std::chrono::steady_clock;

/// What the model can tell of: where the field of its outcome stands, or that the word was illegal.
struct Judged {
  Property property;
  const char* sought;
  bool (*broken)(const ModelEnd&);
};
constexpr Judged judged_by_model[] = {
    {Property::legal_state, "* * * * * * +", [](const ModelEnd& e) { return e.illegal; }},
    {Property::no_loss, "* + * * * * *", [](const ModelEnd& e) { return e.outcome.lost > 0; }},
    {Property::no_duplicate, "* * + * * * *",
     [](const ModelEnd& e) { return e.outcome.duplicated > 0; }},
    {Property::no_tear, "* * * + * * *", [](const ModelEnd& e) { return e.outcome.torn > 0; }},
    {Property::no_reorder, "* * * * + * *",
     [](const ModelEnd& e) { return e.outcome.reordered > 0; }},
    {Property::no_deadlock, "* * * * * + *", [](const ModelEnd& e) { return e.outcome.stuck > 0; }},
};

constexpr const char* any_end = "* * * * * * *";

std::string sought(const Outcome& o) {
  return fmt::format("{} {} {} {} {} {} *", o.word.value_or(0), o.lost, o.duplicated, o.torn,
                     o.reordered, o.stuck);
}

Workload workload_of(const ModelSize& size) {
  return {.writers = size.writers, .readers = size.readers, .messages = size.messages};
}

std::set<std::string> outcomes_of(const Result& result) {
  std::set<std::string> seen;
  for (const auto& row : result.outcomes) {
    if (row.count > 0) seen.insert(row.outcome);
  }
  return seen;
}

bool violates(const Result& result, Property property) {
  const auto found = std::ranges::find(result.properties, property, &PropertyResult::property);
  return found != result.properties.end() && found->verdict == Verdict::violated;
}

/// Everything that is needed of one protocol.
class Conformance {
 public:
  Conformance(const std::string& protocol, const ConformOptions& options)
      : options_(options),
        name_(protocol),
        model_(find_model(protocol)),
        native_(Module::load(protocol, ModuleKind::native)),
        widened_(Module::load(protocol, ModuleKind::widened)),
        traced_(find_module(protocol, ModuleKind::traced)),
        optimized_(find_module(protocol, ModuleKind::optimized)) {
    report_.protocol = native_.protocol().name;
    report_.head = model_.head;
    report_.source = model_.source;
  }

  ConformReport run();

 private:
  void check_size(const ModelSize& size);
  void compare_with_explored(const ModelSize& size, const Verifier& verifier, SizeReport& row);
  void compare_with_native(const ModelSize& size, SizeReport& row);
  void walk(const ModelSize& size, const Verifier& verifier, SizeReport& row);
  bool follow(const ModelSize& size, const ModelTrail& trail, SizeReport& row);
  void reach_the_rest(const ModelSize& size, const Verifier& verifier, SizeReport& row);
  const Verifier& shortest(const ModelSize& size);
  void check_liveness_of_all();
  void check_sizes();
  void check_claims();
  void show_break(const Claim& claim, const Judged& judged, const ModelSize& size);

  const Protocol& protocol() const { return native_.protocol(); }
  bool interrupted() const {
    return options_.verifier.interrupted != nullptr && options_.verifier.interrupted->load();
  }
  std::string word_name() const { return protocol().word.name; }
  bool keeps(Property property) const;
  bool fits(const ModelSize& size) const;
  ExploreOptions exploration(const ModelSize& size, bool optimized) const;
  std::string schedule_of(const ModelSize& size, const std::vector<int>& agents) const;
  std::string schedule_of(const ModelSize& size, const ModelTrail& trail) const;
  std::optional<std::vector<int>> explored_way_to(const ModelSize& size,
                                                  const std::string& outcome) const;
  std::string misfit(const ModelTrail& trail, const Replayed& replayed) const;
  void disagree(std::string what, std::string schedule = {}) {
    report_.disagreements.push_back({std::move(what), std::move(schedule)});
  }

  const ConformOptions& options_;
  const std::string name_;
  const ModelSource model_;
  const Module native_;
  const Module widened_;
  const ModuleFile traced_;
  const ModuleFile optimized_;
  ConformReport report_;
  std::map<ModelSize, std::unique_ptr<Verifier>> shortest_;
  bool too_many_ = false;          ///< executions at a smaller size
  std::set<std::string> outside_;  ///< native outcomes of a racy protocol that no schedule has
};

bool Conformance::keeps(Property property) const {
  const auto claim = std::ranges::find(protocol().claims, property, &Claim::property);
  return claim != protocol().claims.end() && claim->keeps;
}

ExploreOptions Conformance::exploration(const ModelSize& size, bool optimized) const {
  ExploreOptions options;
  options.workload = workload_of(size);
  options.optimized = optimized;
  options.shrinks = false;
  options.executions = options_.executions;
  options.time_limit = options_.exploration;
  // What was too much for few agents is too much for many: a look, no more.
  if (too_many_)
    options.time_limit =
        std::min<std::chrono::milliseconds>(options.time_limit, std::chrono::seconds(3));
  options.interrupted = options_.verifier.interrupted;
  return options;
}

std::string Conformance::schedule_of(const ModelSize& size, const std::vector<int>& agents) const {
  return to_string(Schedule{traced_.build_id, workload_of(size), false, agents});
}

std::string Conformance::schedule_of(const ModelSize& size, const ModelTrail& trail) const {
  std::vector<int> agents;
  for (const ModelStep& step : trail.steps) agents.push_back(step.agent);
  return schedule_of(size, agents);
}

/// An execution of the real code that comes to the outcome.
std::optional<std::vector<int>> Conformance::explored_way_to(const ModelSize& size,
                                                             const std::string& outcome) const {
  const auto subject = make_channel(traced_.path.string(), workload_of(size));
  std::optional<std::vector<int>> way;
  const auto until = Clock::now() + options_.exploration;
  SearchLimits limits;
  limits.interrupted = [&] { return interrupted() || Clock::now() > until; };
  Dpor(subject->machine(), limits).run([&](const Execution& execution) {
    std::vector<int> agents;
    for (const Step& step : execution.steps) agents.push_back(step.agent);
    subject->judge(execution);
    if (subject->last_outcome() == outcome) way = std::move(agents);
    return !way;
  });
  return way;
}

/// Where a trail of the model and the same steps of the code part; empty: they do not.
std::string Conformance::misfit(const ModelTrail& trail, const Replayed& replayed) const {
  for (std::size_t i = 0; i < trail.steps.size() && i < replayed.steps.size(); ++i) {
    const auto named = model_.named.find(trail.steps[i].line);
    const TraceStep& real = replayed.steps[i];
    if (named == model_.named.end() || real.file != model_.source) continue;
    if (named->second.line != real.line) {
      return fmt::format("step {} of {} stands in line {} of the model for {}:{}, and is {}:{}",
                         i + 1, real.agent, trail.steps[i].line, model_.source, named->second.line,
                         real.file, real.line);
    }
  }
  const auto reached = outcomes_of(replayed.result);
  const auto expected =
      trail.end ? to_string(trail.end->outcome, word_name()) : std::string("none");
  if (!reached.contains(expected)) {
    return fmt::format("the model comes to '{}', the code to '{}'", expected,
                       reached.empty() ? "nothing" : *reached.begin());
  }
  return {};
}

void Conformance::compare_with_explored(const ModelSize& size, const Verifier& verifier,
                                        SizeReport& row) {
  const auto result = explore(traced_.path.string(), traced_.build_id, exploration(size, false));
  row.explored = outcomes_of(result);
  row.explored_whole = result.assurance == Assurance::complete;
  row.executions = result.executions.complete + result.executions.stuck_rightly;
  row.explored_seconds = result.seconds;
  too_many_ |= !row.explored_whole;
  if (!row.model.complete) return;
  for (const auto& outcome : row.explored) {
    if (row.modelled.contains(outcome)) continue;
    const auto way = explored_way_to(size, outcome);
    disagree(
        fmt::format("{}: exploration reaches '{}', the model does not", to_string(size), outcome),
        way ? schedule_of(size, *way) : "");
  }
  for (const ModelEnd& end : row.model.ends) {
    const auto outcome = to_string(end.outcome, word_name());
    if (!row.explored_whole || row.explored.contains(outcome)) continue;
    const auto trail = verifier.seek(sought(end.outcome));
    disagree(
        fmt::format("{}: the model reaches '{}', exploration does not", to_string(size), outcome),
        trail ? schedule_of(size, *trail) : "");
  }
  const bool illegal = std::ranges::any_of(row.model.ends, &ModelEnd::illegal);
  if (row.explored_whole && illegal != violates(result, Property::legal_state)) {
    disagree(fmt::format("{}: {} the word takes a value that is not legal, and {} it does not",
                         to_string(size), illegal ? "in the model" : "under exploration",
                         illegal ? "under exploration" : "in the model"));
  }
}

void Conformance::compare_with_native(const ModelSize& size, SizeReport& row) {
  auto known = row.explored;
  known.insert(row.modelled.begin(), row.modelled.end());
  bool optimized_known = false;
  for (const bool widened : {true, false}) {
    StressOptions options;
    options.workload = workload_of(size);
    options.place = widened ? Place::same : Place::free;
    options.widen.by = widened ? Widen::By::yield : Widen::By::none;
    options.segment = SegmentKind::memfd;
    options.rounds = options_.rounds;
    options.time_limit = std::chrono::seconds(20);
    options.seed = options_.seed;
    const auto result = stress(widened ? widened_ : native_, options);
    row.native_rounds += result.executions.complete + result.executions.stuck_rightly;
    for (const auto& outcome : outcomes_of(result)) {
      if (known.contains(outcome)) continue;
      if (!optimized_known) {
        const auto also = outcomes_of(
            explore(optimized_.path.string(), optimized_.build_id, exploration(size, true)));
        known.insert(also.begin(), also.end());
        optimized_known = true;
        if (known.contains(outcome)) continue;
      }
      const auto what =
          fmt::format("{}: native rounds come to '{}', which no explored schedule does",
                      to_string(size), outcome);
      if (keeps(Property::no_data_race)) {
        disagree(what, command_line(name_, options));
      } else {
        report_.notes.push_back(what +
                                ": outside sequential consistency, or torn into more than two "
                                "pieces, as a data race allows");
      }
      known.insert(outcome);
    }
  }
}

/// Random executions of the model, taken again on the real code: each step must be one that the
/// agent can take, in the line that the model names, and come to the same outcome.
void Conformance::walk(const ModelSize& size, const Verifier& verifier, SizeReport& row) {
  constexpr int enough_known = 8;  // one after the other, and few new ones are to be expected
  std::set<std::string> taken;
  int known = 0;
  for (unsigned seed = 1; row.walks < options_.walks && known < enough_known && !interrupted();
       ++seed) {
    const auto trail = verifier.seek(any_end, static_cast<unsigned>(options_.seed) * 1000 + seed);
    if (!trail || row.went_round == 2 * options_.walks) break;
    const auto schedule = schedule_of(size, *trail);
    if (!taken.insert(schedule).second) {
      ++known;
      continue;
    }
    known = 0;
    if (!follow(size, *trail, row)) return;
  }
  // No agent looks in vain on the shortest way.
  if (row.walks > 0 || options_.walks == 0 || interrupted()) return;
  if (const auto trail = shortest(size).seek(any_end)) follow(size, *trail, row);
}

/// The breadth-first verifier of a size, made when first asked for.
const Verifier& Conformance::shortest(const ModelSize& size) {
  auto& verifier = shortest_[size];
  if (!verifier) {
    verifier =
        std::make_unique<Verifier>(model_, size, Verifier::Order::breadth_first, options_.verifier);
  }
  return *verifier;
}

/// @return false when the code cannot go the model's way
bool Conformance::follow(const ModelSize& size, const ModelTrail& trail, SizeReport& row) {
  const auto schedule = schedule_of(size, trail);
  try {
    const auto replayed = replay(traced_.path.string(), parse_schedule(schedule));
    ++row.walks;
    const auto reached = outcomes_of(replayed.result);
    row.replayed.insert(reached.begin(), reached.end());
    if (const auto why = misfit(trail, replayed); !why.empty()) {
      disagree(fmt::format("{}: {}", to_string(size), why), schedule);
      return false;
    }
  } catch (const GoesRound&) {
    ++row.went_round;
  } catch (const GivesUp&) {
    ++row.went_round;  // the model knows no deadlines: there the code looks once more
  } catch (const BadSchedule& refused) {
    disagree(fmt::format("{}: the code cannot take the model's steps: {}", to_string(size),
                         refused.what()),
             schedule);
    return false;
  }
  return true;
}

/// Where exploration was cut short, what it did not reach of the model's outcomes: the model's own
/// way there, taken on the real code.
void Conformance::reach_the_rest(const ModelSize& size, const Verifier& verifier, SizeReport& row) {
  constexpr unsigned tries = 10;  // a way may go round a wait loop
  for (const ModelEnd& end : row.model.ends) {
    const auto outcome = to_string(end.outcome, word_name());
    for (unsigned seed = 1; seed <= tries && !interrupted(); ++seed) {
      if (row.explored.contains(outcome) || row.replayed.contains(outcome)) break;
      const auto trail = verifier.seek(sought(end.outcome), seed);
      if (!trail || !follow(size, *trail, row)) return;
    }
  }
}

void Conformance::check_size(const ModelSize& size) {
  SizeReport row;
  row.size = size;
  const Verifier verifier(model_, size, Verifier::Order::depth_first, options_.verifier);
  row.model = verifier.search();
  for (const auto& why : row.model.limits)
    report_.limits.push_back(fmt::format("{}: SPIN: {}", to_string(size), why));
  for (const ModelEnd& end : row.model.ends)
    row.modelled.insert(to_string(end.outcome, word_name()));
  if (!interrupted()) compare_with_explored(size, verifier, row);
  if (!interrupted() && options_.rounds > 0) compare_with_native(size, row);
  if (!interrupted()) walk(size, verifier, row);
  if (!row.explored_whole && row.model.complete) reach_the_rest(size, verifier, row);
  report_.sizes.push_back(std::move(row));
}

/// The shortest trail of the smallest size, taken on the real code to the same violation.
void Conformance::show_break(const Claim& claim, const Judged& judged, const ModelSize& size) {
  const auto trail = shortest(size).seek(judged.sought);
  if (!trail) {
    report_.limits.push_back(
        fmt::format("{}: no trail to a broken {}", to_string(size), name_of(claim.property)));
    return;
  }
  const auto schedule = schedule_of(size, *trail);
  try {
    auto replayed = replay(traced_.path.string(), parse_schedule(schedule));
    auto why = misfit(*trail, replayed);
    if (why.empty() && !violates(replayed.result, claim.property))
      why = fmt::format("the code's execution does not break {}", name_of(claim.property));
    if (!why.empty()) return disagree(fmt::format("{}: {}", to_string(size), why), schedule);
    report_.breaks.push_back({claim.property, size, to_string(trail->end->outcome, word_name()),
                              schedule, std::move(replayed.steps)});
  } catch (const BadSchedule& refused) {
    disagree(fmt::format("{}: the code cannot take the shortest trail to a broken {}: {}",
                         to_string(size), name_of(claim.property), refused.what()),
             schedule);
  }
}

void Conformance::check_claims() {
  const bool whole =
      std::ranges::all_of(report_.sizes, [](const SizeReport& row) { return row.model.complete; });
  for (const Claim& claim : protocol().claims) {
    const auto judged = std::ranges::find(judged_by_model, claim.property, &Judged::property);
    if (judged == std::end(judged_by_model)) continue;
    const auto shown = std::ranges::find_if(report_.sizes, [&](const SizeReport& row) {
      return std::ranges::any_of(row.model.ends, judged->broken);
    });
    const bool below = model_.below.contains(claim.property);
    if (shown == report_.sizes.end()) {
      if (claim.keeps || !whole) continue;
      if (below) {
        report_.notes.push_back(fmt::format(
            "{} is broken below the source: the model, which models the source, keeps it",
            name_of(claim.property)));
      } else if (options_.sizes.empty()) {
        disagree(
            fmt::format("the protocol claims to break {}, and the model does so at none of "
                        "these sizes",
                        name_of(claim.property)));
      }
    } else if (claim.keeps || below) {
      disagree(fmt::format("the protocol claims to keep {}, and the model breaks it at {}",
                           name_of(claim.property), to_string(shown->size)));
    } else {
      show_break(claim, *judged, shown->size);
    }
  }
}

void Conformance::check_liveness_of_all() {
  const bool promises = keeps(Property::no_loss) && keeps(Property::no_deadlock);
  for (const ModelSize& size : {ModelSize{1, 1, 1}, {1, 2, 1}, {2, 1, 1}, {2, 2, 1}}) {
    if (!fits(size) || interrupted()) continue;
    for (auto& result : check_liveness(model_, size, options_.verifier)) {
      for (TraceStep& step : told_by_source(model_, result.lasso, size.writers))
        result.told.push_back(std::move(step));
      const bool promised = result.formula != "reader_1" && result.formula != "writer_1";
      if (promises && promised && result.fails) {
        disagree(
            fmt::format("{}: the protocol claims to lose nothing and to get stuck never, and in "
                        "the model it does not hold that {}",
                        to_string(size), result.sentence));
      }
      report_.liveness.push_back(std::move(result));
    }
  }
}

bool Conformance::fits(const ModelSize& size) const {
  return (protocol().max_writers == 0 || size.writers <= protocol().max_writers) &&
         (protocol().max_readers == 0 || size.readers <= protocol().max_readers);
}

void Conformance::check_sizes() {
  const auto sizes = options_.sizes.empty() ? default_sizes(protocol()) : options_.sizes;
  for (const ModelSize& size : sizes) {
    if (fits(size) && !interrupted()) check_size(size);
  }
  if (report_.sizes.empty()) report_.limits.emplace_back("no size fits the protocol");
  if (!interrupted()) check_claims();
  if (options_.liveness) check_liveness_of_all();
}

ConformReport Conformance::run() {
  const auto began = Clock::now();
  try {
    check_sizes();
  } catch (const VerifierInterrupted&) {
    // What was found until then is still told.
  }
  if (interrupted()) report_.limits.emplace_back("interrupted");
  for (const auto& outcome : outside_) {
    report_.notes.push_back(
        fmt::format("native rounds also come to '{}': outside sequential consistency, or torn into "
                    "more than two "
                    "pieces, as a data race allows",
                    outcome));
  }
  report_.seconds = std::chrono::duration<double>(Clock::now() - began).count();
  return std::move(report_);
}

}  // namespace

Verdict ConformReport::verdict() const {
  if (!disagreements.empty()) return Verdict::violated;
  return limits.empty() ? Verdict::holds : Verdict::inconclusive;
}

std::vector<TraceStep> told_by_source(const ModelSource& model, const ModelTrail& trail,
                                      int writers) {
  std::vector<TraceStep> told;
  for (const ModelStep& step : trail.steps) {
    const auto named = model.named.find(step.line);
    const bool known = named != model.named.end();
    told.push_back({.agent = name_of_agent(step.agent, writers),
                    .file = model.source,
                    .line = known ? named->second.line : 0,
                    .what = known ? named->second.text : "exits"});
  }
  return told;
}

std::vector<ModelSize> default_sizes(const Protocol& protocol) {
  if (protocol.max_writers == 1 && protocol.max_readers == 1) {
    std::vector<ModelSize> sizes;
    for (int messages = 1; messages <= std::min(5, std::max(3, protocol.capacity + 1)); ++messages)
      sizes.push_back({1, 1, messages});
    return sizes;
  }
  return {{1, 1, 1}, {1, 2, 1}, {2, 1, 1}, {2, 2, 1}, {1, 1, 2}, {1, 2, 2}, {2, 1, 2}};
}

ConformReport conform(const std::string& protocol, const ConformOptions& options) {
  try {
    return Conformance(protocol, options).run();
  } catch (const ModuleRefused& refused) {
    throw UsageError(refused.what());
  }
}

}  // namespace minusone
