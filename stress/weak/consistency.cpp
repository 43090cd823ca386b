// Which graphs a memory model allows: the last event has been added to one that it does. Methods of
// ExecutionGraph.
#include <algorithm>

#include "stress/weak/execution_graph.h"

namespace minusone {

bool ExecutionGraph::is_consistent() const {
  // Coherence and atomicity were seen to where the ways were looked for.
  return model_ == MemoryModel::rc11 ? psc_is_acyclic() : !is_on_cycle(size_ - 1);
}

/// Whether program order between two of an agent's events is kept: under TSO a store may wait until
/// after later loads.
bool ExecutionGraph::kept_in_order(const Event& earlier, const Event& later) const {
  if (model_ == MemoryModel::sc || earlier.strong || later.strong) return true;
  return earlier.reads || later.writes || !earlier.writes;
}

template <class Visit>
void ExecutionGraph::for_each_successor(int index, Visit visit) const {
  const Event& event = at(index);
  for (const int later : event.later) {
    visit(later);
    // All that a thread does comes behind its creation, also loads behind its first store.
    const bool creates = at(later).previous == index && at(later).agent != event.agent;
    for (int next = later; creates && !at(next).strong && !at(next).reads;) {
      next = at(next).next;
      if (next < 0) break;
      visit(next);
    }
  }
  // As far as the next event that all later ones follow from.
  for (int next = event.next; next >= 0; next = at(next).next) {
    const Event& it = at(next);
    if (!kept_in_order(event, it)) continue;
    visit(next);
    if (model_ == MemoryModel::sc || it.strong || it.reads) break;
  }
  const auto in_place = [&](int place_index, bool reads, bool writes, int reads_from) {
    const Place& place = places_[static_cast<std::size_t>(place_index)];
    if (writes) {
      const auto behind = static_cast<std::size_t>(place.position(index)) + 1;
      if (behind < place.writes.size()) visit(place.writes[behind].event);
      for (const Reader& reader : place.readers) {
        if (reader.writer != index || reader.event == index) continue;
        if (model_ == MemoryModel::sc || at(reader.event).agent != event.agent) visit(reader.event);
      }
    }
    if (!reads) return;
    const auto behind = static_cast<std::size_t>(place.position(reads_from)) + 1;
    if (behind < place.writes.size() && place.writes[behind].event != index)
      visit(place.writes[behind].event);
  };
  if (event.place >= 0) in_place(event.place, event.reads, event.writes, event.reads_from);
  for (const auto& [place_index, wrote] : event.across) {
    int read_from = Step::first_value;
    for (const Reader& reader : places_[static_cast<std::size_t>(place_index)].readers) {
      if (reader.event == index) read_from = reader.writer;
    }
    in_place(place_index, !wrote, wrote, read_from);
  }
}

// All edges that came with the last event begin or end there.
bool ExecutionGraph::is_on_cycle(int event) const {
  visited_.assign(static_cast<std::size_t>(size_), 0);
  stack_.assign(1, event);
  while (!stack_.empty()) {
    const int now = stack_.back();
    stack_.pop_back();
    bool back = false;
    for_each_successor(now, [&](int next) {
      back |= next == event;
      if (visited_[static_cast<std::size_t>(next)] != 0) return;
      visited_[static_cast<std::size_t>(next)] = 1;
      stack_.push_back(next);
    });
    if (back) return true;
  }
  return false;
}

}  // namespace minusone
