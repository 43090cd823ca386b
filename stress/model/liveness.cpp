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

/// Halves the depth for as long as there is a cycle, and so on in between.
ModelTrail shortened(const Verifier& verifier, const std::string& formula, Verifier::Cycle found) {
  int none = 0;  // a search of this depth finds no cycle
  auto least = static_cast<int>(found.length);
  while (least - none > 1) {
    const int depth = none + (least - none) / 2;
    auto shorter = verifier.find_cycle(formula, depth);
    if (!shorter.search.found) {
      none = depth;
      continue;
    }
    least = std::min(depth, static_cast<int>(shorter.length));
    found.lasso = std::move(shorter.lasso);
  }
  return std::move(found.lasso);
}

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
    if (result.fails) result.lasso = shortened(verifier, formula.name, std::move(cycle));
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace minusone
