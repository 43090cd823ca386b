#include "stress/native/round_collector.h"

#include <algorithm>

#include "stress/check/broken_by.h"
#include "stress/check/channel_oracle.h"
#include "stress/check/outcome_table.h"

namespace minusone {
namespace {

constexpr std::size_t longest_told = 200;  ///< operations of a history that is shown

bool has_illegal_word(const Protocol& protocol, const Round& round) {
  return round.illegal > 0 ||
         (round.outcome.word &&
          std::ranges::find(protocol.word.legal, *round.outcome.word) == protocol.word.legal.end());
}

void add_to(Outcome& total, const Outcome& o) {
  total.word = o.word;
  total.lost += o.lost;
  total.duplicated += o.duplicated;
  total.torn += o.torn;
  total.reordered += o.reordered;
  total.stuck += o.stuck;
}

}  // namespace

RoundCollector::RoundCollector(const Protocol& protocol, Result& result, bool soak)
    : protocol_(protocol), result_(result), soak_(soak) {
  for (const Property property : all_properties) {
    if (property == Property::no_data_race)
      continue;  // only ThreadSanitizer or the explorer see it
    if (property == Property::survives_death && result.workload.death == Death::none) continue;
    result.properties.push_back({.property = property});
  }
}

void RoundCollector::note_broken(Property property, const Round& round) {
  const Workload& workload = result_.workload;
  const auto agents = static_cast<std::uint16_t>(workload.writers + workload.readers);
  for (PropertyResult& p : result_.properties) {
    if (p.property != property) continue;
    p.verdict = Verdict::violated;
    if (++p.count > 1 || round.history.size() > longest_told) continue;
    p.trace = describe_history(round.history, workload.writers, {protocol_.capacity, agents});
    p.trace.insert(p.trace.end(), round.notes.begin(), round.notes.end());
  }
}

void RoundCollector::add(const Round& round) {
  ExecutionCounts& counts = result_.executions;
  if (round.undecided && round.outcome == Outcome{.word = round.outcome.word}) {
    ++counts.too_long;
    auto& limits = result_.limits;
    if (!round.notes.empty() && std::ranges::find(limits, round.notes.back()) == limits.end())
      limits.push_back(round.notes.back());
    return;
  }
  auto broken = broken_by(round.outcome);
  if (result_.workload.death != Death::none)
    std::ranges::replace(broken, Property::no_deadlock, Property::survives_death);
  if (has_illegal_word(protocol_, round)) broken.push_back(Property::legal_state);
  for (const Property property : broken) note_broken(property, round);
  const bool waits =
      std::ranges::find(round.history, Ending::pending, &Operation::ending) != round.history.end();
  ++(!broken.empty() ? counts.violating : waits ? counts.stuck_rightly : counts.complete);
  result_.illegal_states += round.illegal;
  if (soak_)
    add_to(total_, round.outcome);
  else
    ++outcomes_[round.outcome];
}

void RoundCollector::finish() {
  if (soak_) outcomes_[total_] = 1;
  result_.outcomes = outcome_table(protocol_, outcomes_);
  const ExecutionCounts& counts = result_.executions;
  if (counts.violating > 0)
    result_.verdict = Verdict::violated;
  else if (counts.all() == 0 || counts.too_long > 0)
    result_.verdict = Verdict::inconclusive;
  else
    result_.verdict = Verdict::holds;
}

}  // namespace minusone
