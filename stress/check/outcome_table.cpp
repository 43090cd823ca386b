#include "stress/check/outcome_table.h"

#include <algorithm>

namespace minusone {

std::vector<OutcomeCount> outcome_table(const Protocol& protocol,
                                        const std::map<Outcome, std::uint64_t>& seen) {
  std::vector<OutcomeCount> table;
  std::vector<bool> came_up(protocol.outcomes.size());
  for (const auto& [outcome, count] : seen) {
    OutcomeCount row{to_string(outcome, protocol.word.name), count, Grade::forbidden,
                     "no declared outcome fits"};
    for (std::size_t i = 0; i < protocol.outcomes.size(); ++i) {
      const GradedOutcome& declared = protocol.outcomes[i];
      if (!matches(declared.pattern, outcome, protocol.word.name)) continue;
      row.grade = declared.grade;
      row.why = declared.why;
      came_up[i] = true;
      break;
    }
    table.push_back(row);
  }
  std::ranges::stable_sort(table, std::ranges::greater{}, &OutcomeCount::count);
  for (std::size_t i = 0; i < came_up.size(); ++i) {
    const GradedOutcome& declared = protocol.outcomes[i];
    if (!came_up[i] && !declared.pattern.empty())
      table.push_back({declared.pattern, 0, declared.grade, declared.why});
  }
  return table;
}

}  // namespace minusone
