#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "stress/instrument/announcement.h"
#include "stress/machine/step.h"
#include "stress/sync/sync_model.h"

namespace minusone {

/// A call as its agent announced it, with what its pointers lead to, so that another process
/// understands it.
struct AnnouncedCall {
  static constexpr std::size_t most_carried = 256;  ///< bytes

  std::uint64_t code = 0;
  std::uint64_t a = 0, b = 0, c = 0, d = 0, e = 0;
  std::array<std::byte, most_carried> carried{};  ///< see Carriage (stress/sync/real.h)

  Action action() const { return static_cast<Action>(code & 0xff); }
};

/// A step that was taken in its process.
struct TakenStep {
  Step step;
  AnnouncedCall call;
  bool modelled = false;  ///< what it returned is the model's, not the kernel's
};

/// What the controller wants of those who get their turn.
enum class Order : std::uint32_t {
  show,  ///< come to the first announcement of this execution
  run,   ///< take a step
  exit,  ///< end, as a process does
};

/// Why the turn came back to the controller.
enum class Reply : std::uint32_t {
  done,         ///< the turns of the script are over
  asks,         ///< the next step is one that the controller has a part in
  would_block,  ///< the kernel would let the call wait
  failed,       ///< the step is taken, and its agent announced a violation
};

/// What the controller and its agents' processes share, apart from the segment under test. One of
/// them has the turn, and only that one reads and writes; the others sleep on their word.
struct ControlPage {
  static constexpr std::size_t most_turns = 512;
  /// One more than agents: who initialises the segment.
  static constexpr std::size_t members = max_agents + 1;
  static constexpr std::uint32_t never = UINT32_MAX;

  struct alignas(64) Turn {
    std::atomic<std::uint32_t> given;  ///< futex word; 1: go
  };
  std::array<Turn, members> turns;

  std::uint32_t execution;  ///< who has seen another starts anew
  int holder;               ///< whose turn it is
  int copy_steps;
  Order order;
  Reply reply;

  std::uint32_t length;  ///< turns in the script
  std::uint32_t next;    ///< the turn that comes next
  std::uint32_t taken;   ///< steps
  std::array<std::uint8_t, most_turns> script;
  std::array<TakenStep, most_turns> steps;

  bool answered;            ///< the controller's part of the next step is done ...
  std::int64_t answer;      ///< ... and this is what the call returns
  bool has_own_part;        ///< the process has a part in it, too ...
  std::int64_t own_answer;  ///< ... which has to come to this

  std::uint32_t stops_at;  ///< the step before which the process stops for a debugger, or never

  std::uint64_t clock;  ///< of histories

  std::array<AnnouncedCall, members> calls;  ///< by agent: what it announced last
  std::array<Step, members> pending;         ///< the same, described
};

}  // namespace minusone
