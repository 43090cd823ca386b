#include "stress/explore/explore.h"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <memory>
#include <sstream>

#include "protocol/counted.h"
#include "stress/cli/objects.h"
#include "stress/cli/order_options.h"
#include "stress/cli/programs.h"
#include "stress/cli/verbs.h"
#include "stress/machine/end_of_work.h"
#include "stress/modules/module.h"
#include "stress/modules/traced_module.h"
#include "stress/report/text.h"

namespace minusone::cli {
namespace {

struct Given : GivenSubject {
  Common common;
  std::string scenario;  ///< of an object; empty: all small ones
  std::string strategy = "exhaustive";
  std::string search = "executions";
  std::string memory = "auto";
  std::vector<std::string> orders;                              ///< in place of those in the source
  std::size_t memory_limit = SearchLimits{}.state_bytes >> 20;  ///< MB
  std::optional<int> preemptions;
  Death crash = Death::none;
  std::string faults;
  bool all_steps = false;
};

/// One line on a terminal: executions, their rate, the estimate of all and of the time left.
class Progress {
 public:
  explicit Progress(std::string_view noun) : noun_(noun) {}

  void show(std::uint64_t executions, double estimate) {
    const auto now = std::chrono::steady_clock::now();
    if (now - shown_ < std::chrono::milliseconds(200)) return;
    shown_ = now;
    const double rate =
        static_cast<double>(executions) / std::chrono::duration<double>(now - began_).count();
    auto line = fmt::format("{}, {:.0f} a second", counted(executions, noun_), rate);
    if (estimate > 0) {
      const double left = std::max(0.0, estimate - static_cast<double>(executions));
      line +=
          fmt::format(", of about {:.2g}: {:.2g} left, some {:.2g} s", estimate, left, left / rate);
    }
    fmt::print(stderr, "\r\x1b[K{}", line);
  }
  static void clear() { fmt::print(stderr, "\r\x1b[K"); }

