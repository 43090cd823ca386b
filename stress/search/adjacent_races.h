#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "stress/machine/machine.h"

namespace minusone {

/// Data races as a search over states sees them: a state in which two agents' next accesses are in
/// conflict, one of them plain.
///
/// Under sequential consistency that is a race by happens-before, too. The other way round it holds
/// where all that orders is as strong as the order that it has here (is_exact()): take a race of
/// two accesses a and b that comes first in its execution, and leave out each step that a happens
/// before. What is left can be taken as it stands, for none of it has read or waited for what was
/// left out: it would have been ordered behind it. So both are next at once in a state that the
/// search comes to. (As the DRF theorem is proved: Adve, Hill, "Weak Ordering", ISCA 1990.)
class AdjacentRaces {
 public:
  /// Looks at the step that was just taken, and at those that others were about to take. Calls
  /// `found(other)` for each agent whose next access is in conflict with it.
  /// @param others  agents that could have taken their step instead
  template <class Found>
  void look(const Machine& machine, AgentSet others, Found found) {
    const Step& step = machine.executed();
    note_order(step);
    if (!is_access(step)) return;
    for (int other = 0; others >> other != 0; ++other) {
      if ((others & only(other)) != 0 && other != step.agent &&
          are_in_conflict(step, machine.pending(other)))
        found(other);
    }
  }

  /// Of two places in the code: not looked for any more.
  void know(const Step& one, const Step& other) { known_.insert(places(one.pc, other.pc)); }
  bool knows(const void* one, const void* other) const {
    return known_.contains(places(one, other));
  }

  /// Whether all steps so far order what they come before in each execution, so that there is no
  /// race but those that were found.
  bool is_exact() const { return looser_.empty(); }
  /// What did not: "a relaxed atomic access". @pre !is_exact()
  const std::string& looser() const { return looser_; }

 private:
  using Places = std::pair<const void*, const void*>;
  static Places places(const void* one, const void* other) {
    return {std::min(one, other), std::max(one, other)};
  }
  static bool is_access(const Step& step);
  static bool are_in_conflict(const Step& step, const Step& pending);
  void note_order(const Step& step);

  std::set<Places> known_;
  std::string looser_;
};

}  // namespace minusone
