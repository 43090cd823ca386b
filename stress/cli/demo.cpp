#include <fmt/format.h>

#include <memory>

#include "stress/cli/verbs.h"
#include "stress/native/engine.h"
#include "stress/report/terminal.h"

namespace minusone::cli {
namespace {

/// One line of the closing table.
struct Shown {
  std::string protocol;
  std::string text;
  bool as_claimed;
};

/// Forced conditions: one CPU and a yield at each basic block make the race certain.
StressOptions forced(const Workload& workload, std::uint64_t seed) {
  StressOptions options;
  options.workload = workload;
  options.mode = Mode::rounds;
  options.place = Place::same;
  options.widen = {Widen::By::yield, 0};
  options.time_limit = std::chrono::milliseconds(700);
  options.rounds = 100;
  options.seed = seed;
  return options;
}

bool violates(const Result& result, Property property) {
  for (const auto& p : result.properties) {
    if (p.property == property) return p.verdict == Verdict::violated;
  }
  return false;
}

/// Shows a claimed break: forced, or natively in turn (the optimiser's work and the library's show
/// without widening), until it shows or the attempts are spent. Only the `first` of a protocol is
/// told at length.
Shown show_break(const std::string& name, const Claim& claim, bool first, Common& common,
                 std::vector<Result>& results) {
  StressOptions options;
  Result result;
  for (unsigned attempt = 0; attempt < 8; ++attempt) {
    options = forced(claim.shown_by, common.seed_or_fresh() + attempt);
    if (attempt % 2 == 1) {
      options.widen = {};
      options.place = Place::free;
    }
    result = stress(Module::load(name, module_kind(options)), options);
    if (violates(result, claim.property)) break;
  }
  if (first && common.prints())
    fmt::print("{}\n", to_terminal(result, command_line(name, options), common.style()));
  const bool shown = violates(result, claim.property);
  Shown line{name,
             fmt::format("{}: {} of {} rounds wrong: {}", shown ? "fails" : "DID NOT FAIL",
                         result.executions.violating,
                         result.executions.complete + result.executions.stuck_rightly, claim.why),
             shown};
  results.push_back(std::move(result));
  return line;
}

Shown show_cure(const std::string& name, const Protocol& protocol, Common& common,
                std::vector<Result>& results) {
  StressOptions options;
  options.mode = Mode::soak;
  options.workload = {.writers = protocol.max_writers == 1 ? 1 : 2,
                      .readers = protocol.max_readers == 1 ? 1 : 2,
                      .text = 64};
  options.time_limit = std::chrono::milliseconds(1500);
  options.seed = common.seed_or_fresh();
  auto result = stress(Module::load(name, ModuleKind::native), options);
  if (common.prints())
    fmt::print("{}\n", to_terminal(result, command_line(name, options), common.style()));
  const bool holds = result.verdict == Verdict::holds;
  Shown line{name,
             fmt::format("{}: {} messages, none lost, duplicated, torn or reordered",
                         holds ? "holds" : "DID NOT HOLD", result.messages.value_or(0)),
             holds};
  if (!holds) line.text = "DID NOT HOLD: see above";
  results.push_back(std::move(result));
  return line;
}

}  // namespace

void add_demo(CLI::App& command, Status& status) {
  auto* verb =
      command.add_subcommand("demo", "the tour: each naive protocol fails, each safe one holds");
  auto common = std::make_shared<Common>();
  common->add_to(*verb);
  verb->callback([common, &status] {
    common->check_json();
    std::vector<Shown> table;
    std::vector<Result> results;
    for (const auto& name : protocol_names()) {
      const auto module = Module::load(name, ModuleKind::native);
      const auto& protocol = module.protocol();
      if (name.starts_with("safe/")) {
        table.push_back(show_cure(name, protocol, *common, results));
        continue;
      }
      bool first = true;
      for (const Claim& claim : protocol.claims) {
        if (claim.keeps || claim.property == Property::no_data_race) continue;
        table.push_back(show_break(name, claim, first, *common, results));
        first = false;
      }
    }
    bool all = !table.empty();
    const bool color = common->style().color;
    if (common->prints()) fmt::print("In short\n");
    for (const Shown& line : table) {
      all &= line.as_claimed;
      if (common->prints())
        fmt::print("  {}{}{} {:<26} {}\n",
                   !color            ? ""
                   : line.as_claimed ? "\x1b[1;32m"
                                     : "\x1b[1;31m",
                   line.as_claimed ? "ok" : "??", color ? "\x1b[0m" : "", line.protocol, line.text);
    }
    if (common->prints()) {
      fmt::print(
          "\nNaive protocols ran forced: one CPU, a yield at each basic block, or a tight loop. "
          "Next:\n"
          "  minusone list\n  minusone stress naive/counter --readers 3 --mode rounds --place same "
          "--widen yield --time-limit 5s\n");
    }
    common->hand_over(results);
    status = all ? holds : violated;
  });
}

}  // namespace minusone::cli
