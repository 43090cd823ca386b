// A race is put down once for each pair of places; who started the programs tells it.
#include "stress/watch/runtime.h"

namespace minusone::watch {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;

std::uint64_t hash_of(Epoch epoch, Site site) {
  std::uint64_t hash = site * 4 + epoch.is_write() * 2U + epoch.is_atomic();
  hash ^= hash >> 33;
  hash *= 0xff51afd7ed558ccdU;
  hash ^= hash >> 33;
  return hash * 0xc4ceb9fe1a85ec53U;
}

ReportSide side(const Arena& arena, Epoch epoch, Site site) {
  const Slot& slot = arena.slots[epoch.slot()];
  if (epoch.clock() < slot.born.load(relaxed))  // its forerunner's; what that did last is lost
    return {epoch, site, slot.former.load(relaxed), 0, 0};
  return {epoch, site, slot.process.load(relaxed), slot.tid.load(relaxed),
          slot.doing.load(relaxed)};
}

}  // namespace

void report(const Self& self, const Place& place, Epoch now, Site site, Epoch old,
            Site its) noexcept {
  Arena& arena = self.arena();
  arena.races.fetch_add(1, relaxed);
  const std::uint64_t key = (hash_of(now, site) + hash_of(old, its)) | 1;  // the same either way
  auto at = static_cast<unsigned>(key >> 40) % (4 * Arena::most_reports);
  for (unsigned look = 0; look < 64; ++look, at = (at + 1) % (4 * Arena::most_reports)) {
    Reported& reported = arena.reported[at];
    std::uint64_t found = reported.key.load();
    if (found == 0 && reported.key.compare_exchange_strong(found, key)) {
      const unsigned number = arena.reports_used.fetch_add(1);
      if (number >= Arena::most_reports) return;
      Report& whole = arena.reports[number];
      const Extent& extent = arena.extents[place.extent];
      whole.identity = extent.identity;
      for (unsigned i = 0; i < sizeof whole.name; ++i) whole.name[i] = extent.name[i];
      const auto both = static_cast<unsigned>(now.bytes() & old.bytes());
      whole.offset = place.offset / Granule::bytes * Granule::bytes +
                     static_cast<unsigned>(__builtin_ctz(both));
      whole.mine = side(arena, now, site);
      whole.other = side(arena, old, its);
      whole.times.fetch_add(1, relaxed);
      whole.is_whole.store(1);
      reported.report.store(number + 1);
      return;
    }
    if (found == key) {
      if (const auto number = reported.report.load(relaxed))
        arena.reports[number - 1].times.fetch_add(1, relaxed);
      return;
    }
  }
}

}  // namespace minusone::watch
