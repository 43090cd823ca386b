#include "stress/model/agreement.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>

#include "stress/check/broken_by.h"
#include "stress/explore/explore.h"
#include "stress/model/real_code.h"
#include "stress/modules/traced_module.h"
#include "stress/native/engine.h"
#include "stress/subjects/subject.h"

namespace minusone {
namespace {

using Clock = std::chrono::steady_clock;

/// What the model can tell of, and the pattern of the ends that break it (Verifier::seek).
struct Judged {
  Property property;
  const char* sought;
};
constexpr Judged judged_by_model[] = {
    {Property::legal_state, "* * * * * * + *"},    {Property::no_loss, "* + * * * * * *"},
    {Property::no_duplicate, "* * + * * * * *"},   {Property::no_tear, "* * * + * * * *"},
    {Property::no_reorder, "* * * * + * * *"},     {Property::no_deadlock, "* * * * * + * 0"},
    {Property::survives_death, "* * * * * + * +"},
};

bool breaks(const ModelEnd& end, Property property) {
  if (property == Property::legal_state) return end.illegal;
  auto broken = broken_by(end.outcome);
  if (end.died) std::ranges::replace(broken, Property::no_deadlock, Property::survives_death);
  return std::ranges::count(broken, property) > 0;
}

bool any_breaks(const std::vector<ModelEnd>& ends, Property property) {
  return std::ranges::any_of(ends, [&](const ModelEnd& end) { return breaks(end, property); });
}

constexpr const char* any_end = "* * * * * * * *";

std::string sought(const Outcome& o) {
  return fmt::format("{} {} {} {} {} {} * *", o.word.value_or(0), o.lost, o.duplicated, o.torn,
                     o.reordered, o.stuck);
}

/// Deaths are claimed about on their own: who dies may take more with it.
bool judges(const ModelSize& size, Property property) {
  return (size.death != Death::none) == (property == Property::survives_death);
}

FaultBudget faults_of(const ModelSize& size) {
  return {.deaths = size.death == Death::none ? 0 : 1, .mortals = size.death};
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
  void compare_with_explored(const ModelSize& size, SizeReport& row);
  void compare_with_native(const ModelSize& size, SizeReport& row);
  void take_walks(RealCode& code, SizeReport& row);
  bool follow(const ModelTrail& trail, RealCode& code, SizeReport& row);
  void reach_the_rest(RealCode& code, SizeReport& row);
  const Verifier& verifier(const ModelSize& size, Verifier::Order order);
  void check_liveness_of_all();
  void check_sizes();
  void check_claims();
  void show_break(const Claim& claim, const Judged& judged, const ModelSize& size);

  std::optional<ModelTrail> draw(const ModelSize& size, const std::string& what, unsigned seed) {
    return verifier(size, Verifier::Order::random).seek(size, what, seed);
  }
  std::optional<ModelTrail> shortest(const ModelSize& size, const std::string& what) {
    return verifier(size, Verifier::Order::breadth_first).seek(size, what);
  }

  const Protocol& protocol() const { return native_.protocol(); }
  bool interrupted() const {
    return options_.verifier.interrupted != nullptr && options_.verifier.interrupted->load();
  }
  std::string word_name() const { return protocol().word.name; }
  bool keeps(Property property) const;
  bool fits(const ModelSize& size) const;
  bool is_spared(const ModelSize& size) const;
  ExploreOptions exploration(const ModelSize& size, bool optimized) const;
  std::string schedule_of(const ModelSize& size, const ModelTrail& trail) const {
    return to_string(minusone::schedule_of(trail, size, traced_.build_id));
  }
  std::string explored_way_to(const ModelSize& size, const std::string& outcome) const;
  std::string misfit(const ModelTrail& trail, const RealCode::Retaken& retaken) const;
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
  std::vector<ModelSize> sizes_;
  std::map<std::pair<ModelSize, Verifier::Order>, std::unique_ptr<Verifier>> verifiers_;
  std::vector<ModelSize> too_large_;  ///< to be explored whole
};

bool Conformance::keeps(Property property) const {
  const auto claim = std::ranges::find(protocol().claims, property, &Claim::property);
  return claim != protocol().claims.end() && claim->keeps;
}

ExploreOptions Conformance::exploration(const ModelSize& size, bool optimized) const {
  ExploreOptions options;
  options.workload = workload_of(size);
  options.strategy.faults = faults_of(size);
  options.optimized = optimized;
  options.shrinks = false;
  options.executions = options_.executions;
  options.time_limit = options_.exploration;
  // What was too much for few agents is too much for many: a look, no more.
  const bool is_too_large = std::ranges::any_of(too_large_, [&](const ModelSize& other) {
    return size.writers >= other.writers && size.readers >= other.readers &&
           size.messages >= other.messages &&
           (size.death == other.death || other.death == Death::none);
  });
  if (is_too_large)
    options.time_limit =
        std::min<std::chrono::milliseconds>(options.time_limit, std::chrono::seconds(1));
  options.interrupted = options_.verifier.interrupted;
  return options;
}

/// An execution of the real code that comes to the outcome, as a schedule; empty: none was found.
std::string Conformance::explored_way_to(const ModelSize& size, const std::string& outcome) const {
  const auto subject = make_channel(traced_.path.string(), workload_of(size));
  std::string way;
  const auto until = Clock::now() + options_.exploration;
  SearchLimits limits;
  limits.interrupted = [&] { return interrupted() || Clock::now() > until; };
  const auto search = make_search({.faults = faults_of(size)}, subject->machine(),
                                  mortals(*subject, faults_of(size)), limits, 1);
  search->run([&](const Execution& execution) {
    std::vector<int> agents;
    for (const Step& step : execution.steps) agents.push_back(step.agent);
    subject->judge(execution);
    if (subject->last_outcome() == outcome) {
      way = to_string(Schedule{traced_.build_id, workload_of(size), false, std::move(agents),
                               subject->machine().faults().plan()});
    }
    return way.empty();
  });
  return way;
}

/// Where a trail of the model and the same steps of the code part; empty: they do not.
std::string Conformance::misfit(const ModelTrail& trail, const RealCode::Retaken& retaken) const {
  for (std::size_t i = 0; i < trail.steps.size() && i < retaken.steps.size(); ++i) {
    const auto named = model_.named.find(trail.steps[i].line);
    const TraceStep& real = retaken.steps[i];
    if (named == model_.named.end() || real.file != model_.source) continue;
    if (named->second.line != real.line) {
      return fmt::format("step {} of {} stands in line {} of the model for {}:{}, and is {}:{}",
                         i + 1, real.agent, trail.steps[i].line, model_.source, named->second.line,
                         real.file, real.line);
    }
  }
  const auto expected =
      trail.end ? to_string(trail.end->outcome, word_name()) : std::string("none");
  if (retaken.outcome == expected) return {};
  return fmt::format("the model comes to '{}', the code to '{}'", expected, retaken.outcome);
}

void Conformance::compare_with_explored(const ModelSize& size, SizeReport& row) {
  const auto result = explore(traced_.path.string(), traced_.build_id, exploration(size, false));
  row.explored = outcomes_of(result);
  row.explored_whole = result.assurance == Assurance::complete;
  row.executions = result.executions.all();
  row.explored_seconds = result.seconds;
  if (!row.explored_whole) too_large_.push_back(size);
  if (!row.model.complete) return;
  for (const auto& outcome : row.explored) {
    if (row.modelled.contains(outcome)) continue;
    disagree(
        fmt::format("{}: exploration reaches '{}', the model does not", to_string(size), outcome),
        explored_way_to(size, outcome));
  }
  for (const ModelEnd& end : row.model.ends) {
    const auto outcome = to_string(end.outcome, word_name());
    if (!row.explored_whole || row.explored.contains(outcome)) continue;
    const auto trail = shortest(size, sought(end.outcome));
    disagree(
        fmt::format("{}: the model reaches '{}', exploration does not", to_string(size), outcome),
        trail ? schedule_of(size, *trail) : "");
  }
  if (!row.explored_whole) return;
  // What the outcomes' fixed form does not say.
  for (const auto& [property, what] :
       {std::pair{Property::legal_state, "the word takes a value that is not legal"},
        {Property::survives_death, "somebody is stuck beside a dead agent"}}) {
    const bool modelled = any_breaks(row.model.ends, property);
    if (modelled == violates(result, property)) continue;
    disagree(fmt::format("{}: {} {}, and {} it is not so", to_string(size),
                         modelled ? "in the model" : "under exploration", what,
                         modelled ? "under exploration" : "in the model"));
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
    row.native_rounds += result.executions.all();
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
void Conformance::take_walks(RealCode& code, SizeReport& row) {
  constexpr int enough_known = 8;  // one after the other, and few new ones are to be expected
  std::set<std::string> taken;
  int known = 0;
  for (unsigned seed = 1; row.walks < options_.walks && known < enough_known && !interrupted();
       ++seed) {
    const auto trail = draw(row.size, any_end, static_cast<unsigned>(options_.seed) * 1000 + seed);
    if (!trail || row.went_round == 2 * options_.walks) break;
    if (!taken.insert(schedule_of(row.size, *trail)).second) {
      ++known;
      continue;
    }
    known = 0;
    if (!follow(*trail, code, row)) return;
  }
  // No agent looks in vain on the shortest way.
  if (row.walks > 0 || options_.walks == 0 || interrupted()) return;
  if (const auto trail = shortest(row.size, any_end)) follow(*trail, code, row);
}

/// The verifier that serves a size, made when first asked for.
const Verifier& Conformance::verifier(const ModelSize& size, Verifier::Order order) {
  auto most = size;
  for (const ModelSize& other : sizes_) {
    if (other.messages != size.messages || !fits(other)) continue;
    most.writers = std::max(most.writers, other.writers);
    most.readers = std::max(most.readers, other.readers);
    if (other.death != Death::none) most.death = Death::any;
  }
  auto& verifier = verifiers_[{most, order}];
  if (!verifier) verifier = std::make_unique<Verifier>(model_, most, order, options_.verifier);
  return *verifier;
}

/// @return false when the code cannot go the model's way
bool Conformance::follow(const ModelTrail& trail, RealCode& code, SizeReport& row) {
  try {
    const auto retaken = code.take(trail);
    ++row.walks;
    row.replayed.insert(retaken.outcome);
    if (const auto why = misfit(trail, retaken); !why.empty()) {
      disagree(fmt::format("{}: {}", to_string(row.size), why), schedule_of(row.size, trail));
      return false;
    }
  } catch (const GoesRound&) {
    ++row.went_round;
  } catch (const GivesUp&) {
    ++row.went_round;  // the model knows no deadlines: there the code looks once more
  } catch (const BadSchedule& refused) {
    disagree(fmt::format("{}: the code cannot take the model's steps: {}", to_string(row.size),
                         refused.what()),
             schedule_of(row.size, trail));
    return false;
  }
  return true;
}

/// Where exploration was cut short, what it did not reach of the model's outcomes: the model's own
/// way there, a shortest first, taken on the real code.
void Conformance::reach_the_rest(RealCode& code, SizeReport& row) {
  constexpr unsigned tries = 2;  // a way may go round a wait loop; drawn ones take long to find
  for (const ModelEnd& end : row.model.ends) {
    const auto outcome = to_string(end.outcome, word_name());
    for (unsigned seed = 0; seed <= tries && !interrupted(); ++seed) {
      if (row.explored.contains(outcome) || row.replayed.contains(outcome)) break;
      const auto trail = seed == 0 ? shortest(row.size, sought(end.outcome))
                                   : draw(row.size, sought(end.outcome), seed);
      if (trail && !follow(*trail, code, row)) return;
    }
  }
}

void Conformance::check_size(const ModelSize& size) {
  SizeReport row;
  row.size = size;
  row.model = verifier(size, Verifier::Order::breadth_first).search(size);
  for (const auto& why : row.model.limits)
    report_.limits.push_back(fmt::format("{}: SPIN: {}", to_string(size), why));
  for (const ModelEnd& end : row.model.ends)
    row.modelled.insert(to_string(end.outcome, word_name()));
  if (!interrupted()) compare_with_explored(size, row);
  const bool runs_natively = size.death == Death::none && options_.rounds > 0;
  if (!interrupted() && runs_natively) compare_with_native(size, row);
  RealCode code(traced_, size);
  if (!interrupted()) take_walks(code, row);
  if (!row.explored_whole && row.model.complete) reach_the_rest(code, row);
  report_.sizes.push_back(std::move(row));
}

/// The shortest trail of the smallest size, taken on the real code to the same violation.
void Conformance::show_break(const Claim& claim, const Judged& judged, const ModelSize& size) {
  const auto trail = shortest(size, judged.sought);
  if (!trail) {
    report_.limits.push_back(
        fmt::format("{}: no trail to a broken {}", to_string(size), name_of(claim.property)));
    return;
  }
  const auto schedule = schedule_of(size, *trail);
  try {
    auto retaken = RealCode(traced_, size).take(*trail);
    auto why = misfit(*trail, retaken);
    if (why.empty() && std::ranges::count(retaken.broken, claim.property) == 0)
      why = fmt::format("the code's execution does not break {}", name_of(claim.property));
    if (!why.empty()) return disagree(fmt::format("{}: {}", to_string(size), why), schedule);
    report_.breaks.push_back({claim.property, size, to_string(trail->end->outcome, word_name()),
                              schedule, std::move(retaken.steps)});
  } catch (const BadSchedule& refused) {
    disagree(fmt::format("{}: the code cannot take the shortest trail to a broken {}: {}",
                         to_string(size), name_of(claim.property), refused.what()),
             schedule);
  }
}

void Conformance::check_claims() {
  for (const Claim& claim : protocol().claims) {
    const auto judged = std::ranges::find(judged_by_model, claim.property, &Judged::property);
    if (judged == std::end(judged_by_model)) continue;
    const auto asked = [&](const SizeReport& row) { return judges(row.size, claim.property); };
    if (std::ranges::none_of(report_.sizes, asked)) continue;
    const bool whole = std::ranges::all_of(
        report_.sizes, [&](const SizeReport& row) { return row.model.complete || !asked(row); });
    const auto shown = std::ranges::find_if(report_.sizes, [&](const SizeReport& row) {
      return asked(row) && any_breaks(row.model.ends, claim.property);
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
  // Where messages overtake each other, one may be overtaken for ever.
  const bool gets_on = keeps(Property::no_loss) && keeps(Property::no_deadlock);
  const bool delivers = gets_on && keeps(Property::no_reorder);
  for (const ModelSize& size : {ModelSize{1, 1, 1}, {1, 2, 1}, {2, 1, 1}, {2, 2, 1}}) {
    if (!fits(size) || interrupted()) continue;
    for (auto& result : check_liveness(model_, size, options_.verifier)) {
      for (TraceStep& step : told_by_source(model_, result.lasso, size.writers))
        result.told.push_back(std::move(step));
      const bool starves = result.formula == "reader_1" || result.formula == "writer_1";
      const bool promised = result.formula == "delivered" ? delivers : gets_on && !starves;
      if (promised && result.fails) {
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

/// With a death the largest size is millions of states, for the break that no smaller one shows.
bool Conformance::is_spared(const ModelSize& size) const {
  if (!options_.sizes.empty() || size.death == Death::none || size.readers * size.messages < 4)
    return false;
  return keeps(Property::survives_death) || model_.below.contains(Property::survives_death) ||
         std::ranges::any_of(report_.sizes, [&](const SizeReport& row) {
           return any_breaks(row.model.ends, Property::survives_death);
         });
}

void Conformance::check_sizes() {
  sizes_ = options_.sizes.empty() ? default_sizes(protocol(), options_.death) : options_.sizes;
  for (const ModelSize& size : sizes_) {
    if (fits(size) && !interrupted() && !is_spared(size)) check_size(size);
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
                    .what = known       ? named->second.text
                            : step.dies ? "dies"
                                        : "exits",
                    .dies = step.dies});
  }
  return told;
}

std::vector<ModelSize> default_sizes(const Protocol& protocol, std::optional<Death> death) {
  std::vector<ModelSize> plain, deadly;
  if (protocol.max_writers == 1 && protocol.max_readers == 1) {
    for (int messages = 1; messages <= std::min(5, std::max(3, protocol.capacity + 1)); ++messages)
      plain.push_back({1, 1, messages});
    deadly = {{1, 1, 1}, {1, 1, 2}};
  } else {
    plain = {{1, 1, 1}, {1, 2, 1}, {2, 1, 1}, {2, 2, 1}, {1, 1, 2}, {1, 2, 2}, {2, 1, 2}};
    deadly = {{1, 1, 1}, {1, 2, 1}, {2, 1, 1}, {1, 1, 2}, {1, 2, 2}};
  }
  if (death == Death::none) return plain;
  for (ModelSize& size : deadly) size.death = death.value_or(Death::any);
  if (!death) deadly.insert(deadly.begin(), plain.begin(), plain.end());
  return deadly;
}

ConformReport conform(const std::string& protocol, const ConformOptions& options) {
  try {
    return Conformance(protocol, options).run();
  } catch (const ModuleRefused& refused) {
    throw UsageError(refused.what());
  }
}

}  // namespace minusone
