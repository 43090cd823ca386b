#include "stress/explore/explore.h"

#include <fmt/format.h>
#include <unistd.h>

#include <memory>

#include "stress/agents/traced_module.h"
#include "stress/cli/verbs.h"
#include "stress/native/module.h"

namespace minusone::cli {
namespace {

struct Given {
  Common common;
  std::string protocol;
  ExploreOptions options;
  std::string schedule;
  std::uint64_t times = 1;
};

std::string command_line(const Given& given) {
  const Workload& w = given.options.workload;
  return fmt::format("minusone explore {} --writers {} --readers {} --messages {} --text {}{}{}",
                     given.protocol, w.writers, w.readers, w.messages, w.text,
                     w.processes ? "" : " --agents threads",
                     given.options.optimized ? " --optimized" : "");
}

void run_explore(Given& given, Status& status) {
  given.common.check_json();
  if (given.options.workload.text > most_explored_text) {
    throw UsageError(
        fmt::format("--text {}: the explorer takes at most {} bytes; a racy copy is --copy-steps "
                    "{} steps at any "
                    "size, so more would show nothing else",
                    given.options.workload.text, most_explored_text, given.options.copy_steps));
  }
  given.options.time_limit = given.common.limit(given.options.time_limit);
  const auto module = Module::load(
      given.protocol, given.options.optimized ? ModuleKind::optimized : ModuleKind::traced);
  const bool shows_progress = given.common.prints() && isatty(STDERR_FILENO) == 1;
  std::uint64_t shown = 0;
  const auto result =
      explore(module.path().string(), module.build_id(), given.options,
              [&](std::uint64_t executions, double estimate) {
                if (!shows_progress || executions < shown + 5000) return;
                shown = executions;
                fmt::print(stderr, "\r{} executions of about {:.2g} ", executions, estimate);
              });
  if (shows_progress) fmt::print(stderr, "\r\x1b[K");
  if (given.common.prints())
    fmt::print("{}", to_terminal(result, command_line(given), given.common.style()));
  given.common.write_json({result});
  status = status_of(result.verdict);
}

/// The module, traced or optimized, that the schedule was found on.
Module module_of(const Given& given, const Schedule& schedule) {
  std::string builds;
  for (const auto kind : {ModuleKind::traced, ModuleKind::optimized}) {
    auto module = Module::load(given.protocol, kind);
    if (module.build_id() == schedule.build) return module;
    builds += (builds.empty() ? "" : " and ") + module.build_id();
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
  auto first = replay(module.path().string(), schedule, given.options.copy_steps);
  std::uint64_t same = 1;
  for (; same < given.times; ++same) {
    const auto again = replay(module.path().string(), schedule, given.options.copy_steps);
    if (again.trace != first.trace) break;
  }
  if (given.common.prints()) {
    for (const auto& line : first.trace) fmt::print("  {}\n", printable(line));
    fmt::print("\n{}",
               to_terminal(first.result,
                           fmt::format("minusone replay {} {}", given.protocol, given.schedule),
                           given.common.style()));
    if (given.times > 1) fmt::print("  {} of {} times the same trace\n", same, given.times);
  }
  first.result.notes.push_back(fmt::format("{} of {} times the same trace", same, given.times));
  given.common.write_json({first.result});
  status = same == given.times ? status_of(first.result.verdict) : machine;
}

/// What cannot be explored, or replayed, is the user's to mend.
template <class Run>
auto guarded(Run run, std::shared_ptr<Given> given, Status& status) {
  return [run, given, &status] {
    try {
      run(*given, status);
    } catch (const ModuleRefused& refused) {
      throw UsageError(refused.what());
    } catch (const BadSchedule& bad) {
      throw UsageError(bad.what());
    }
  };
}

}  // namespace

void add_explore(CLI::App& command, Status& status) {
  auto* verb =
      command.add_subcommand("explore", "run a protocol under every schedule and judge each");
  auto given = std::make_shared<Given>();
  auto& o = given->options;
  verb->add_option("protocol", given->protocol, "naive/counter, or the path of a traced module")
      ->required();
  add_workload(*verb, o.workload);
  verb->add_flag("--optimized", o.optimized, "the -O2 object: what the optimiser made of it");
  verb->add_option("--copy-steps", o.copy_steps, "steps of one racy copy")
      ->check(CLI::Range(1, 16))
      ->capture_default_str();
  verb->add_option("--executions", o.executions, "end after so many")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000'000}));
  given->common.add_to(*verb);
  verb->callback(guarded(run_explore, given, status));
}

void add_replay(CLI::App& command, Status& status) {
  auto* verb =
      command.add_subcommand("replay", "take the steps of a schedule that explore printed");
  auto given = std::make_shared<Given>();
  verb->add_option("protocol", given->protocol, "naive/counter, or the path of a traced module")
      ->required();
  verb->add_option("schedule", given->schedule, "as explore prints it")->required();
  verb->add_option("--copy-steps", given->options.copy_steps, "as explore was given")
      ->check(CLI::Range(1, 16))
      ->capture_default_str();
  verb->add_option("--times", given->times, "replay so often, and compare the traces")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000}))
      ->capture_default_str();
  given->common.add_to(*verb);
  verb->callback(guarded(run_replay, given, status));
}

}  // namespace minusone::cli
