#include "stress/search/strategy.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "stress/search/dpor.h"
#include "stress/search/fault_plan_search.h"
#include "stress/search/interleavings.h"
#include "stress/search/sampler.h"
#include "stress/search/state_search.h"

namespace minusone {
namespace {

std::unique_ptr<Search> make_exhaustive(const Strategy& strategy, Machine& machine,
                                        const SearchLimits& limits, std::uint64_t) {
  if (strategy.preemptions)
    return std::make_unique<Interleavings>(machine, limits, *strategy.preemptions);
  return std::make_unique<Dpor>(machine, limits);
}

constexpr StrategyKind pct{
    .name = "pct",
    .argument = {"a depth D", 1, 20},
    .samples = true,
    .make = [](const Strategy& strategy, Machine& machine, const SearchLimits& limits,
               std::uint64_t seed) -> std::unique_ptr<Search> {
      return std::make_unique<Sampler>(machine, limits, make_pct(strategy.argument, seed));
    }};

constexpr StrategyKind pos{.name = "pos",
                           .argument = {},
                           .samples = true,
                           .make = [](const Strategy&, Machine& machine, const SearchLimits& limits,
                                      std::uint64_t seed) -> std::unique_ptr<Search> {
                             return std::make_unique<Sampler>(machine, limits, make_pos(seed));
                           }};

constexpr StrategyKind uniform{
    .name = "random",
    .argument = {},
    .samples = true,
    .make = [](const Strategy&, Machine& machine, const SearchLimits& limits,
               std::uint64_t seed) -> std::unique_ptr<Search> {
      return std::make_unique<Sampler>(machine, limits, make_random(seed));
    }};

}  // namespace

constexpr StrategyKind exhaustive_strategy{
    .name = "exhaustive", .argument = {}, .samples = false, .make = make_exhaustive};

std::span<const StrategyKind* const> strategies() {
  static constexpr const StrategyKind* all[] = {&exhaustive_strategy, &pct, &pos, &uniform};
  return all;
}

std::optional<Strategy> parse_strategy(std::string_view text,
                                       std::span<const StrategyKind* const> known) {
  const auto colon = std::min(text.find(':'), text.size());
  const auto found = std::ranges::find(known, text.substr(0, colon), &StrategyKind::name);
  if (found == known.end()) return std::nullopt;
  Strategy strategy{.kind = *found};
  const auto& argument = strategy.kind->argument;
  if (argument.most == 0) return colon == text.size() ? std::optional(strategy) : std::nullopt;
  if (colon == text.size()) return std::nullopt;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data() + colon + 1, end, strategy.argument);
  if (error != std::errc{} || at != end || strategy.argument < argument.least ||
      strategy.argument > argument.most)
    return std::nullopt;
  return strategy;
}

std::string to_string(const Strategy& strategy) {
  if (strategy.over_states) return fmt::format("{}, over states", strategy.kind->name);
  if (strategy.preemptions)
    return fmt::format("{}, up to {} preemptions", strategy.kind->name, *strategy.preemptions);
  if (strategy.kind->argument.most == 0) return std::string(strategy.kind->name);
  return fmt::format("{}:{}", strategy.kind->name, strategy.argument);
}

std::string strategies_in_words(std::span<const StrategyKind* const> known) {
  std::string words;
  for (const StrategyKind* const& kind : known) {
    if (!words.empty()) words += &kind == &known.back() ? " or " : ", ";
    words += kind->name;
    const auto& argument = kind->argument;
    if (argument.most > 0)
      words += fmt::format(":{} with {} of {} to {} (such as {}:{})", argument.help.back(),
                           argument.help, argument.least, argument.most, kind->name,
                           std::min(3, argument.most));
  }
  return words;
}

std::unique_ptr<Search> make_search(const Strategy& strategy, Machine& machine,
                                    const MayDie& may_die, const SearchLimits& limits,
                                    std::uint64_t seed) {
  if (strategy.over_states)
    return std::make_unique<StateSearch>(machine, limits,
                                         strategy.faults.deaths > 0 ? may_die : MayDie{});
  if (strategy.faults.none()) return strategy.kind->make(strategy, machine, limits, seed);
  return std::make_unique<FaultPlanSearch>(
      machine, strategy.faults, may_die, limits, strategy.kind->samples,
      [&machine, strategy, seed](const SearchLimits& of_one) {
        return strategy.kind->make(strategy, machine, of_one, seed);
      });
}

}  // namespace minusone
