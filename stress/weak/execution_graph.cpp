#include "stress/weak/execution_graph.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "stress/machine/machine.h"

namespace minusone {
namespace {

constexpr std::uint32_t most_bytes = 16;

bool is_atomic_step(const Step& step) { return is_atomic_access(step.action); }

/// Of a step, whether x86 lets no store before it wait until after the loads behind it.
bool is_strong(const Step& step, bool updates) {
  if (step.ends()) return true;
  if (is_fence(step.action)) return step.order == __ATOMIC_SEQ_CST;
  if (is_atomic_step(step)) return updates || step.order == __ATOMIC_SEQ_CST;
  return !is_plain_access(step.action) && !is_frame_end(step.action);
}

}  // namespace

int ExecutionGraph::Place::position(int event) const {
  for (std::size_t i = writes.size(); i-- > 0;) {
    if (writes[i].event == event) return static_cast<int>(i);
  }
  return 0;
}

void ExecutionGraph::restart() {
  cut(0);
  for (Knowledge& agent : now_) agent.clear();
  last_.fill(-1);
  released_.clear();
}

const ExecutionGraph::Place* ExecutionGraph::find(const Access& access) const {
  const auto found = by_address_.find(access.address);
  if (found == by_address_.end()) return nullptr;
  const Place& place = places_[static_cast<std::size_t>(found->second)];
  return place.alive && place.bytes == access.bytes ? &place : nullptr;
}

template <class Visit>
void ExecutionGraph::for_each_overlapping(const Access& access, Visit visit) const {
  const std::uint64_t from = access.address < most_bytes ? 0 : access.address - (most_bytes - 1);
  for (auto it = by_address_.lower_bound(from);
       it != by_address_.end() && it->first < access.address + access.bytes; ++it) {
    const Place& place = places_[static_cast<std::size_t>(it->second)];
    if (place.alive && access.address < place.address + place.bytes) visit(it->second);
  }
}

bool ExecutionGraph::is_place(const Access& access) const {
  if (access.bytes > most_bytes || access.bytes == 0 || access.address >= nowhere) return false;
  bool exact = true;
  for_each_overlapping(access, [&](int i) {
    const Place& place = places_[static_cast<std::size_t>(i)];
    exact &= place.address == access.address && place.bytes == access.bytes;
  });
  return exact;
}

void ExecutionGraph::look_at(const Access& access) {
  std::memcpy(first_.data(), reinterpret_cast<const void*>(access.address), access.bytes);
}

int ExecutionGraph::place_of(const Access& access, Event& event) {
  auto [it, is_new] = by_address_.try_emplace(access.address, static_cast<int>(places_.size()));
  if (is_new) places_.emplace_back();
  Place& place = places_[static_cast<std::size_t>(it->second)];
  if (place.alive) return it->second;
  event.made_place = true;
  place.alive = true;
  place.address = access.address;
  place.bytes = access.bytes;
  place.readers.clear();
  place.writes.resize(1);
  place.writes[0].event = Step::first_value;
  place.writes[0].given.clear();
  place.writes[0].value = first_;
  return it->second;
}

std::span<const std::byte> ExecutionGraph::value_of(const Access& access, const Way& way) const {
  const Place* const place = find(access);
  if (place == nullptr) return {reinterpret_cast<const std::byte*>(access.address), access.bytes};
  return {place->writes[static_cast<std::size_t>(way.read_at)].value.data(), place->bytes};
}

int ExecutionGraph::writer(const Access& access, int position) const {
  const Place* const place = find(access);
  return place == nullptr ? Step::first_value
                          : place->writes[static_cast<std::size_t>(position)].event;
}

int ExecutionGraph::newest(const Access& access) const {
  const Place* const place = find(access);
  return place == nullptr ? Step::first_value : place->writes.back().event;
}

int ExecutionGraph::last_added(const Access& access) const {
  const Place* const place = find(access);
  if (place == nullptr) return Step::first_value;
  return std::ranges::max(place->writes, {}, &Message::event).event;
}

std::span<const std::byte> ExecutionGraph::newest_value(const Access& access) const {
  const Place* const place = find(access);
  return {place->writes.back().value.data(), place->bytes};
}

bool ExecutionGraph::has_seen_newest(int agent, const Access& access) const {
  const Place* const place = find(access);
  if (place == nullptr) return true;
  const int last = place->writes.back().event;
  if (last >= 0 && at(last).agent == agent) return true;
  return std::ranges::any_of(place->readers, [&](const Reader& reader) {
    return reader.writer == last && at(reader.event).agent == agent;
  });
}

// Under RC11 what happens before the agent's next event; else what it did itself: from others it
// follows by the order of all.
bool ExecutionGraph::knows_event(const Knowledge& agent, int of_agent, int event) const {
  return model_ == MemoryModel::rc11 ? comes_before(event, agent) : at(event).agent == of_agent;
}

bool ExecutionGraph::comes_before(int event, const Knowledge& agent) const {
  const Event& it = at(event);
  return it.nth <= agent.clock[static_cast<std::size_t>(it.agent)];
}

// The first write in modification order that the agent may still read: it knows of none behind it.
int ExecutionGraph::floor(const Place& place, const Step& step) const {
  Knowledge known;
  known.clock = now_[step.agent].clock;
  if (step.accesses[0].looks) {
    // Calls on one queue come one after the other, each with what its agent knew of the word.
    for (const Released& queue : released_) {
      if (queue.address == step.accesses[1].address) known.clock.join(queue.clock);
    }
  }
  int first = static_cast<int>(place.writes.size()) - 1;
  while (first > 0 &&
         !knows_event(known, step.agent, place.writes[static_cast<std::size_t>(first)].event))
    --first;
  for (const Reader& reader : place.readers) {
    if (knows_event(known, step.agent, reader.event))
      first = std::max(first, place.position(reader.writer));
  }
  return first;
}

// A read-modify-write's write comes right behind the one that it read.
bool ExecutionGraph::is_updated(const Place& place, int position) const {
  const auto next = static_cast<std::size_t>(position) + 1;
  if (next >= place.writes.size()) return false;
  const Event& behind = at(place.writes[next].event);
  return behind.reads && behind.place >= 0 &&
         behind.reads_from == place.writes[static_cast<std::size_t>(position)].event;
}

void ExecutionGraph::ways(const Request& request, std::vector<Way>& all) {
  all.clear();
  const Access& access = request.step.accesses[0];
  const Place* const place = find(access);
  // Reads, where it does, what stands at a position, and writes behind that unless it finds another
  // value than it expects.
  const auto way_at = [&](int position, const void* value) {
    const bool succeeds =
        request.expected == nullptr || std::memcmp(request.expected, value, access.bytes) == 0;
    return Way{.read_at = access.reads ? position : Way::none,
               .write_at = access.writes && succeeds ? position + 1 : Way::none};
  };
  if (place == nullptr) {
    all.push_back(way_at(0, reinterpret_cast<const void*>(access.address)));
    return;
  }
  const int newest = static_cast<int>(place->writes.size()) - 1;
  const int least = floor(*place, request.step);
  for (int p = newest; p >= least; --p) {
    const Way way = way_at(p, place->writes[static_cast<std::size_t>(p)].value.data());
    if (way.write_at != Way::none && is_updated(*place, p)) continue;
    if (p == newest || try_way(request, way)) all.push_back(way);
  }
}

ExecutionGraph::Event& ExecutionGraph::begin_event(const Step& step, int agent) {
  if (events_.size() == static_cast<std::size_t>(size_)) events_.emplace_back();
  Event& event = at(size_++);
  const auto index = static_cast<std::size_t>(agent);
  event.step = step;
  event.agent = agent;
  event.previous = last_[index];
  event.next = -1;
  event.place = -1;
  event.reads = event.writes = event.made_place = event.seq_cst = event.strong = false;
  event.reads_from = Step::first_value;
  event.before = now_[index];
  event.later.clear();
  event.across.clear();
  event.created.clear();
  event.released.clear();
  event.nth = now_[index].clock.tick(index);
  return event;
}

// Puts it behind its agent's last, and behind what a call's object makes it come after.
void ExecutionGraph::link(Event& event) {
  const int itself = size_ - 1;
  event.clock = now_[static_cast<std::size_t>(event.agent)].clock;
  if (event.previous >= 0) {
    Event& previous = at(event.previous);
    if (previous.agent == event.agent) {
      previous.next = itself;
    } else {
      previous.later.push_back(itself);
    }
  }
  last_[static_cast<std::size_t>(event.agent)] = itself;
  if (event.seq_cst) seq_cst_.push_back(itself);
}

// @pre event is the last
void ExecutionGraph::perform(Event& event, const Way& way) {
  const Access& access = event.step.accesses[0];
  event.place = place_of(access, event);
  event.reads = way.read_at != Way::none;
  event.writes = way.write_at != Way::none;
  Place& place = places_[static_cast<std::size_t>(event.place)];
  Knowledge& agent = now_[static_cast<std::size_t>(event.agent)];
  const int itself = size_ - 1;
  VectorClock read, given;
  if (event.reads) {
    const Message& from = place.writes[static_cast<std::size_t>(way.read_at)];
    event.reads_from = from.event;
    read = from.given;
    place.readers.push_back({itself, from.event});
  }
  if (is_atomic_step(event.step)) {
    order_access(agent, event.step.order, event.reads ? &read : nullptr,
                 event.writes ? &given : nullptr);
    event.seq_cst = event.step.order == __ATOMIC_SEQ_CST;
  }
  event.strong = is_strong(event.step, event.reads && event.writes);
  if (!event.writes) return;
  Message& made = *place.writes.emplace(place.writes.begin() + way.write_at);
  made.event = itself;
  made.given = given;
  std::memcpy(made.value.data(), reinterpret_cast<const void*>(place.address), place.bytes);
}

// What is done at once, on what is newest in each place.
void ExecutionGraph::perform_across(Event& event) {
  const Step& step = event.step;
  Knowledge& agent = now_[static_cast<std::size_t>(event.agent)];
  const int itself = size_ - 1;
  for (int i = 0; i < step.count; ++i) {
    const Access& access = step.accesses[static_cast<std::size_t>(i)];
    if (is_frame(step, access) || access.address >= nowhere) continue;
    for_each_overlapping(access, [&](int index) {
      Place& place = places_[static_cast<std::size_t>(index)];
      if (is_atomic_step(step)) {
        throw NotModelled(
            "an atomic access lies across others of a different size, which no memory model but "
            "sequential consistency is made for here: --memory sc");
      }
      for (const Message& message : place.writes) {
        if (message.event >= 0 && !comes_before(message.event, agent))
          simplified_ |= is_plain_access(step.action);
      }
      event.across.emplace_back(index, access.writes);
      if (!access.writes) {
        place.readers.push_back({itself, place.writes.back().event});
        return;
      }
      Message& made = place.writes.emplace_back();
      made.event = itself;
      std::memcpy(made.value.data(), reinterpret_cast<const void*>(place.address), place.bytes);
    });
  }
  order_calls(event, 0);
  if (is_fence(step.action)) {
    order_fence(agent, step.order);
    event.seq_cst = step.order == __ATOMIC_SEQ_CST;
  }
  event.strong = is_strong(step, false);
}

// What its accesses to objects order, from one of them on.
void ExecutionGraph::order_calls(Event& event, std::size_t from) {
  const Step& step = event.step;
  const Ordering& ordering = *call_of(step.action).ordering;
  Knowledge& agent = now_[static_cast<std::size_t>(event.agent)];
  for (std::size_t i = from; i < step.count; ++i) {
    const Access& access = step.accesses[i];
    if (is_frame(step, access) || !is_of_object(step, access)) continue;
    if (i >= ordering.unordered) {
      order_call(agent, step, access,
                 [&](std::uint64_t address) -> VectorClock& { return released(address, event); });
    } else if (ordering.releases && access.address >= nowhere) {
      released(access.address, event).join(agent.clock);  // for who looks at the word (floor)
    }
  }
}

VectorClock& ExecutionGraph::released(std::uint64_t address, Event& event) {
  std::size_t i = 0;
  while (i < released_.size() && released_[i].address != address) ++i;
  if (i == released_.size()) released_.push_back({address, {}});
  event.released.emplace_back(i, released_[i].clock);
  return released_[i].clock;
}

void ExecutionGraph::add(Step& step, const Way& way) {
  Event& event = begin_event(step, step.agent);
  const bool is_modelled = step.count > 0 && step.accesses[0].modelled;
  if (is_modelled) {
    perform(event, way);
    order_calls(event, 1);
  } else {
    perform_across(event);
  }
  if (model_ != MemoryModel::rc11) {
    const int itself = size_ - 1;
    for (int i = 0; i < itself; ++i) {
      Event& earlier = at(i);
      if (step.by_timeout || (earlier.agent != event.agent && depend(earlier.step, step)))
        earlier.later.push_back(itself);
    }
  }
  link(event);
  step.reads_from = event.reads ? event.reads_from : Step::first_value;
  step.behind = Step::first_value;
  if (event.writes) {
    const Place& place = places_[static_cast<std::size_t>(event.place)];
    step.behind = place.writes[static_cast<std::size_t>(way.write_at) - 1].event;
  }
}

void ExecutionGraph::note_created(AgentSet created) {
  Event& event = at(size_ - 1);
  for (AgentSet left = created; left != 0; left &= left - 1) {
    const int agent = std::countr_zero(left);
    const auto index = static_cast<std::size_t>(agent);
    event.created.push_back({agent, last_[index], now_[index]});
    now_[index].clock.join(event.clock);
    last_[index] = size_ - 1;
    event.strong = true;
  }
}

void ExecutionGraph::cut(int size) {
  while (size_ > size) {
    Event& event = at(--size_);
    const auto index = static_cast<std::size_t>(event.agent);
    for (auto it = event.created.rbegin(); it != event.created.rend(); ++it) {
      const auto created = static_cast<std::size_t>(it->agent);
      now_[created] = it->before;
      last_[created] = it->last;
    }
    for (auto it = event.released.rbegin(); it != event.released.rend(); ++it)
      released_[it->first].clock = it->second;
    for (auto it = event.across.rbegin(); it != event.across.rend(); ++it) {
      Place& place = places_[static_cast<std::size_t>(it->first)];
      it->second ? place.writes.pop_back() : place.readers.pop_back();
    }
    if (event.place >= 0) {
      Place& place = places_[static_cast<std::size_t>(event.place)];
      if (event.writes) place.writes.erase(place.writes.begin() + place.position(size_));
      if (event.reads) place.readers.pop_back();
      if (event.made_place) place.alive = false;
    }
    now_[index] = event.before;
    last_[index] = event.previous;
    if (event.previous >= 0 && at(event.previous).next == size_) at(event.previous).next = -1;
    if (event.previous >= 0 && !at(event.previous).later.empty() &&
        at(event.previous).later.back() == size_)
      at(event.previous).later.pop_back();
    if (model_ != MemoryModel::rc11) {
      for (int i = 0; i < size_; ++i) {
        auto& later = at(i).later;
        while (!later.empty() && later.back() == size_) later.pop_back();
      }
    }
    if (!seq_cst_.empty() && seq_cst_.back() == size_) seq_cst_.pop_back();
  }
}

// Performed and taken back: what it would write does not matter.
bool ExecutionGraph::try_way(const Request& request, const Way& way) {
  Step step = request.step;
  Access& access = step.accesses[0];
  access.reads = way.read_at != Way::none;
  access.writes = way.write_at != Way::none;
  access.modelled = true;
  if (request.expected != nullptr && !access.writes) step.order = request.failure_order;
  add(step, way);
  const bool consistent = is_consistent();
  cut(size_ - 1);
  return consistent;
}

}  // namespace minusone
