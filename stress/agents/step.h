#pragma once

#include <array>
#include <cstdint>

#include "stress/instrument/announcement.h"

namespace minusone {

/// From here up addresses name what lies in no memory: an agent's end, a queue of waiters.
inline constexpr std::uint64_t nowhere = std::uint64_t{1} << 63;

/// A piece of memory, or of a synchronisation object's state, that a step reads or writes.
struct Access {
  std::uint64_t address = 0;
  std::uint32_t bytes = 0;
  bool reads = false;
  bool writes = false;

  bool conflicts_with(const Access& other) const {
    return (writes || other.writes) && address < other.address + other.bytes &&
           other.address < address + bytes;
  }
};

/// One step of one agent, as announced and (values, whether it wrote) as performed.
struct Step {
  std::uint8_t agent = 0;
  Action action = Action::none;
  std::uint8_t order = 0;          ///< memory order of an atomic access or fence, __ATOMIC_*
  std::uint8_t count = 0;          ///< of accesses
  std::uint8_t first_created = 0;  ///< threads that its agent created after it ...
  std::uint8_t created = 0;        ///< ... how many: what came before happens before them
  std::array<Access, 4> accesses{};
  const void* pc = nullptr;  ///< return address of the hook's call, in the agent's module
  std::uint64_t before = 0;  ///< first 8 bytes at the first access, before
  std::uint64_t after = 0;   ///< and after the step

  void add(std::uint64_t address, std::uint64_t bytes, bool reads, bool writes) {
    accesses[count++] = {address, static_cast<std::uint32_t>(bytes), reads, writes};
  }
  bool writes() const {
    for (int i = 0; i < count; ++i) {
      if (accesses[static_cast<std::size_t>(i)].writes) return true;
    }
    return false;
  }
};

/// Two steps depend when they touch the same memory and at least one of them writes.
inline bool depend(const Step& a, const Step& b) {
  for (int i = 0; i < a.count; ++i) {
    for (int j = 0; j < b.count; ++j) {
      if (a.accesses[static_cast<std::size_t>(i)].conflicts_with(
              b.accesses[static_cast<std::size_t>(j)])) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace minusone
