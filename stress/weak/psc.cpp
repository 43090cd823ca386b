// The partial order of what is seq_cst, as RC11 has it (Lahav et al., PLDI 2017, section 4.2).
// Methods of ExecutionGraph.
#include <algorithm>
#include <vector>

#include "stress/weak/execution_graph.h"

namespace minusone {

bool ExecutionGraph::happens_before(int a, int b) const {
  return a != b && at(a).nth <= at(b).clock[static_cast<std::size_t>(at(a).agent)];
}

// Extended coherence: two events of one place, of which the second reads or replaces what the
// first read or wrote, or what came of that.
bool ExecutionGraph::eco(int x, int y) const {
  const Event &a = at(x), &b = at(y);
  if (x == y || a.place < 0 || a.place != b.place) return false;
  const Place& place = places_[static_cast<std::size_t>(a.place)];
  const int a_read = a.reads ? place.position(a.reads_from) : -1;
  const int b_read = b.reads ? place.position(b.reads_from) : -1;
  const int a_write = a.writes ? place.position(x) : -1;
  const int b_write = b.writes ? place.position(y) : -1;
  return (a.writes && b.writes && a_write < b_write) ||
         (a.writes && b.reads && a_write <= b_read) || (a.reads && b.writes && a_read < b_write) ||
         (a.reads && b.reads && a_read < b_read);
}

// Of its agent's events before (-1) or behind (1) it the nearest that is not of the same place.
int ExecutionGraph::first_elsewhere(int event, int step) const {
  const int place = at(event).place;
  for (int i = event;;) {
    if (step > 0) {
      i = at(i).next;
    } else {
      const int previous = at(i).previous;
      i = previous >= 0 && at(previous).agent == at(event).agent ? previous : -1;
    }
    if (i < 0 || at(i).place < 0 || at(i).place != place) return i;
  }
}

bool ExecutionGraph::scb(int x, int y) const {
  const Event &a = at(x), &b = at(y);
  if (x == y) return false;
  if (a.agent == b.agent) return a.nth < b.nth;
  const bool same = a.place >= 0 && a.place == b.place;
  if (same && happens_before(x, y)) return true;
  if (same) {
    const Place& place = places_[static_cast<std::size_t>(a.place)];
    if (a.writes && b.writes && place.position(x) < place.position(y)) return true;
    if (a.reads && b.writes && place.position(a.reads_from) < place.position(y)) return true;
  }
  const int behind = first_elsewhere(x, 1);
  const int before = first_elsewhere(y, -1);
  return behind >= 0 && before >= 0 && happens_before(behind, before);
}

bool ExecutionGraph::psc(int a, int b) const {
  const auto from = [&](auto visit) {
    if (visit(a)) return true;
    if (at(a).place >= 0) return false;
    for (int x = 0; x < size_; ++x) {
      if (happens_before(a, x) && visit(x)) return true;
    }
    return false;
  };
  const auto to = [&](auto visit) {
    if (visit(b)) return true;
    if (at(b).place >= 0) return false;
    for (int y = 0; y < size_; ++y) {
      if (happens_before(y, b) && visit(y)) return true;
    }
    return false;
  };
  if (from([&](int x) { return to([&](int y) { return scb(x, y); }); })) return true;
  if (at(a).place >= 0 || at(b).place >= 0) return false;
  // Between fences.
  if (happens_before(a, b)) return true;
  return from([&](int x) { return x != a && to([&](int y) { return y != b && eco(x, y); }); });
}

bool ExecutionGraph::psc_is_acyclic() const {
  if (seq_cst_.size() < 2) return true;
  // Depth first; 1: on the way, 2: done.
  std::vector<std::uint8_t> state(seq_cst_.size(), 0);
  const auto visit = [&](auto self, std::size_t i) -> bool {
    state[i] = 1;
    for (std::size_t j = 0; j < seq_cst_.size(); ++j) {
      if (j == i || state[j] == 2 || !psc(seq_cst_[i], seq_cst_[j])) continue;
      if (state[j] == 1 || !self(self, j)) return false;
    }
    state[i] = 2;
    return true;
  };
  for (std::size_t i = 0; i < seq_cst_.size(); ++i) {
    if (state[i] == 0 && !visit(visit, i)) return false;
  }
  return true;
}

}  // namespace minusone
