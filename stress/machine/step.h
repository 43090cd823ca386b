#pragma once

#include <array>
#include <cstdint>

#include "stress/instrument/announcement.h"
#include "stress/machine/fault_plan.h"
#include "stress/machine/max_agents.h"

namespace minusone {

/// From here up addresses name what lies in no memory: an agent's end; of the futex or the like at
/// an address its queue, and beside it what a wake-up leaves to each agent; the kernel's tables of
/// objects, and its objects.
inline constexpr std::uint64_t nowhere = std::uint64_t{1} << 63;
inline constexpr std::uint64_t of_queue = nowhere | std::uint64_t{1} << 60;
inline constexpr std::uint64_t of_wake_up = nowhere | std::uint64_t{1} << 61;
inline constexpr std::uint64_t of_kernel_table = nowhere | std::uint64_t{3} << 60;
inline constexpr std::uint64_t of_kernel_object = nowhere | std::uint64_t{1} << 62;

constexpr std::uint64_t end_of_agent(std::uint64_t agent) { return nowhere | agent << 8; }
/// @pre is_end_of_agent(address)
constexpr int agent_of_end(std::uint64_t address) {
  return static_cast<int>((address & ~nowhere) >> 8);
}
constexpr bool is_end_of_agent(std::uint64_t address) {
  return address >= nowhere && address < of_queue;
}
constexpr std::uint64_t queue_of(std::uint64_t address) { return of_queue | address << 6; }
constexpr std::uint64_t wake_up_of(std::uint64_t address, int agent) {
  static_assert(max_agents <= 64, "a wake-up has six bits for its agent");
  return of_wake_up | address << 6 | static_cast<std::uint64_t>(agent);
}
/// Which objects of a family there are. A family's letter is its own.
constexpr std::uint64_t kernel_table(char family) {
  return of_kernel_table | static_cast<std::uint64_t>(family) << 48;
}
constexpr std::uint64_t kernel_object(char family, std::uint64_t id) {
  return of_kernel_object | static_cast<std::uint64_t>(family) << 48 | id << 8;
}
/// Of a process that forks: for each of its children whether that has ended, and whether itself
/// has.
constexpr std::uint64_t children_of(int agent) {
  return kernel_object('c', static_cast<std::uint64_t>(agent));
}
constexpr std::uint64_t end_of_child(int parent, int agent) {
  return children_of(parent) + static_cast<std::uint64_t>(agent);
}
constexpr std::uint64_t end_of_parent(int agent) {
  static_assert(max_agents < 256, "a process's children and itself are bytes of one object");
  return children_of(agent) + max_agents;
}
constexpr bool is_of_children(std::uint64_t address) {
  return address >> 48 == children_of(0) >> 48;
}
constexpr bool is_kernel_object(std::uint64_t address) { return address >= of_kernel_object; }
/// The address of the futex or the like that a queue or a wake-up belongs to; of memory, itself; 0
/// where there is none.
constexpr std::uint64_t object_at(std::uint64_t address) {
  if (address < nowhere) return address;
  if (address >= of_kernel_table || address < of_queue) return 0;
  return (address & ~of_wake_up & ~of_queue) >> 6;
}

/// A piece of memory, or of a synchronisation object's state, that a step reads or writes.
struct Access {
  std::uint64_t address = 0;
  std::uint32_t bytes = 0;
  bool reads = false;
  bool writes = false;
  bool forgone = false;  ///< not touched after all; in another state it would have been
  /// A call looks at the word there, as a relaxed load does.
  bool looks = false;
  /// A memory model says what it reads and where its write comes (Step::reads_from): two of these
  /// are in no order but the one that it gives them.
  bool modelled = false;

  bool conflicts_with(const Access& other) const {
    return (writes || other.writes) && address < other.address + other.bytes &&
           other.address < address + bytes;
  }
};

/// Ends the process: a step touches more than there is room for, which is a mistake of ours.
[[noreturn]] void too_many_accesses(Action action);

/// One step of one agent, as announced and (values, whether it wrote) as performed.
struct Step {
  /// Of what it does. One more is kept for the end of its agent, which may come with any step.
  static constexpr std::size_t most_accesses = 4;

