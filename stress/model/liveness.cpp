#include "stress/model/liveness.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace minusone {
namespace {

struct Formula {
  const char* name;
  const char* sentence;
  bool (*speaks)(const ModelSize&);
};
constexpr Formula formulas[] = {
    {"delivered", "each message that is sent is received at last",
     [](const ModelSize&) { return true; }},
    {"a_writer", "some writer gets on at last", [](const ModelSize&) { return true; }},
    {"a_reader", "some reader is served at last", [](const ModelSize&) { return true; }},
    {"writer_1", "no writer starves behind another",
     [](const ModelSize& size) { return size.writers > 1; }},
    {"reader_1", "no reader starves behind another",
     [](const ModelSize& size) { return size.readers > 1; }},
};

/// A counter without bounds has no cycle to find, and no end.
constexpr int depth_of_liveness = 20'000;
constexpr std::chrono::milliseconds time_of_liveness{8000};

}  // namespace

std::vector<LivenessResult> check_liveness(const ModelSource& model, const ModelSize& size,
                                           const VerifierLimits& limits) {
  auto own = limits;
  own.depth = std::min(limits.depth, depth_of_liveness);
  own.time = std::min(limits.time, time_of_liveness);
  const Verifier verifier(model, size, Verifier::Order::fair_cycles, own);
  std::vector<LivenessResult> results;
  for (const Formula& formula : formulas) {
    if (!formula.speaks(size)) continue;
    LivenessResult result{.size = size, .formula = formula.name, .sentence = formula.sentence};
    auto cycle = verifier.find_cycle(formula.name, own.depth);
    result.states = cycle.search.states;
    result.seconds = cycle.search.seconds;
    result.holds = cycle.search.complete;
    result.fails = cycle.search.found;
    if (!result.holds && !result.fails) result.limits = cycle.search.limits;
    while (result.fails && cycle.search.found && cycle.search.depth > 1) {
      result.lasso = std::move(cycle.lasso);
      cycle = verifier.find_cycle(formula.name, static_cast<int>(cycle.length) - 1);
    }
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace minusone
