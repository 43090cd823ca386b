#pragma once

#include <cstdint>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

#include "stress/machine/fingerprint.h"
#include "stress/machine/step.h"

namespace minusone {

/// Which memory is accessed how and by whom in any execution: most accesses race with none that
/// there is.
class AccessMap {
 public:
  void note(const Step& step);
  /// Whether anybody else accesses the same memory so that the two are in conflict, and one of them
  /// plain.
  bool may_race(int agent, const Access& access, bool atomic) const;
  /// Whether any two may.
  bool has_conflicts() const;

 private:
  struct Users {
    AgentSet reads = 0, writes = 0, atomic_reads = 0, atomic_writes = 0;
  };
  std::map<std::pair<std::uint64_t, std::uint32_t>, Users> users_;  ///< by address and bytes
};

/// What happens-before still needs of an execution while it goes on, and no more, as a number: two
/// executions of one number race with the same later steps. For a search over states, in which it
/// is part of the state.
///
/// It finds what RaceDetector finds, by the same rules, with sets instead of clocks: of each access
/// who knows of it (it happens before what they do next), and which objects carry it to those who
/// acquire them. Of the accesses of one agent at one place in the code to the same memory the last
/// stands for all: who knows of it knows of those before. What all know of is forgotten.
class RaceMonitor {
 public:
  /// @param accesses  of all executions
  explicit RaceMonitor(AccessMap accesses) : accesses_(std::move(accesses)) { number_of({}); }

  /// Of an execution without steps.
  static constexpr int nothing = 0;
  /// The number behind a step. Calls `race(pc)` with the place of each earlier access that the step
  /// races with, where that has not been told before of the same number and the same step.
  /// @param agents  there are so far
  template <class Race>
  int behind(int past, const Step& step, int agents, Race race) {
    const Key key{past, fingerprint_of(step, agents)};
    if (const auto known = behind_.find(key); known != behind_.end()) return known->second;
    auto next = *pasts_[static_cast<std::size_t>(past)];
    races_.clear();
    take(next, step, agents);
    for (const void* pc : races_) race(pc);
    return behind_[key] = number_of(std::move(next));
  }

  /// Of memory that it takes, about.
  std::size_t bytes() const {
    return bytes_ + behind_.size() * (sizeof(Key) + sizeof(int) + 3 * sizeof(void*));
  }

 private:
  /// One access, and where it is known.
  struct Mark {
    int agent = 0;
    const void* pc = nullptr;
    std::uint64_t address = 0;
    std::uint32_t bytes = 0;
    bool writes = false;
    bool atomic = false;
    AgentSet known = 0;
    AgentSet seen_relaxed = 0;           ///< whom an acquire fence lets know
    AgentSet at_fence = 0;               ///< whose relaxed store carries it
    std::vector<std::uint64_t> carried;  ///< by the objects at these addresses, sorted

    auto operator<=>(const Mark&) const = default;
  };
  using Past = std::vector<Mark>;  ///< sorted
  struct Key {
    int past;
    Fingerprint step;
    bool operator==(const Key&) const = default;
  };
  struct HashOfKey {
    std::size_t operator()(const Key& key) const {
      return key.step.low ^ (static_cast<std::uint64_t>(key.past) * 0x9e3779b97f4a7c15u);
    }
  };

  static Fingerprint fingerprint_of(const Step& step, int agents);
  void take(Past& past, const Step& step, int agents);
  void enter(Past& past, const Step& step) const;
  static void atomic_access(Past& past, const Step& step);
  static void fence(Past& past, const Step& step);
  static void synchronise(Past& past, const Step& step, const Access& object);
  void note_races(const Past& past, const Step& step, const Access& access);
  int number_of(Past past);

  const AccessMap accesses_;
  std::map<Past, int> numbers_;
  std::vector<const Past*> pasts_;  ///< by number
  std::unordered_map<Key, int, HashOfKey> behind_;
  std::size_t bytes_ = 0;  ///< of the pasts
  std::vector<const void*> races_;
};

}  // namespace minusone
