#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "stress/instrument/announcement.h"
#include "stress/machine/fault_plan.h"
#include "stress/machine/max_agents.h"
#include "stress/machine/step.h"

namespace minusone {

/// Places that a round of a loop reads: memory, and objects that a call looked at in vain.
struct Places {
  static constexpr int most = 4;

  std::array<Access, most> read{};
  std::uint8_t count = 0;    ///< more than there is room for: not all are known
  std::uint8_t objects = 0;  ///< a bit a place: of the model of synchronisation, not of memory

  bool all_known() const { return count <= most; }
  void add(const Access& access, bool object);
};

/// The rounds of a loop, and how its agent is kept from going round for ever.
struct SpinLoop {
  enum class Held : std::uint8_t {
    no,
    waits,         ///< a round has no effect: until one of the places changes
    until_change,  ///< that is not proved, for it counts: until one does, or nobody else can go on
    until_turn,    ///< until all others who could go on then have taken a step, or cannot any more
  };

  const void* at = nullptr;   ///< where a round begins: a step's place in the code ...
  std::uint64_t address = 0;  ///< ... and what it touches, for a scan of a table goes on
  std::uint16_t count = 0;    ///< rounds begun
  std::uint8_t length = 0;    ///< steps of this round
  bool effect = false;        ///< a step of these rounds had one
  Held held = Held::no;
  std::uint16_t released = 0;  ///< how often because nobody else could go on
  Places places;               ///< of this round
  int turns = 0;  ///< until_turn: which of the machine's notes has each agent's steps then
};

/// What has befallen an agent so far, and where the places are that a plan counts.
struct FaultProgress {
  std::uint16_t steps = 0;                          ///< of its own
  std::array<std::uint16_t, fault_kinds> points{};  ///< by FaultKind: calls that it could befall
  FaultKind pending = FaultKind::none;              ///< befalls it with its pending step
  std::uint16_t befallen = 0;                       ///< how many faults did
  bool dead = false;
};

/// Where an agent is between two steps, its stack apart.
struct AgentSnapshot {
  enum class RunState : std::uint8_t {
    pending,   ///< its pending step is performed when it is enabled
    awaiting,  ///< blocked until what its pending step reads changes
    gave_up,   ///< a failed assumption that cannot be undone
    finished,
  };

  Context context;
  Step pending;
  RunState run_state = RunState::finished;
  bool assumes = false;  ///< while it waits: for what it assumed
  AgentSet joined =
      0;  ///< threads whose end it has waited for, and whose numbers it may give again
  std::uint64_t seen = 0;       ///< while awaiting: digest of what the pending step reads
  int saw = Step::first_value;  ///< under a memory model: the last write that it could see there
  int last_read = -1;           ///< its youngest record of a step that only read, -1: none ...
  int reads = 0;                ///< ... and how many there are since it last had an effect
  int in_round = 0;   ///< of these, while awaiting: those of the round that came to nothing
  int last_own = -1;  ///< its youngest record, -1: none ...
  int own = 0;        ///< ... and how many there are since it changed what is not kept
  SpinLoop spin;      ///< since its last write
  FaultProgress faults;
};

/// What was there before each step of an execution: the agent that takes it, with its stack, and
/// the memory that it writes. It serves two ends: steps are taken back, so that a search need not
/// run from the start for each execution; and an agent that comes back to where it was, with
/// nothing but reads in between, is known to go round in a wait loop.
class UndoLog {
 public:
  /// Rounds of more reads are not recognised (the verdict is then bounded by the step limit).
  static constexpr int most_reads = 16;
  /// Nor are longer rounds that also lock.
  static constexpr std::size_t most_own = 24;

  struct Record {
    AgentSnapshot before;
    int agents = 0;             ///< how many there were
    std::uint32_t written = 0;  ///< FiberMachine's list of what differs from the start
    int events = 0;             ///< under a memory model: of the execution graph
    bool synchronises = false;  ///< the model of synchronisation kept its state too
    std::byte* stack = nullptr;
    std::uint32_t stack_bytes = 0;  ///< up to the stack's high end
    std::uint32_t changed = 0;      ///< pieces of other memory that the step may change
    std::size_t saved = 0;          ///< where in the store they lie: the stack, then the pieces
    std::uint64_t seen = 0;         ///< digest of what the step read
    int previous_read = -1;
    int previous_own = -1;
    Step did;  ///< the step, with its values (of a call that looked in vain: of its object)
  };

