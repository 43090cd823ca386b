#include <fmt/format.h>

#include <algorithm>

#include "stress/check/broken_by.h"
#include "stress/model/conformance.h"

namespace minusone {
namespace {

/// Claims about deaths stand on their own: a dead agent may take more with it.
bool judges(const ModelSize& size, Property property) {
  return (size.death != Death::none) == (property == Property::survives_death);
}

}  // namespace

bool breaks(const ModelEnd& end, Property property) {
  if (property == Property::legal_state) return end.illegal;
  auto broken = broken_by(end.outcome);
  if (end.died) std::ranges::replace(broken, Property::no_deadlock, Property::survives_death);
  return std::ranges::count(broken, property) > 0;
}

bool any_breaks(const std::set<ModelEnd>& ends, Property property) {
  return std::ranges::any_of(ends, [&](const ModelEnd& end) { return breaks(end, property); });
}

std::string sought(const Outcome& o) {
  return fmt::format("{} {} {} {} {} {} * *", o.word.value_or(0), o.lost, o.duplicated, o.torn,
                     o.reordered, o.stuck);
}

bool Conformance::keeps(Property property) const {
  const auto claim = std::ranges::find(protocol().claims, property, &Claim::property);
  return claim != protocol().claims.end() && claim->keeps;
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
    const bool weak = claim.memory != MemoryModel::sc;
    const bool below = weak || model_.below.contains(claim.property);
    if (shown == report_.sizes.end()) {
      if (claim.keeps || !whole) continue;
      if (below) {
        report_.notes.push_back(fmt::format(
            "{} {}, keeps it", name_of(claim.property),
            weak ? fmt::format("takes weak memory ({}): the model, which is of sequential "
                               "consistency",
                               name_of(claim.memory))
                 : "is broken below the source: the model, which models the source"));
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
  // A message may be overtaken for ever where messages overtake each other.
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

}  // namespace minusone
