#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

#include "protocol/segment.h"
#include "protocol/verdict.h"
#include "stress/modules/module.h"

namespace minusone {

enum class Mode {
  soak,    ///< free running, readers share a quota
  rounds,  ///< a barrier before each round, one race a round
};

/// On which CPUs the agents run.
enum class Place { split, same, free };

/// What the widened build does at each basic block of an operation.
struct Widen {
  enum class By { none, yield, spin } by = By::none;
  unsigned spins = 0;  ///< pause instructions, for spin
};

struct StressOptions {
  Workload workload;
  Mode mode = Mode::rounds;
  Place place = Place::free;
  Widen widen;
  SegmentKind segment = SegmentKind::sysv;
  std::chrono::milliseconds time_limit{5000};
  std::optional<std::uint64_t> rounds;  ///< end after so many, or at the time limit
  bool stop_at_violation = false;       ///< end with the round that shows the first violation
  std::uint64_t seed = 0;
};

/// Which build of a protocol these options need.
inline ModuleKind module_kind(const StressOptions& options) {
  return options.widen.by == Widen::By::none ? ModuleKind::native : ModuleKind::widened;
}

/// Told now and then: rounds (or epochs) so far, and how many of them violated a property.
using Progress = std::function<void(std::uint64_t rounds, std::uint64_t violating)>;

/// Runs the protocol with real agents on a real segment and judges every round. At its end no agent
/// and no kernel object is left. SIGINT and SIGTERM end it early with what was seen so far.
/// @throws UsageError  the workload does not fit the protocol
/// @throws OsError     what the kernel refused
Result stress(const Module& module, const StressOptions& options, const Progress& progress = {});

/// The command line that repeats a run.
std::string command_line(const std::string& protocol, const StressOptions& options);

}  // namespace minusone
