#include <fmt/format.h>

#include <memory>

#include "stress/cli/guarded.h"
#include "stress/cli/verbs.h"
#include "stress/explore/explore.h"
#include "stress/native/module.h"
#include "stress/report/interleaving.h"

namespace minusone::cli {
namespace {

struct Given {
  Common common;
  std::string protocol;
  std::string schedule;
  int copy_steps = ExploreOptions{}.copy_steps;
  std::uint64_t times = 1;
};

/// The module, traced or optimized, that the schedule was found on.
ModuleFile module_of(const Given& given, const Schedule& schedule) {
  std::string builds;
  for (const auto kind : {ModuleKind::traced, ModuleKind::optimized}) {
    auto module = find_module(given.protocol, kind);
    if (module.build_id == schedule.build) return module;
    builds += (builds.empty() ? "" : " and ") + module.build_id;
    if (given.protocol.ends_with(".so")) break;
  }
  throw UsageError(
      fmt::format("the schedule belongs to build {}, and {} is {}: find it again with `minusone "
                  "explore`",
                  schedule.build, given.protocol, builds));
}

void run_replay(Given& given, Status& status) {
  given.common.check_json();
  const auto schedule = parse_schedule(given.schedule);
  const auto module = module_of(given, schedule);
  auto first = replay(module.path.string(), schedule, given.copy_steps);
  std::uint64_t same = 1;
  for (; same < given.times; ++same) {
    const auto again = replay(module.path.string(), schedule, given.copy_steps);
    if (again.trace != first.trace) break;
  }
  if (given.common.prints()) {
    const auto style = given.common.style();
    for (const auto& line : interleaving_table(first.steps, static_cast<std::size_t>(style.width)))
      fmt::print("{}\n", printable(line));
    if (!first.violation.empty()) fmt::print("{}\n", printable(first.violation));
    fmt::print(
        "\n{}",
        to_terminal(first.result,
                    fmt::format("minusone replay {} {}", given.protocol, given.schedule), style));
    if (given.times > 1) fmt::print("  {} of {} times the same trace\n", same, given.times);
  }
  first.result.notes.push_back(fmt::format("{} of {} times the same trace", same, given.times));
  for (PropertyResult& property : first.result.properties) {
    if (property.verdict != Verdict::violated) continue;
    property.schedule = given.schedule;
    property.steps = first.steps;
    property.trace = first.trace;
  }
  given.common.hand_over({first.result});
  status = same == given.times ? status_of(first.result.verdict) : machine;
}

}  // namespace

void add_replay(CLI::App& command, Status& status) {
  auto* verb =
      command.add_subcommand("replay", "take the steps of a schedule that explore printed");
  auto given = std::make_shared<Given>();
  verb->add_option("protocol", given->protocol, "naive/counter, or the path of a traced module")
      ->required();
  verb->add_option("schedule", given->schedule, "as explore prints it")->required();
  verb->add_option("--copy-steps", given->copy_steps, "as explore was given")
      ->check(CLI::Range(1, 16))
      ->capture_default_str();
  verb->add_option("--times", given->times, "replay so often, and compare the traces")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000}))
      ->capture_default_str();
  given->common.add_to(*verb);
  verb->callback(guarded(run_replay, given, status));
}

}  // namespace minusone::cli
