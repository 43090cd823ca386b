#pragma once

#include <optional>
#include <string>

#include "protocol/glibc.h"
#include "protocol/workload.h"
#include "stress/model/command.h"
#include "stress/model/model_source.h"
#include "stress/model/pan_output.h"
#include "stress/modules/work_folder.h"

namespace minusone {

/// The work was interrupted before the verifier was made.
struct VerifierInterrupted : std::runtime_error {
  VerifierInterrupted() : std::runtime_error("interrupted while the verifier was built") {}
};

/// What SPIN's verifier may use.
struct VerifierLimits {
  std::chrono::milliseconds time{std::chrono::minutes(2)};  ///< of one search
  int megabytes = 2000;                                     ///< of its states
  int depth = 100'000;                                      ///< steps of one path (pan -m)
  const std::atomic<bool>* interrupted = nullptr;
};

/// How many agents a model has, how often each performs its operation, and whether one may die.
struct ModelSize {
  int writers = 1;
  int readers = 1;
  int messages = 1;
  Death death = Death::none;

  auto operator<=>(const ModelSize&) const = default;
};

/// Of condition variables the formal models are as glibc had them up to this version.
inline constexpr GlibcVersion modelled_glibc{2, 40};

/// "1+2", "2+1 x2", "1+2 crash", "1+1 crash writer".
std::string to_string(const ModelSize& size);

/// SPIN's verifier of one model: `spin -a`, then the C compiler, in a folder of its own (Holzmann,
/// "The SPIN Model Checker", 2003). Most of the time goes there, so one verifier serves all sizes
/// with as many messages. Partial order reduction is off (-DNOREDUCE): every state is visited, so
/// that the outcomes told are all there are.
class Verifier {
 public:
  enum class Order {
    breadth_first,  ///< all states; what it finds, it finds by a shortest path
    random,         ///< an order drawn by chance, for seek() alone: SPIN then leaves states out
    fair_cycles,    ///< agents that never end, and formulas of liveness; for find_cycle() alone
  };

  /// @param most  as many writers and readers as there are, or more; for the searches below as many
  ///              messages, and a death where there is one
  /// @throws ToolMissing         spin or gcc is not installed
  /// @throws VerifierInterrupted
  /// @throws std::runtime_error  the model is not accepted: what SPIN or the compiler said
  Verifier(const ModelSource& model, const ModelSize& most, Order order,
           const VerifierLimits& limits);

  /// Visits all states.
  ModelSearch search(const ModelSize& size) const;

  /// A path to an execution's end that fits.
  /// @param sought  fields word, lost, duplicated, torn, reordered, stuck, illegal, died, each a
  ///                number, + (more than none) or * (any): "-1 * * * * * * *"
  /// @return nothing where there is none
  std::optional<ModelTrail> seek(const ModelSize& size, const std::string& sought,
                                 unsigned seed = 1) const;

  /// A way into a cycle that is weakly fair and breaks a formula of protocol/workload.pml.
  struct Cycle {
    ModelSearch search;
    ModelTrail lasso;        ///< where one was found
    std::size_t length = 0;  ///< of the lasso in SPIN's own steps
  };
  /// Of agents that never end, as many as `most` has.
  /// @param depth  of the longest path that is followed
  Cycle find_cycle(const std::string& formula, int depth) const;

 private:
  CommandResult run(std::vector<std::string> arguments,
                    const std::vector<std::string>& environment) const;
  /// Looks at a search's end for what its own output cannot say.
  ModelSearch judged(const CommandResult& result) const;
  [[noreturn]] void refuse(const std::string& step, const CommandResult& result) const;

  std::string model_;
  bool has_word_;
  VerifierLimits limits_;
  WorkFolder folder_;
};

}  // namespace minusone
