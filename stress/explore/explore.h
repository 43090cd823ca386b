#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "protocol/verdict.h"
#include "stress/explore/schedule.h"
#include "stress/search/strategy.h"
#include "stress/subjects/loaded_programs.h"
#include "stress/subjects/scenario.h"

namespace minusone {

struct ExploreOptions {
  Workload workload;  ///< of a channel; a whole program brings its own
  /// Several whole programs, instead of the one module.
  std::vector<ProgramSpec> programs;
  std::vector<std::string> arguments;  ///< of a program's main(), behind its name
  std::optional<ObjectRun> object;     ///< the module is one, and this is run on it
  std::string closing = "end";         ///< a line that begins so ends the program that it reaches
  Strategy strategy;
  std::uint64_t seed = 1;  ///< of what samples
  bool optimized = false;  ///< the -O2 object
  int copy_steps = 2;      ///< steps of one racy copy
  bool shrinks = true;     ///< looks for a smaller workload that breaks the same property
  bool explains = false;   ///< notes which steps were taken, and what was left out
  std::vector<std::string> allowed_races;  ///< by place, beside those of the description
  std::optional<std::uint64_t> executions;
  std::size_t state_bytes = SearchLimits{}.state_bytes;  ///< for states, where they are merged
  std::size_t max_steps = SearchLimits{}.steps;  ///< of one execution, which is cut behind them
  int fair_rounds = StepRules{}.fair_rounds;
  int max_threads = StepRules{}.max_threads;
  std::size_t max_memory = StepRules{}.max_memory;  ///< bytes
  ChosenNumbers chosen;
  std::optional<GlibcVersion> glibc;  ///< that is modelled; the one that runs
  MemoryModel memory = MemoryModel::sc;
  /// Sequential consistency as long as that is a verdict about C++20 (complete, no data race, every
  /// atomic access seq_cst); else rc11. Instead of `memory`.
  bool memory_as_needed = false;
  bool by_graph = false;               ///< StepRules::by_graph
  std::shared_ptr<OrderTable> orders;  ///< StepRules::orders
  bool until_violated = false;         ///< ends with the first execution that breaks something
  std::chrono::milliseconds time_limit{std::chrono::minutes(10)};
  const std::atomic<bool>* interrupted = nullptr;  ///< asked now and then; null: never
};

/// Told now and then: executions so far, or states, and the estimate of how many there are (0:
/// unknown).
using ExploreProgress = std::function<void(std::uint64_t done, double estimate)>;

/// Runs the workload under the schedules that the strategy gives, and judges each execution.
/// @param module  path of a traced module: a protocol's, or a whole program's
/// @param build   its id, which schedules carry
/// @throws ModuleRefused  it cannot be explored: why
Result explore(const std::string& module, const std::string& build, const ExploreOptions& options,
               const ExploreProgress& progress = {});

/// One execution as people read it.
struct Replayed {
  Result result;  ///< engine "replay", one execution
  std::vector<TraceStep> steps;
  std::string violation;           ///< what ended it, if something did
  std::vector<std::string> trace;  ///< both, a line each
};

/// Takes the steps of a schedule. @throws BadSchedule a step that cannot be taken: which, and why
/// @param options  copy_steps, and programs with their closing, as explore() was given
Replayed replay(const std::string& module, const Schedule& schedule, const ExploreOptions& options);
Replayed replay(const std::string& module, const Schedule& schedule, int copy_steps = 2);

}  // namespace minusone