  std::uint8_t agent = 0;
  Action action = Action::none;
  std::uint8_t order = 0;             ///< memory order of an atomic access or fence, __ATOMIC_*
  std::uint8_t count = 0;             ///< of accesses
  FaultKind fault = FaultKind::none;  ///< that befalls its agent with it
  bool by_timeout =
      false;  ///< taken because nobody else could go on, so it comes after all before it
  AgentSet created =
      0;  ///< threads that its agent created after it: what came before happens before
  std::array<Access, most_accesses + 1> accesses{};
  static constexpr int first_value = -1;  ///< what was there before all steps
  int reads_from = first_value;  ///< under a memory model: the step, from 0, whose write it reads
  /// The write behind which its own comes in modification order.
  int behind = first_value;
  /// Which of the ways that the model allows it took (Machine::ways()): 0, the newest.
  std::uint16_t way = 0;
  const void* pc = nullptr;  ///< return address of the hook's call, in the agent's module
  std::uint64_t before = 0;  ///< first 8 bytes at the first access, before
  std::uint64_t after = 0;   ///< and after the step; of a call: what it returned

  void add(std::uint64_t address, std::uint64_t bytes, bool reads, bool writes) {
    if (count >= most_accesses && count >= most_accesses + ends()) too_many_accesses(action);
    accesses[count++] = {address, static_cast<std::uint32_t>(bytes), reads, writes};
  }
  /// A call reads the value of a word: the next access is to what orders such calls.
  void add_look(std::uint64_t address, std::uint64_t bytes) {
    add(address, bytes, true, false);
    accesses[count - 1].looks = true;
  }
  /// Its agent ends with it, which a join waits for.
  void add_end(int of) {
    if (count > most_accesses) too_many_accesses(action);
    accesses[count++] = {end_of_agent(static_cast<std::uint64_t>(of)), 1, false, true};
  }
  bool ends() const {
    for (std::size_t i = 0; i < count; ++i) {
      if (accesses[i].writes && is_end_of_agent(accesses[i].address)) return true;
    }
    return false;
  }
  /// Under a memory model, of which the first access is.
  bool is_modelled_read() const { return count > 0 && accesses[0].modelled && accesses[0].reads; }
  bool is_modelled_write() const { return count > 0 && accesses[0].modelled && accesses[0].writes; }
  bool forgoes() const {
    for (int i = 0; i < count; ++i) {
      if (accesses[static_cast<std::size_t>(i)].forgone) return true;
    }
    return false;
  }
  bool writes() const {
    for (int i = 0; i < count; ++i) {
      if (accesses[static_cast<std::size_t>(i)].writes) return true;
    }
    return false;
  }
};

/// Whether some access of the one and some of the other are in conflict, of those that count and
/// are not ordered by a memory model.
template <typename Counts>
bool conflict(const Step& a, const Step& b, Counts counts) {
  for (int i = 0; i < a.count; ++i) {
    const Access& mine = a.accesses[static_cast<std::size_t>(i)];
    for (int j = 0; counts(mine) && j < b.count; ++j) {
      const Access& its = b.accesses[static_cast<std::size_t>(j)];
      if (counts(its) && !(mine.modelled && its.modelled) && mine.conflicts_with(its)) return true;
    }
  }
  return false;
}

/// Two steps depend when they touch the same memory and at least one of them writes, or one came
/// because the other could not. If not, either order comes to the same.
inline bool depend(const Step& a, const Step& b) {
  return a.by_timeout || b.by_timeout ||
         conflict(a, b, [](const Access& access) { return !access.forgone; });
}

/// Two steps may depend when they do, or would if they had not forgone something.
inline bool may_depend(const Step& a, const Step& b) {
  return a.by_timeout || b.by_timeout || conflict(a, b, [](const Access&) { return true; });
}

}  // namespace minusone
