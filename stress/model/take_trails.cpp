#include <fmt/format.h>

#include <algorithm>

#include "stress/model/conformance.h"

namespace minusone {

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

/// Exploration was cut short: for each outcome of the model that it did not reach, the real code
/// takes the model's own way there, a shortest one first.
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

}  // namespace minusone