 private:
  using Time = std::chrono::steady_clock::time_point;
  const Time began_ = std::chrono::steady_clock::now();
  Time shown_ = began_;
  const std::string_view noun_;
};

/// What was explored, as replay must be given it again.
std::string name_of(const Given& given, const Result& result) {
  const auto orders = order_words(given.orders);
  if (given.protocol.empty())
    return to_command_line(given.programs, given.build) + orders + limit_words(given.options);
  const bool is_path = is_source(given.protocol) || given.protocol.ends_with(".so");
  if (!is_path)
    return result.protocol + orders +
           (result.kind == SubjectKind::channel ? limit_words(given.options) : "");
  return file_words(given.protocol, given.build) + build_words(given.build) +
         argument_words(given.programs) + scenario_words(result, given.scenario) + orders +
         limit_words(given.options);
}

std::string command_line(const Given& given, const Result& result) {
  const Workload& w = given.options.workload;
  const ExploreOptions& o = given.options;
  auto line = "minusone explore " + name_of(given, result);
  if (result.kind == SubjectKind::channel) {  // programs bring a workload of their own
    line += fmt::format(" --writers {} --readers {} --messages {} --text {}", w.writers, w.readers,
                        w.messages, w.text);
    if (!w.processes) line += " --agents threads";
  }
  if (o.optimized) line += " --optimized";
  if (o.copy_steps != ExploreOptions{}.copy_steps)
    line += fmt::format(" --copy-steps {}", o.copy_steps);
  if (given.strategy != "exhaustive")
    line += fmt::format(" --strategy {} --seed {}", given.strategy, o.seed);
  if (!o.memory_as_needed) line += fmt::format(" --memory {}", name_of(o.memory));
  if (o.strategy.over_states) line += " --search states";
  if (o.state_bytes != ExploreOptions{}.state_bytes)
    line += fmt::format(" --memory-limit {}", o.state_bytes >> 20);
  if (given.preemptions) line += fmt::format(" --preemptions {}", *given.preemptions);
  if (given.crash != Death::none) line += fmt::format(" --crash {}", name_of(given.crash));
  if (!given.faults.empty()) line += " --faults " + in_shell(given.faults);
  for (const auto& places : o.allowed_races) line += " --allow-race " + in_shell(places);
  if (o.executions) line += fmt::format(" --executions {}", *o.executions);
  if (o.max_steps != ExploreOptions{}.max_steps)
    line += fmt::format(" --max-steps {}", o.max_steps);
  if (o.fair_rounds != ExploreOptions{}.fair_rounds)
    line += fmt::format(" --fair-rounds {}", o.fair_rounds);
  return line;
}

void choose_strategy(Given& given) {
  const auto strategy = parse_strategy(given.strategy);
  if (!strategy) {
    throw UsageError(
        fmt::format("--strategy '{}': expected {}", given.strategy, strategies_in_words()));
  }
  given.options.strategy = *strategy;
  for (const auto model : {MemoryModel::sc, MemoryModel::tso, MemoryModel::rc11}) {
    if (given.memory == name_of(model)) given.options.memory = model;
  }
  given.options.memory_as_needed = given.memory == "auto";
  given.options.strategy.over_states = given.search == "states";
  given.options.state_bytes = given.memory_limit << 20;
  if (!given.preemptions) return;
  if (strategy->kind != &exhaustive_strategy)
    throw UsageError("--preemptions bounds the exhaustive strategy: leave --strategy out");
  given.options.strategy.preemptions = given.preemptions;
}

/// "eintr:1,spurious:1": a kind and how many of it. @throws UsageError
void parse_faults(const std::string& text, FaultBudget& budget) {
  const auto refuse = [&] {
    throw UsageError(
        fmt::format("--faults '{}': expected kinds with how many of each one execution may have, "
                    "such as eintr:1,spurious:1; kinds are eintr, spurious, weak_cas, timeouts, "
                    "each up to 4",
                    text));
  };
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    const auto colon = part.find(':');
    const auto kind = part.substr(0, colon);
    int count = 1;
    if (colon != std::string::npos) {
      const char* const end = part.data() + part.size();
      const auto [at, error] = std::from_chars(part.data() + colon + 1, end, count);
      if (error != std::errc{} || at != end || count < 0 || count > 4) refuse();
    }
    if (kind == "eintr") {
      budget.eintr = count;
    } else if (kind == "spurious") {
      budget.spurious = count;
    } else if (kind == "weak_cas") {
      budget.weak_cas = count;
    } else if (kind == "timeouts" || kind == "timeout") {
      budget.timeouts = count;
    } else {
      refuse();
    }
  }
}

void choose_faults(Given& given) {
  FaultBudget& budget = given.options.strategy.faults;
  parse_faults(given.faults, budget);
  if (given.crash == Death::none) return;
  check_crash(given.crash, given.options.workload);
  if (!given.programs.names.empty() && given.crash != Death::any) {
    throw UsageError(fmt::format(
        "--crash {} with --programs: whole programs are neither writers nor readers; expected any",
        name_of(given.crash)));
  }
  budget.deaths = 1;
  budget.mortals = given.crash;
}

void run_explore(Given& given, Status& status) {
  given.common.check_json();
  choose_strategy(given);
  choose_faults(given);
  if (given.options.strategy.kind->samples) given.options.seed = given.common.seed_or_fresh();
  given.options.time_limit = given.common.limit(given.options.time_limit);
  const Interruption gently;
  const WorkTime hard(given.options.time_limit);
  auto module = find_subject(given, "explore");
  module.build_id = build_with_orders(module.build_id, given.orders);
  const auto places = places_of(given.orders);
  given.options.orders = places;
  const bool shows_progress = given.common.prints() && isatty(STDERR_FILENO) == 1;
  given.options.interrupted = &Interruption::flag();
  Progress progress(given.options.strategy.over_states ? "state" : "execution");
  const auto show = [&](std::uint64_t executions, double estimate) {
    if (shows_progress) progress.show(executions, estimate);
  };
  const bool is_object = given.programs.names.empty() && TracedModule::is_object(module.path);
  if (!is_object) refuse_scenario(given.scenario, given.protocol);
  auto result = is_object ? explore_object(module, {given.protocol, given.build, given.scenario},
                                           given.options, show)
                          : explore(module.path.string(), module.build_id, given.options, show);
  if (shows_progress) Progress::clear();
  check_met(given.orders, places.get());
  note_orders(result, given.orders);
  // A program is called what it was called here, so that the commands told fit.
  if (result.kind != SubjectKind::channel)
    result.protocol = (given.protocol.empty() ? to_command_line(given.programs, given.build)
                                              : file_words(given.protocol, given.build) +
                                                    argument_words(given.programs) +
                                                    scenario_words(result, given.scenario)) +
                      limit_words(given.options);
  given.common.hand_over({result});
  const auto line = command_line(given, result);
  result.protocol = name_of(given, result);
  Style style = given.common.style();
  style.all_steps = given.all_steps;
  if (given.common.prints()) fmt::print("{}", to_terminal(result, line, style));
  status = status_of(result.verdict);
}

}  // namespace

