#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

/// What the shadow remembers of eight bytes that programs share: who accessed them last.
///
/// FastTrack (Flanagan and Freund, PLDI 2009, section 3) keeps an epoch of the last write and one
/// of the last read, or a clock of all reads. Differs from the paper: writes and reads alike are
/// entries of one small table, each for the bytes it touched, so that two ints in eight bytes are
/// told apart and reads need no clock of their own; and an entry is put before conflicts are looked
/// for. Of two processes that access at the same time at least one then meets the other, with no
/// lock that a killed process could keep.
namespace minusone::watch {

/// Of a thread: how many releases it has made, from 1.
using Clock = std::uint64_t;

/// Threads that are known at a time, of all processes.
inline constexpr unsigned max_slots = 128;

/// One access, in a word that an instruction compares and swaps. 0: none.
///
/// Bits from the top: valid 1, slot 7, clock 46, atomic 1, write 1, bytes 8 (bit i: byte i).
class Epoch {
 public:
  constexpr Epoch() = default;
  constexpr explicit Epoch(std::uint64_t word) : word_(word) {}
  constexpr Epoch(unsigned slot, Clock clock, bool is_write, bool is_atomic, std::uint8_t bytes)
      : word_(std::uint64_t{1} << 63 | std::uint64_t{slot} << 56 | clock << 10 |
              std::uint64_t{is_atomic} << 9 | std::uint64_t{is_write} << 8 | bytes) {}

  constexpr std::uint64_t word() const { return word_; }
  constexpr bool is_empty() const { return word_ == 0; }
  constexpr unsigned slot() const { return word_ >> 56 & 0x7f; }
  constexpr Clock clock() const { return word_ >> 10 & ((Clock{1} << 46) - 1); }
  constexpr bool is_atomic() const { return (word_ >> 9 & 1) != 0; }
  constexpr bool is_write() const { return (word_ >> 8 & 1) != 0; }
  constexpr std::uint8_t bytes() const { return word_ & 0xff; }

  constexpr bool is_of_same_time(Epoch other) const { return word_ >> 10 == other.word_ >> 10; }

 private:
  std::uint64_t word_ = 0;
};

/// Two accesses that are a data race unless something orders them.
constexpr bool conflict(Epoch a, Epoch b) {
  return (a.bytes() & b.bytes()) != 0 && (a.is_write() || b.is_write()) &&
         !(a.is_atomic() && b.is_atomic());
}

/// Whether whatever conflicts with `old` conflicts with `now` too, of the same bytes.
constexpr bool covers(Epoch now, Epoch old) {
  if ((old.bytes() & ~now.bytes()) != 0) return false;
  if (old.is_write() && !now.is_write()) return false;
  return !now.is_atomic() || old.is_atomic();
}

/// Where an access stands: which module of the session, and where in its file. 0: not known.
/// Bits from the top: unused 16, module + 1 8, offset 40.
using Site = std::uint64_t;

constexpr Site site_in(unsigned module, std::uint64_t offset) {
  return std::uint64_t{module + 1} << 40 | (offset & ((std::uint64_t{1} << 40) - 1));
}
constexpr unsigned module_of(Site site) { return static_cast<unsigned>(site >> 40 & 0xff) - 1; }
constexpr std::uint64_t offset_of(Site site) { return site & ((std::uint64_t{1} << 40) - 1); }

struct alignas(16) Entry {
  std::atomic<std::uint64_t> epoch;
  std::atomic<std::uint64_t> site;

  Epoch load() const { return Epoch(epoch.load(std::memory_order_acquire)); }

  /// Both words or none. Implies a fence.
  bool replace(std::uint64_t old_epoch, std::uint64_t old_site, std::uint64_t new_epoch,
               std::uint64_t new_site) {
    bool done;
    asm volatile("lock cmpxchg16b %1"
                 : "=@ccz"(done), "+m"(*this), "+a"(old_epoch), "+d"(old_site)
                 : "b"(new_epoch), "c"(new_site)
                 : "memory");
    return done;
  }
};

/// What stood here is forgotten: no bytes.
inline constexpr Epoch gone{std::uint64_t{1} << 62};

/// The entries of eight aligned bytes. From the first that is empty on all are.
struct Granule {
  static constexpr unsigned entries = 8;
  static constexpr std::size_t bytes = 8;

