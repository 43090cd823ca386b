#include "stress/search/search.h"

namespace minusone {

void SearchCounts::add(End end) {
  switch (end) {
    case End::complete:
      ++complete;
      break;
    case End::quiescent:
      ++quiescent;
      break;
    case End::violation:
      ++violations;
      break;
    case End::too_long:
      ++too_long;
      break;
    case End::duplicate:
      ++duplicates;
      break;
    case End::unwatched:
      break;
  }
}

bool fails_at_once(const Machine& machine, const Visitor& visitor, SearchCounts& counts) {
  if (machine.unwatched_stacks() != 0) return true;
  if (machine.violation().empty() && machine.limit().empty()) return false;
  const End end = machine.limit().empty() ? End::violation : End::too_long;
  counts.add(end);
  counts.exhausted = true;
  visitor({{}, end});
  return true;
}

}  // namespace minusone