void add_explore(Verb& command, Status& status) {
  auto* verb = command.add_verb("explore", "run a protocol under every schedule and judge each");
  auto given = std::make_shared<Given>();
  auto& o = given->options;
  verb->add_option("protocol", given->files,
                   "naive/counter, C or C++ files of one program or, each with its main(), of "
                   "several, or the path of a traced module");
  add_build_options(*verb, given->build);
  add_programs(*verb, given->programs);
  add_workload(*verb, o.workload);
  add_scenario(*verb, given->scenario);
  verb->add_flag("--optimized", o.optimized, "the -O2 object: what the optimiser made of it");
  verb->add_option("--copy-steps", o.copy_steps, "steps of one racy copy")
      ->between(1, 16)
      ->shows_default();
  verb->add_option("--strategy", given->strategy,
                   "where schedules come from: " + strategies_in_words())
      ->shows_default();
  verb->add_option("--preemptions", given->preemptions,
                   "exhaustive: only schedules that preempt agents no more often")
      ->between(0, 1000);
  verb->add_option("--search", given->search,
                   "what is looked at once: executions, or states, of which there are often far "
                   "fewer")
      ->one_of({"executions", "states"})
      ->shows_default();
  verb->add_option(
          "--memory", given->memory,
          "what memory is taken for: sequentially consistent, as x86 has it (tso), as C++20 "
          "promises it (rc11), or auto: sc where that says it of C++20 too, else rc11, or tso "
          "where "
          "there is inline assembly")
      ->one_of({"sc", "tso", "rc11", "auto"})
      ->shows_default();
  add_order_changes(*verb, given->orders);
  verb->add_option("--memory-limit", given->memory_limit,
                   "--search states: MB that the table of states may take")
      ->between(1, 1'000'000)
      ->shows_default();
  add_crash(*verb, given->crash);
  verb->add_option("--faults", given->faults,
                   "what else may happen, and how often: eintr:1,spurious:1,weak_cas:1,timeouts:1");
  verb->add_flag("--explain", o.explains,
                 "say which steps were taken, and what was left out of the model");
  verb->add_flag_callback(
      "--no-shrink", [&o] { o.shrinks = false; },
      "tell of the workload as given, not of the smallest that fails");
  add_all_steps(*verb, given->all_steps);
  add_allowed_races(*verb, o.allowed_races);
  verb->add_option("--executions", o.executions, "end after so many")
      ->between(1, 1'000'000'000'000);
  verb->add_option("--max-steps", o.max_steps, "steps of one execution, which is cut behind them")
      ->between(1, SearchLimits::most_steps)
      ->shows_default();
  verb->add_option("--fair-rounds", o.fair_rounds,
                   "rounds of a loop that counts, before the other agents have their turn")
      ->between(1, 10'000)
      ->shows_default();
  add_limits(*verb, o);
  add_choices(*verb, o);
  add_glibc(*verb, o);
  given->common.add_to(*verb);
  verb->callback([given, &status] { run_explore(*given, status); });
}

}  // namespace minusone::cli