  Entry entry[entries];
};

/// Where an access is put, and as what.
struct Placing {
  unsigned at = Granule::entries;
  std::uint64_t old_epoch = 0;
  std::uint64_t old_site = 0;
  Epoch as;
  bool is_known = false;  ///< one of the same epoch has met whatever this one would
  bool forgets = false;   ///< there is no room: what stood there is lost
};

/// Of the same epoch, kind and site: bytes join, for text is often accessed a byte at a time.
template <class IsOrdered>
Placing placing(const Granule& granule, Epoch now, Site site, const IsOrdered& is_ordered) {
  Placing found;
  found.as = now;
  for (unsigned i = 0; i < Granule::entries; ++i) {
    const Entry& entry = granule.entry[i];
    const Epoch old = entry.load();
    const std::uint64_t its = entry.site.load(std::memory_order_relaxed);
    const auto take = [&](Epoch as) {
      found.at = i;
      found.old_epoch = old.word();
      found.old_site = its;
      found.as = as;
    };
    if (old.is_empty()) {
      if (found.at == Granule::entries) take(now);
      return found;
    }
    if (old.is_of_same_time(now)) {
      if (covers(old, now)) {
        found.is_known = true;
        return found;
      }
      if (its == site && old.is_write() == now.is_write() && old.is_atomic() == now.is_atomic()) {
        take(Epoch(old.word() | now.bytes()));
        return found;
      }
    }
    if (found.at == Granule::entries && (old.bytes() == 0 || (covers(now, old) && is_ordered(old))))
      take(now);
  }
  if (found.at != Granule::entries) return found;
  const unsigned i = static_cast<unsigned>(now.clock() + now.slot()) % Granule::entries;
  found = {i, granule.entry[i].epoch.load(), granule.entry[i].site.load(), now, false, true};
  return found;
}

/// Takes down an access, and meets those that race with it.
/// @param is_ordered  (Epoch): whether that access happens before this one
/// @param met         (Epoch, Site): called for each that races
/// @return  false: there was no room, and another access was forgotten
template <class IsOrdered, class Met>
bool access(Granule& granule, Epoch now, Site site, const IsOrdered& is_ordered, const Met& met) {
  Placing put;
  do {
    put = placing(granule, now, site, is_ordered);
    if (put.is_known) return true;
  } while (!granule.entry[put.at].replace(put.old_epoch, put.old_site, put.as.word(), site));
  const Epoch forgotten{put.old_epoch};
  if (put.forgets && conflict(forgotten, now) && !is_ordered(forgotten))
    met(forgotten, put.old_site);
  for (unsigned i = 0; i < Granule::entries; ++i) {
    if (i == put.at) continue;
    Entry& entry = granule.entry[i];
    const Epoch old = entry.load();
    if (old.is_empty()) break;
    // What is ordered is mostly left to be overwritten.
    const bool conflicts = conflict(old, now);
    if (!conflicts && (i < Granule::entries / 2 || old.bytes() == 0)) continue;
    const bool ordered = is_ordered(old);
    if (ordered && i < Granule::entries / 2) continue;
    const std::uint64_t its = entry.site.load(std::memory_order_acquire);
    // A pair that changes meanwhile is another's newer access, and that one meets this.
    if (entry.load().word() != old.word()) continue;
    if (!ordered && conflicts) met(old, its);
    // One that was met goes, where this one stands for it: else its epoch would hide what the other
    // does next from whoever looks for all pairs of places.
    if ((ordered || conflicts) && covers(put.as, old))
      entry.replace(old.word(), its, gone.word(), 0);
  }
  return !put.forgets;
}

}  // namespace minusone::watch
