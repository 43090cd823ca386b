#include "stress/order/race_monitor.h"

#include <algorithm>
#include <bit>

#include "stress/order/orders.h"
#include "stress/sync/family.h"

namespace minusone {
namespace {

bool carries(const std::vector<std::uint64_t>& objects, std::uint64_t object) {
  return std::ranges::binary_search(objects, object);
}

void carry(std::vector<std::uint64_t>& objects, std::uint64_t object) {
  const auto at = std::ranges::lower_bound(objects, object);
  if (at == objects.end() || *at != object) objects.insert(at, object);
}

void drop(std::vector<std::uint64_t>& objects, std::uint64_t object) {
  const auto at = std::ranges::lower_bound(objects, object);
  if (at != objects.end() && *at == object) objects.erase(at);
}

/// Whether the access is one to memory, and no call's to an object.
bool is_access_to_memory(const Step& step, const Access& access) {
  return access.address < nowhere &&
         (is_atomic_access(step.action) || is_plain_access(step.action));
}

}  // namespace

void AccessMap::note(const Step& step) {
  const bool atomic = is_atomic_access(step.action);
  for (std::size_t i = 0; i < step.count; ++i) {
    const Access& access = step.accesses[i];
    if (is_frame(step, access) || !is_access_to_memory(step, access)) continue;
    Users& users = users_[{access.address, access.bytes}];
    if (access.reads) (atomic ? users.atomic_reads : users.reads) |= only(step.agent);
    if (access.writes) (atomic ? users.atomic_writes : users.writes) |= only(step.agent);
  }
}

bool AccessMap::may_race(int agent, const Access& access, bool atomic) const {
  for (const auto& [place, its] : users_) {
    const Access there{.address = place.first, .bytes = place.second, .writes = true};
    if (!there.conflicts_with(access)) continue;
    AgentSet others = access.writes ? its.reads | its.writes : its.writes;
    if (!atomic) others |= access.writes ? its.atomic_reads | its.atomic_writes : its.atomic_writes;
    if ((others & ~only(agent)) != 0) return true;
  }
  return false;
}

bool AccessMap::has_conflicts() const {
  for (const auto& [place, its] : users_) {
    for (AgentSet left = its.reads | its.writes; left != 0; left &= left - 1) {
      const int agent = std::countr_zero(left);
      const Access access{.address = place.first,
                          .bytes = place.second,
                          .reads = true,
                          .writes = (its.writes & only(agent)) != 0};
      if (may_race(agent, access, false)) return true;
    }
  }
  return false;
}

Fingerprint RaceMonitor::fingerprint_of(const Step& step, int agents) {
  Digest digest;
  digest.add(step.agent);
  digest.add(step.action);
  digest.add(step.order);
  digest.add(step.created);
  digest.add(step.pc);
  digest.add(agents);
  digest.add(step.count);
  for (std::size_t i = 0; i < step.count; ++i) {
    const Access& access = step.accesses[i];
    digest.add(access.address);
    digest.add(access.bytes);
    digest.add(access.reads);
    digest.add(access.writes);
  }
  return digest.value();
}

int RaceMonitor::number_of(Past past) {
  const auto [known, is_new] =
      numbers_.try_emplace(std::move(past), static_cast<int>(pasts_.size()));
  if (is_new) {
    pasts_.push_back(&known->first);
    bytes_ += sizeof(Past) + 6 * sizeof(void*) + known->first.size() * sizeof(Mark);
  }
  return known->second;
}

// As RaceDetector::races() has it.
void RaceMonitor::take(Past& past, const Step& step, int agents) {
  enter(past, step);
  if (is_atomic_access(step.action)) atomic_access(past, step);
  if (is_fence(step.action)) fence(past, step);
  for (std::size_t i = 0; i < step.count; ++i) {
    const Access& access = step.accesses[i];
    if (is_frame(step, access)) continue;
    if (is_access_to_memory(step, access)) {
      note_races(past, step, access);
    } else if (i >= call_of(step.action).ordering->unordered) {
      synchronise(past, step, access);
    }
  }
  const AgentSet itself = only(step.agent);
  const bool ends = step.ends();
  for (Mark& mark : past) {
    // A thread knows what its creator does. Who has ended takes no step to which it would matter.
    if ((mark.known & itself) != 0) {
      mark.known |= step.created;
    } else {
      mark.known &= ~step.created;
    }
    if (ends) mark.known |= itself;
  }
  std::erase_if(past, [&](const Mark& mark) { return (first_agents(agents) & ~mark.known) == 0; });
  std::ranges::sort(past);
}

// Its agent alone knows of what the step does, and of nothing that it did like this before anybody
// needs to.
void RaceMonitor::enter(Past& past, const Step& step) const {
  for (std::size_t i = 0; i < step.count; ++i) {
    const Access& access = step.accesses[i];
    if (is_frame(step, access) || !is_access_to_memory(step, access) ||
        !accesses_.may_race(step.agent, access, is_atomic_access(step.action)))
      continue;
    Mark mark{.agent = step.agent,
              .pc = step.pc,
              .address = access.address,
              .bytes = access.bytes,
              .writes = access.writes,
              .atomic = is_atomic_access(step.action),
              .known = only(step.agent),
              .carried = {}};
    std::erase_if(past, [&](const Mark& before) {
      return before.agent == mark.agent && before.pc == mark.pc && before.address == mark.address &&
             before.bytes == mark.bytes && before.writes == mark.writes &&
             before.atomic == mark.atomic;
    });
    past.push_back(std::move(mark));
  }
}

void RaceMonitor::atomic_access(Past& past, const Step& step) {
  const Access& access = step.accesses[0];
  const AgentSet itself = only(step.agent);
  for (Mark& mark : past) {
    if (access.reads && carries(mark.carried, access.address))
      (acquires_by(step.order) ? mark.known : mark.seen_relaxed) |= itself;
    if (!access.writes) continue;
    if (!access.reads) drop(mark.carried, access.address);
    if (((releases_by(step.order) ? mark.known : mark.at_fence) & itself) != 0)
      carry(mark.carried, access.address);
  }
}

void RaceMonitor::fence(Past& past, const Step& step) {
  const AgentSet itself = only(step.agent);
  for (Mark& mark : past) {
    if (acquires_by(step.order) && (mark.seen_relaxed & itself) != 0) mark.known |= itself;
    if (releases_by(step.order)) mark.at_fence = (mark.at_fence & ~itself) | (mark.known & itself);
  }
}

void RaceMonitor::synchronise(Past& past, const Step& step, const Access& object) {
  const bool is_end = object.address >= nowhere && !object.reads;
  const Ordering& ordering = *call_of(step.action).ordering;
  if (!is_end && !object.writes && !ordering.by_reading) return;
  const AgentSet itself = only(step.agent);
  const std::uint64_t things = object.address >= nowhere ? object.bytes : 1;
  for (std::uint64_t i = 0; i < things; ++i) {
    for (Mark& mark : past) {
      if (!is_end && ordering.acquires && carries(mark.carried, object.address + i))
        mark.known |= itself;
      if ((is_end || ordering.releases) && (mark.known & itself) != 0)
        carry(mark.carried, object.address + i);
    }
  }
}

void RaceMonitor::note_races(const Past& past, const Step& step, const Access& access) {
  const bool atomic = is_atomic_access(step.action);
  for (const Mark& mark : past) {
    const Access its{.address = mark.address, .bytes = mark.bytes, .writes = mark.writes};
    if (mark.agent == step.agent || (mark.atomic && atomic) ||
        (mark.known & only(step.agent)) != 0 || !its.conflicts_with(access))
      continue;
    races_.push_back(mark.pc);
  }
}

}  // namespace minusone