  int size() const { return size_; }
  const Record& at(int i) const { return records_[static_cast<std::size_t>(i)]; }
  Record& last() { return records_[static_cast<std::size_t>(size_ - 1)]; }

  /// Takes down an agent before the step that it has announced.
  /// @param deepest  its stack is kept from here up to `high`, so that what lies dead below its
  /// calls
  ///                 comes back too: it may be compared
  Record& begin(const AgentSnapshot& agent, std::byte* deepest, const std::byte* high, int agents);
  /// Adds memory that the step may change to the last record.
  void keep(std::span<std::byte> memory);
  /// The last step cannot be taken back: it changed memory that was not kept.
  void seal() { sealed_ = size(); }
  bool can_take_back_to(int record) const { return record >= sealed_; }

  /// Takes the last record's memory back and drops it. @pre can_take_back_to(size() - 1)
  /// @return what the agent was; valid until the next begin()
  const Record& take_back();
  /// An execution starts.
  void clear();

  /// The oldest step in the agent's chain of reads before which it was as it is now, or -1.
  int find(const AgentSnapshot& agent) const;
  /// A round of a loop that took and gave back, and left everything as it was.
  struct Round {
    Places places;
    bool locks = false;    ///< it held locks meanwhile: others who only try may have seen that
    bool changes = false;  ///< it changed memory meanwhile, and back: others may have seen that
  };
  /// The agent's own steps since it was where it is now, if they make such a round. Whether the
  /// places are still as the round read them is the caller's to say: `is_as` is asked for each.
  template <class IsAs>
  std::optional<Round> round_without_effect(const AgentSnapshot& agent, IsAs is_as) const {
    std::array<const Step*, most_own> steps;  // youngest first
    std::size_t count = 0;
    for (int i = agent.last_own;
         count < most_own && static_cast<int>(count) < agent.own && i >= forgotten_;
         i = at(i).previous_own) {
      steps[count++] = &at(i).did;
      if (!is_where_it_was(i, agent)) continue;
      auto round = round_of({steps.data(), count});
      for (std::size_t j = 0; round && j < count; ++j) {
        if (is_a_look(*steps[j]) && !is_as(*steps[j])) return std::nullopt;
      }
      return round;
    }
    return std::nullopt;
  }
  /// Puts the agent back to where it was before the youngest step of its chain of reads, and takes
  /// that out of the chain. @return the record
  const Record& step_back(AgentSnapshot& agent) const;
  /// Calls `visit(record)` for the agent's chain of reads, youngest first, until it returns true.
  template <class Visit>
  void for_each_read(const AgentSnapshot& agent, Visit visit) const {
    int i = agent.last_read;
    for (int n = 0; n < agent.reads && n < most_reads && i >= forgotten_; ++n) {
      if (visit(i)) return;
      i = at(i).previous_read;
    }
  }

 private:
  struct Piece {
    std::byte* at;
    std::size_t bytes;
  };

  std::byte* reserve(std::size_t bytes) {
    if (used_ + bytes > store_.size()) grow(used_ + bytes);
    std::byte* const at = store_.data() + used_;
    used_ += bytes;
    return at;
  }
  void grow(std::size_t bytes);
  bool is_where_it_was(int record, const AgentSnapshot& agent) const;
  static bool is_a_look(const Step& step);
  static std::optional<Round> round_of(std::span<const Step* const> youngest_first);

  std::vector<Record> records_;  ///< room; the first size_ are taken
  int size_ = 0;
  std::vector<std::byte> store_ = std::vector<std::byte>(64 * 1024);
  std::size_t used_ = 0;
  int sealed_ = 0;     ///< records before this one are not taken back
  int forgotten_ = 0;  ///< of records before this one the store is gone
};

}  // namespace minusone
