#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "protocol/protocol.h"
#include "protocol/verdict.h"
#include "stress/model/liveness.h"
#include "stress/model/verifier.h"

namespace minusone {

struct ConformOptions {
  std::vector<ModelSize> sizes;  ///< empty: those that default_sizes() gives
  /// Of default_sizes(), those in which such an agent may die; nothing: all, with a death of any
  /// and without.
  std::optional<Death> death;
  VerifierLimits verifier;                        ///< also whether we are interrupted
  std::chrono::milliseconds exploration{10'000};  ///< at most, of one size
  std::optional<std::uint64_t> executions;        ///< at most, of one size's exploration
  std::uint64_t rounds = 60;  ///< native ones of a size, widened and as they are
  unsigned walks = 20;        ///< random ones of a size
  std::uint64_t seed = 1;
  bool liveness = false;  ///< also what happens at last, of agents that never end
};

/// Model and code do not agree.
struct Disagreement {
  std::string what;      ///< a sentence
  std::string schedule;  ///< shows it; empty where there is none
};

/// A claimed break as SPIN's shortest trail, taken again on the real code.
struct ShownBreak {
  Property property;
  ModelSize size;
  std::string outcome;
  std::string schedule;
  std::vector<TraceStep> steps;  ///< of the real code
};

/// What one workload came to.
struct SizeReport {
  ModelSize size;
  ModelSearch model;
  std::set<std::string> modelled;  ///< outcomes in the fixed form
  std::set<std::string> explored;  ///< of the -O0 object
  std::set<std::string> replayed;  ///< outcomes that the code came to on the model's own trails
  bool explored_whole = false;     ///< false: explored outcomes must be among the model's
  std::uint64_t executions = 0;
  double explored_seconds = 0;
  std::uint64_t native_rounds = 0;
  unsigned walks = 0;       ///< of the model that were taken again on the real code, step by step
  unsigned went_round = 0;  ///< walks not taken: they go round a wait loop, which is no step
};

/// A protocol's model held against its code.
struct ConformReport {
  std::string protocol;
  std::string head;  ///< what the model says of itself
  std::vector<SizeReport> sizes;
  std::vector<Disagreement> disagreements;
  std::vector<std::string> limits;  ///< why no verdict can be given, a clause each
  std::vector<std::string> notes;
  std::vector<ShownBreak> breaks;        ///< in the order of the claims
  std::vector<LivenessResult> liveness;  ///< by size, then by formula; empty where not asked for
  std::string source;                    ///< file name of what the model models
  double seconds = 0;

  /// Violated where they disagree; inconclusive where the model was not searched to its end.
  Verdict verdict() const;
};

/// The way that a model's trail goes, in the words of the source lines that it names.
std::vector<TraceStep> told_by_source(const ModelSource& model, const ModelTrail& trail,
                                      int writers);

/// The workloads of at most two writers and two readers, as far as the protocol takes them: one
/// message each, and more where it takes fewer agents.
std::vector<ModelSize> default_sizes(const Protocol& protocol, std::optional<Death> death = {});

/// Holds the outcomes of SPIN's exhaustive verification against those of exhaustive exploration
/// (equal), and of native rounds (contained); the model's properties against the protocol's claims;
/// the model's steps against the code's, on random walks and on the shortest trail to each break. A
/// protocol that neither loses messages nor gets stuck must deliver and get on (liveness).
/// @throws UsageError   no such protocol, no model
/// @throws ToolMissing  spin or gcc
ConformReport conform(const std::string& protocol, const ConformOptions& options);

}  // namespace minusone
