#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "stress/cli/verbs.h"
#include "stress/modules/module.h"
#include "stress/search/dpor.h"
#include "stress/search/state_search.h"
#include "stress/subjects/program_machine.h"

namespace minusone::cli {
namespace {

struct Given {
  Common common;
  std::vector<std::string> programs;
  std::uint64_t executions = 0;
};

/// The search of one program, again from the start until enough executions were visited.
struct Measured {
  SearchCounts counts;  ///< of one search
  std::uint64_t executions = 0;
  std::uint64_t steps = 0;
  double seconds = 0;
  std::size_t kib_after_thousand = 0;
  std::size_t kib_at_end = 0;
  std::size_t kib_at_most = 0;
  StateCounts states;  ///< of a search over states
  double states_seconds = 0;
  bool all_states = false;  ///< it was not cut short
};

/// A line of /proc/self/status in KiB: proc(5).
std::size_t memory(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":")) return std::stoul(line.substr(name.size() + 1));
  }
  return 0;
}

/// The same program's states, each once, for no longer than that.
void measure_states(ProgramMachine& machine, Measured& measured) {
  using Clock = std::chrono::steady_clock;
  const auto began = Clock::now();
  SearchLimits limits;
  limits.interrupted = [&] { return Clock::now() - began > std::chrono::seconds(20); };
  StateSearch search(machine, limits);
  measured.all_states = search.run([](const Execution&) { return true; }).exhausted;
  measured.states = *search.states();
  measured.states_seconds = std::chrono::duration<double>(Clock::now() - began).count();
}

Measured measure(const std::string& module, std::uint64_t executions) {
  using Clock = std::chrono::steady_clock;
  Measured measured;
  ProgramMachine machine(module);
  std::ofstream("/proc/self/clear_refs") << 5;  // the peak counts from here
  const auto began = Clock::now();
  do {
    Dpor search(machine, {});
    measured.counts = search.run([&](const Execution&) {
      if (++measured.executions == 1000) measured.kib_after_thousand = memory("VmRSS");
      return true;
    });
    measured.steps += measured.counts.steps;
  } while (measured.executions < executions);
  measured.seconds = std::chrono::duration<double>(Clock::now() - began).count();
  measured.kib_at_end = memory("VmRSS");
  measured.kib_at_most = memory("VmHWM");
  measure_states(machine, measured);
  return measured;
}

/// In a process of its own, so that no program's memory counts for the next.
Measured measured_apart(const std::string& module, std::uint64_t executions) {
  int ends[2];
  if (pipe(ends) != 0) throw std::system_error(errno, std::system_category(), "pipe");
  const pid_t child = fork();
  if (child == -1) throw std::system_error(errno, std::system_category(), "fork");
  if (child == 0) {
    const auto measured = measure(module, executions);
    _exit(::write(ends[1], &measured, sizeof measured) == sizeof measured ? 0 : 1);
  }
  close(ends[1]);
  Measured measured;
  const bool told = ::read(ends[0], &measured, sizeof measured) == sizeof measured;
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (!told || status != 0) throw std::runtime_error(module + " could not be searched");
  return measured;
}

/// The oracle programs of the build, whose numbers of executions are known.
std::vector<std::string> oracles() {
  std::vector<std::string> names;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(programs_directory(), none)) {
    const auto name = entry.path().stem().string();
    if (name.starts_with("oracle_") && entry.path().extension() == ".so")
      names.push_back(name.substr(7));
  }
  std::ranges::sort(names);
  return names;
}

nlohmann::ordered_json to_json(const std::string& name, const Measured& m) {
  return {{"program", name},
          {"complete", m.counts.complete},
          {"blocked", m.counts.duplicates + m.counts.quiescent},
          {"executions", m.executions},
          {"steps", m.steps},
          {"seconds", m.seconds},
          {"kib_after_1000", m.kib_after_thousand},
          {"kib_at_end", m.kib_at_end},
          {"kib_at_most", m.kib_at_most},
          {"states", m.states.states},
          {"all_states", m.all_states},
          {"transitions", m.states.transitions},
          {"states_seconds", m.states_seconds},
          {"state_table_bytes", m.states.bytes}};
}

void run_bench_explore(Given& given, Status& status) {
  given.common.check_json();
  if (given.programs.empty()) given.programs = oracles();
  if (given.programs.empty()) {
    throw UsageError(
        "no oracle programs are built: build the target dpor_test, or name the path of a traced "
        "module");
  }
  auto all = nlohmann::ordered_json::array();
  if (given.common.prints())
    fmt::print(
        "{:<14} {:>9} {:>9} {:>8} {:>12} {:>12} {:>9} {:>9} {:>9} {:>10} {:>8} {:>10} {:>8}\n",
        "program", "complete", "blocked", "seconds", "executions/s", "steps/s", "KiB@1000",
        "KiB@end", "KiB most", "states", "seconds", "states/s", "B/state");
  for (const auto& name : given.programs) {
    const bool is_path = name.ends_with(".so");
    const auto module =
        is_path ? name : (programs_directory() / ("oracle_" + name + ".so")).string();
    const auto m = measured_apart(module, given.executions);
    all.push_back(to_json(name, m));
    if (given.common.prints())
      fmt::print(
          "{:<14} {:>9} {:>9} {:>8.3f} {:>12.0f} {:>12.0f} {:>9} {:>9} {:>9} {:>10} {:>8.3f} "
          "{:>10.0f} {:>8.1f}\n",
          name, m.counts.complete, m.counts.duplicates + m.counts.quiescent, m.seconds,
          static_cast<double>(m.executions) / m.seconds, static_cast<double>(m.steps) / m.seconds,
          m.kib_after_thousand, m.kib_at_end, m.kib_at_most,
          fmt::format("{}{}", m.all_states ? "" : ">", m.states.states), m.states_seconds,
          static_cast<double>(m.states.states) / m.states_seconds,
          static_cast<double>(m.states.bytes) / static_cast<double>(m.states.states));
  }
  write_to("--json", given.common.json, all.dump(2) + "\n");
  status = holds;
}

}  // namespace

void add_bench_explore(Verb& bench, Status& status) {
  auto* verb = bench.add_verb(
      "explore",
      "executions, steps and states a second, memory and counts for the oracle programs");
  auto given = std::make_shared<Given>();
  verb->add_option("programs", given->programs, "such as faa_9x1, or paths of traced modules; all");
  verb->add_option("--executions", given->executions,
                   "search again until so many were visited, for memory");
  given->common.add_to(*verb);
  verb->callback([given, &status] { run_bench_explore(*given, status); });
}

}  // namespace minusone::cli
