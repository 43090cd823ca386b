#include "stress/search/adjacent_races.h"

#include "stress/order/orders.h"
#include "stress/sync/family.h"

namespace minusone {

bool AdjacentRaces::is_access(const Step& step) {
  return is_plain_access(step.action) || is_atomic_access(step.action);
}

// A compare-and-swap that is announced may turn out to read only: where it does not, that shows
// when it is taken.
bool AdjacentRaces::are_in_conflict(const Step& step, const Step& pending) {
  if (!is_access(pending)) return false;
  if (is_atomic_access(step.action) && is_atomic_access(pending.action)) return false;
  for (int i = 0; i < step.count; ++i) {
    const Access& mine = step.accesses[static_cast<std::size_t>(i)];
    if (mine.address >= nowhere) continue;
    for (int j = 0; j < pending.count; ++j) {
      Access its = pending.accesses[static_cast<std::size_t>(j)];
      its.writes &= pending.action != Action::atomic_cas;
      if (mine.conflicts_with(its)) return true;
    }
  }
  return false;
}

void AdjacentRaces::note_order(const Step& step) {
  if (!looser_.empty()) return;
  if (is_atomic_access(step.action)) {
    const Access& access = step.accesses[0];
    if (access.reads && !acquires_by(step.order)) looser_ = "an atomic read that does not acquire";
    if (access.writes && !releases_by(step.order))
      looser_ = "an atomic write that does not release";
  } else if (!is_memory_action(step.action) && step.action != Action::finished &&
             step.action != Action::died) {
    const Ordering& ordering = *call_of(step.action).ordering;
    const bool orders = ordering.releases || ordering.acquires;
    if (!orders || ordering.unordered > 0 || (!step.writes() && !ordering.by_reading))
      looser_ = "a call that only tries, looks, or wakes who sleeps in a queue";
  }
}

}  // namespace minusone
