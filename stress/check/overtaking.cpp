#include "stress/check/overtaking.h"

namespace minusone {

std::optional<Overtaken> find_starved(const History& history) {
  std::optional<Overtaken> most;
  for (const Operation& waiting : history) {
    if (waiting.ending != Ending::done && waiting.ending != Ending::pending) continue;
    int later = 0, served = 0;
    for (const Operation& other : history) {
      if (other.kind != waiting.kind || other.agent == waiting.agent ||
          other.called <= waiting.called) {
        continue;
      }
      ++later;
      const bool waited_on = waiting.ending == Ending::pending || other.returned < waiting.returned;
      served += other.ending == Ending::done && waited_on;
    }
    if (later < 2 || served < later || (most && most->times >= served)) continue;
    most = Overtaken{waiting.kind, waiting.agent, served};
  }
  return most;
}

}  // namespace minusone
