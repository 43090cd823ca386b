#include "stress/explore/search.h"

#include <fmt/format.h>

#include <charconv>

#include "stress/explore/dpor.h"
#include "stress/explore/interleavings.h"
#include "stress/explore/planned_search.h"
#include "stress/explore/sampler.h"

namespace minusone {

void SearchCounts::add(End end) {
  switch (end) {
    case End::complete:
      ++complete;
      break;
    case End::quiescent:
      ++quiescent;
      break;
    case End::violation:
      ++violations;
      break;
    case End::too_long:
      ++too_long;
      break;
    case End::duplicate:
      ++duplicates;
      break;
  }
}

bool fails_at_once(const Machine& machine, const Visitor& visitor, SearchCounts& counts) {
  if (machine.violation().empty()) return false;
  counts.add(End::violation);
  counts.exhausted = true;
  visitor({{}, End::violation});
  return true;
}

std::optional<Strategy> parse_strategy(const std::string& text) {
  if (text == "exhaustive") return Strategy{};
  if (text == "pos") return Strategy{.kind = Strategy::Kind::pos};
  if (text == "random") return Strategy{.kind = Strategy::Kind::random};
  if (!text.starts_with("pct:")) return std::nullopt;
  Strategy strategy{.kind = Strategy::Kind::pct};
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data() + 4, end, strategy.depth);
  if (error != std::errc{} || at != end || strategy.depth < 1 || strategy.depth > 20)
    return std::nullopt;
  return strategy;
}

std::string to_string(const Strategy& strategy) {
  switch (strategy.kind) {
    case Strategy::Kind::exhaustive:
      return strategy.preemptions
                 ? fmt::format("exhaustive, up to {} preemptions", *strategy.preemptions)
                 : "exhaustive";
    case Strategy::Kind::pct:
      return fmt::format("pct:{}", strategy.depth);
    case Strategy::Kind::pos:
      return "pos";
    case Strategy::Kind::random:
      return "random";
  }
  return "?";
}

namespace {

std::unique_ptr<Search> make_search_of_one_plan(const Strategy& strategy, Machine& machine,
                                                const SearchLimits& limits, std::uint64_t seed) {
  switch (strategy.kind) {
    case Strategy::Kind::exhaustive:
      if (strategy.preemptions)
        return std::make_unique<Interleavings>(machine, limits, *strategy.preemptions);
      return std::make_unique<Dpor>(machine, limits);
    case Strategy::Kind::pct:
      return std::make_unique<Sampler>(machine, limits, make_pct(strategy.depth, seed));
    case Strategy::Kind::pos:
      return std::make_unique<Sampler>(machine, limits, make_pos(seed));
    case Strategy::Kind::random:
      return std::make_unique<Sampler>(machine, limits, make_random(seed));
  }
  return nullptr;
}

}  // namespace

std::unique_ptr<Search> make_search(const Strategy& strategy, FiberMachine& machine, int writers,
                                    const SearchLimits& limits, std::uint64_t seed) {
  if (strategy.faults.none()) return make_search_of_one_plan(strategy, machine, limits, seed);
  return std::make_unique<PlannedSearch>(
      machine, strategy.faults, writers, limits, strategy.kind != Strategy::Kind::exhaustive,
      [&machine, strategy, seed](const SearchLimits& of_one) {
        return make_search_of_one_plan(strategy, machine, of_one, seed);
      });
}

}  // namespace minusone
