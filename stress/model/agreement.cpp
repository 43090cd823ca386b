#include "stress/model/agreement.h"

#include <fmt/format.h>

#include <algorithm>

#include "stress/model/conformance.h"
#include "stress/modules/traced_module.h"

namespace minusone {

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
  const auto began = std::chrono::steady_clock::now();
  try {
    check_sizes();
  } catch (const VerifierInterrupted&) {
    // The report tells what was found until then.
  }
  if (interrupted()) report_.limits.emplace_back("interrupted");
  report_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return std::move(report_);
}

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
