#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "protocol/run_log.h"
#include "protocol/segment.h"
#include "stress/cli/gdb.h"
#include "stress/cli/objects.h"
#include "stress/cli/order_options.h"
#include "stress/cli/programs.h"
#include "stress/cli/verbs.h"
#include "stress/explore/explore.h"
#include "stress/explore/process_replay.h"
#include "stress/modules/module.h"
#include "stress/modules/traced_module.h"
#include "stress/report/interleaving.h"
#include "stress/report/text.h"

namespace minusone::cli {
namespace {

struct Given {
  Common common;
  std::vector<std::string> words;  ///< a protocol, or files, and a schedule behind them
  std::string protocol;
  std::string schedule;
  GivenPrograms programs;
  std::string scenario;  ///< of an object
  BuildRequest build;
  int copy_steps = ExploreOptions{}.copy_steps;
  std::vector<std::string> allowed_races;
  std::vector<std::string> orders;  ///< in place of those in the source
  ExploreOptions limits;            ///< of these, what add_limits() and add_glibc() took
  std::uint64_t times = 1;
  bool processes = false;
  bool all_steps = false;
  std::string gdb;         ///< "reader 2@9"
  std::string gdb_script;  ///< a file of gdb commands
  SegmentKind segment = SegmentKind::memfd;
};

/// The module, traced or optimized, that the schedule was found on.
/// @param options  what is run on an object is set
ModuleFile module_of(const Given& given, ExploreOptions& options, const Schedule& schedule) {
  std::string builds;
  for (const auto kind : {ModuleKind::traced, ModuleKind::optimized}) {
    auto module = find_module(built(given.protocol, given.build, kind), kind);
    module.build_id = build_with(module.build_id, given.programs);
    if (TracedModule::is_object(module.path)) {
      options.object = run_of({given.protocol, given.build, given.scenario});
      module.build_id = build_with(module.build_id, to_string(*options.object));
    } else {
      refuse_scenario(given.scenario, given.protocol);
    }
    module.build_id = build_with_orders(module.build_id, given.orders);
    if (module.build_id == schedule.build) return module;
    builds += (builds.empty() ? "" : " and ") + module.build_id;
    if (given.protocol.ends_with(".so")) break;
  }
  throw UsageError(
      fmt::format("the schedule belongs to build {}, and {}, called with these arguments, is {}: "
                  "find it again with `minusone explore`",
                  schedule.build, given.protocol, builds));
}

/// What `--times` has shown.
struct Repeated {
  std::uint64_t same = 0;  ///< times that the trace was the one told
  std::string differs;     ///< where the next one was not
};

Repeated repeat_on_fibers(const Given& given, const std::string& module, const Schedule& schedule,
                          const ExploreOptions& options, const Replayed& first) {
  Repeated repeated{.same = 1, .differs = {}};
  for (; repeated.same < given.times; ++repeated.same) {
    if (replay(module, schedule, options).trace == first.trace) continue;
    repeated.differs = "the trace is another";
    break;
  }
  return repeated;
}

/// Takes the schedule once, with gdb on one of the processes from that step on.
std::string debug(ProcessReplay& processes, const StopAt& stop, const std::string& script) {
  ProcessMachine& machine = processes.machine();
  machine.reset();
  const Debugger gdb(machine.process(stop.agent), machine.module_of(stop.agent), script);
  machine.stop_before(stop.step);
  auto differs = processes.take();
  machine.let_exit(stop.agent);  // so that gdb tells of its end
  return differs;
}

Repeated repeat_in_processes(const Given& given, const std::string& module,
                             const Schedule& schedule, const ExploreOptions& options) {
  clean();  // what a killed run may have left
  const ProcessMachine::Settings settings{.segment = given.segment,
                                          .copy_steps = given.copy_steps,
                                          .debuggable = !given.gdb.empty(),
                                          .glibc = options.glibc};
  auto processes = options.programs.empty() ? ProcessReplay(module, schedule, settings)
                                            : ProcessReplay(options.programs, schedule, settings);
  std::optional<StopAt> stop;
  if (!given.gdb.empty()) stop = parse_stop(given.gdb, schedule, processes.names());
  Repeated repeated;
  if (stop) {
    repeated.differs = debug(processes, *stop, given.gdb_script);
    repeated.same = repeated.differs.empty() ? 1 : 0;
    return repeated;
  }
  for (; repeated.same < given.times && repeated.differs.empty(); ++repeated.same)
    repeated.differs = processes.take();
  if (!repeated.differs.empty()) --repeated.same;
  return repeated;
}

/// The schedule stands behind what it is of; programs may stand before it or behind it. What is no
/// file behind a protocol is taken for one, and refused as such.
void find_schedule(Given& given) {
  const auto ends_with_one = [](const std::vector<std::string>& words) {
    return !words.empty() && words.back().find(':') != std::string::npos;
  };
  auto& words = given.words;
  const bool is_behind = ends_with_one(words) || (words.size() > 1 && !is_source(words.back()));
  if (auto& from = is_behind ? words : given.programs.names; is_behind || ends_with_one(from)) {
    given.schedule = std::move(from.back());
    from.pop_back();
  }
  given.protocol = take_files(given.words, given.programs, given.build);
}

/// Of several programs only their id, which their schedules carry, beside what they are.
ModuleFile what_to_replay(Given& given, ExploreOptions& options, const Schedule& schedule) {
  if (given.programs.names.empty()) return module_of(given, options, schedule);
  std::string builds;
  for (const bool optimized : {false, true}) {
    options.optimized = optimized;
    const auto build =
        build_with_orders(find_programs(given.programs, given.build, options), given.orders);
    if (build == schedule.build) return {{}, build};
    builds += (builds.empty() ? "" : " and ") + build;
    if (!std::ranges::all_of(given.programs.names, is_source)) break;
  }
  throw UsageError(
      fmt::format("the schedule belongs to build {}, and these programs with this input are {}: "
                  "give --programs, --input and what they are compiled with as to explore, or, "
                  "where a source was changed since, find it again",
                  schedule.build, builds));
}

void run_replay(Given& given, Status& status) {
  given.common.check_json();
  find_schedule(given);
  if (given.schedule.empty())
    throw UsageError("expected a protocol and a schedule, as `minusone explore` prints them");
  if (!given.gdb.empty() && (!given.processes || given.times != 1))
    throw UsageError("--gdb stops a real process, once: give --processes, and no --times");
  const auto schedule = parse_schedule(given.schedule);
  ExploreOptions options;
  options.copy_steps = given.copy_steps;
  options.allowed_races = given.allowed_races;
  options.max_threads = given.limits.max_threads;
  options.max_memory = given.limits.max_memory;
  options.chosen = given.limits.chosen;
  options.glibc = given.limits.glibc;
  options.arguments = given.programs.arguments;
  options.orders = places_of(given.orders);
  const auto module = what_to_replay(given, options, schedule).path.string();
  if (options.object && given.processes) {
    throw UsageError(
        "--processes takes channels and programs; an object's schedule is replayed on fibers: "
        "leave it out");
  }
  auto first = replay(module, schedule, options);
  if (schedule.is_program) {
    first.result.protocol =
        options.programs.empty()
            ? file_words(given.protocol, given.build) + scenario_words(first.result, given.scenario)
            : to_command_line(given.programs, given.build);
  }
  note_orders(first.result, given.orders);
  const auto repeated = given.processes ? repeat_in_processes(given, module, schedule, options)
                                        : repeat_on_fibers(given, module, schedule, options, first);
  if (given.processes) first.result.mode = "one schedule, in real processes in lock step";
  std::string note;
  if (given.processes || given.times > 1) {
    note = fmt::format("{} of {} times the same trace{}", repeated.same, given.times,
                       given.processes ? " in real processes as on fibers" : "");
    if (!repeated.differs.empty()) note += "; then " + repeated.differs;
    first.result.notes.push_back(note);
  }
  if (given.common.prints()) {
    Style style = given.common.style();
    style.all_steps = given.all_steps;
    const TableStyle table{.width = static_cast<std::size_t>(style.width),
                           .utf8 = style.utf8,
                           .all_steps = style.all_steps};
    for (const auto& line : interleaving_table(first.steps, table))
      fmt::print("{}\n", printable(line));
    for (std::size_t i = first.steps.size(); i < first.trace.size(); ++i)
      fmt::print("{}\n", printable(first.trace[i]));
    fmt::print("\n{}",
               to_terminal(
                   first.result,
                   fmt::format("minusone replay {} {}{}",
                               given.protocol.empty()
                                   ? to_command_line(given.programs, given.build)
                                   : file_words(given.protocol, given.build) +
                                         build_words(given.build) + argument_words(given.programs) +
                                         scenario_words(first.result, given.scenario) +
                                         order_words(given.orders) + limit_words(given.limits),
                               in_shell(given.schedule), given.processes ? " --processes" : ""),
                   style));
  }
  for (PropertyResult& property : first.result.properties) {
    if (property.verdict != Verdict::violated) continue;
    property.schedule = given.schedule;
    property.steps = first.steps;
    property.trace = first.trace;
  }
  given.common.hand_over({first.result});
  status = repeated.differs.empty() ? status_of(first.result.verdict) : machine;
}

}  // namespace

void add_replay(Verb& command, Status& status) {
  auto* verb = command.add_verb("replay", "take the steps of a schedule that explore printed");
  auto given = std::make_shared<Given>();
  verb->add_option("protocol", given->words,
                   "as explore was given, and behind that the schedule that it printed");
  add_build_options(*verb, given->build);
  add_programs(*verb, given->programs);
  add_scenario(*verb, given->scenario);
  add_all_steps(*verb, given->all_steps);
  add_allowed_races(*verb, given->allowed_races);
  add_order_changes(*verb, given->orders);
  add_limits(*verb, given->limits);
  add_choices(*verb, given->limits);
  add_glibc(*verb, given->limits);
  verb->add_option("--copy-steps", given->copy_steps, "as explore was given")
      ->between(1, 16)
      ->shows_default();
  verb->add_option("--times", given->times, "replay so often, and compare the traces")
      ->between(1, 1'000'000)
      ->shows_default();
  verb->add_flag("--processes", given->processes,
                 "in real processes in lock step, each step held against the one on fibers");
  verb->add_option(
      "--gdb", given->gdb,
      "with --processes: stop an agent before a step and start gdb on it: 'reader 2@9'");
  verb->add_option("--gdb-script", given->gdb_script,
                   "gdb commands to run at that step, instead of a session")
      ->type_name("FILE");
  add_choice<SegmentKind>(
      *verb, "--segment", given->segment,
      {{"memfd", SegmentKind::memfd}, {"sysv", SegmentKind::sysv}, {"posix", SegmentKind::posix}},
      "the processes' segment");
  given->common.add_to(*verb);
  verb->callback([given, &status] { run_replay(*given, status); });
}

}  // namespace minusone::cli
