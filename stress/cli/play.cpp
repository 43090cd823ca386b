#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "stress/cli/verbs.h"
#include "stress/machine/end_of_work.h"
#include "stress/modules/module.h"
#include "stress/modules/traced_module.h"
#include "stress/play/page.h"
#include "stress/play/terminal.h"
#include "stress/report/text.h"

namespace minusone::cli {
namespace {

namespace fs = std::filesystem;

struct Given {
  std::string protocol;
  BuildRequest build;
  Workload workload;
  StateGraphLimits limits;
  Death crash = Death::none;
  std::string output;
  std::string time_limit;
  bool course = false;
  bool quiet = false;
};

/// Takes its time limit for each: a course has several.
StateGraph graph_of(const Given& given) {
  const Interruption gently;
  const WorkTime hard(parse_time_limit(given.time_limit, std::chrono::minutes(10)));
  try {
    const auto path = built(given.protocol, given.build, ModuleKind::traced);
    const auto module = find_module(path, ModuleKind::traced);
    auto limits = given.limits;
    check_crash(given.crash, given.workload);
    limits.death = given.crash;
    auto graph = make_state_graph(module.path.string(), module.build_id, given.workload, limits);
    if (is_source(given.protocol) || given.protocol.ends_with(".so"))
      graph.replayed_as = in_shell(given.protocol) + build_words(given.build);
    return graph;
  } catch (const ModuleRefused& refused) {
    throw UsageError(refused.what());
  } catch (const TooManyStates& many) {
    throw UsageError(many.what());
  }
}

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The ladder: what modules/course.json lists, each with its lesson.
std::vector<Level> course(const Given& given) {
  const auto list = modules_directory() / "course.json";
  const auto steps = nlohmann::json::parse(text_of(list), nullptr, false);
  if (!steps.is_array() || steps.empty()) {
    throw UsageError(fmt::format(
        "{} is not there, or not as it was: build minusone again, or set MINUSONE_MODULES "
        "to its modules",
        list.string()));
  }
  std::vector<Level> levels;
  for (const auto& step : steps) {
    Given level = given;
    level.protocol = step.at("protocol");
    level.workload.writers = step.at("writers");
    level.workload.readers = step.at("readers");
    if (step.contains("crash")) level.crash = parse_death(step.at("crash"));
    const auto lesson = text_of(modules_directory() / level.protocol / "lesson.md");
    levels.push_back({graph_of(level), step.at("task"), lesson, step.value("goal", "")});
  }
  return levels;
}

void add_time_limit(Verb& verb, std::string& limit) {
  verb.add_option(
          "--time-limit", limit,
          "end, without a game, where its states are not found in this time: 500ms, 30s, 2m")
      ->type_name("TIME")
      ->shows_default("10m");
}

void run(Given& given, Status& status) {
  if (given.course != given.protocol.empty()) {
    throw UsageError(given.course ? "--course has its own protocols: leave PROTOCOL out"
                                  : "expected a protocol, such as naive/counter, or --course");
  }
  if (given.course && given.crash != Death::none)
    throw UsageError("--course says itself where deaths are allowed: leave --crash out");
  const std::string name = given.course ? "course.html" : "play.html";
  if (given.output.empty()) given.output = name;
  std::error_code none;
  if (fs::is_directory(given.output, none)) given.output = fs::path(given.output) / name;
  const auto levels = given.course ? course(given) : std::vector{Level{graph_of(given), {}, {}}};
  const auto page = to_game(levels);
  write_to("-o", given.output, page);
  std::size_t states = 0;
  for (const Level& level : levels) states += level.graph.states();
  if (!given.quiet && given.output != "-") {
    fmt::print("{}: {} states, {:.1f} MB; open it in a browser\n", printable(given.output), states,
               static_cast<double>(page.size()) / 1e6);
  }
  status = holds;
}

void run_step(const Given& given, Status& status) {
  const auto graph = graph_of(given);
  const bool sits_there = isatty(STDIN_FILENO) == 1;
  status = play_in_terminal(graph, std::cin, std::cout, sits_there) || sits_there ? holds : usage;
}

}  // namespace

void add_play(Verb& command, Status& status) {
  auto* verb = command.add_verb(
      "play", "a page in which you are the scheduler, over every state of the real code");
  auto given = std::make_shared<Given>();
  verb->add_option("protocol", given->protocol,
                   "naive/counter, a C or C++ file, or the path of a traced module");
  verb->add_flag("--course", given->course,
                 "the ladder from flag to robust mutex, with its lessons");
  add_build_options(*verb, given->build);
  add_workload(*verb, given->workload);
  add_crash(*verb, given->crash);
  verb->add_option("-o,--output", given->output,
                   "the page, or a folder for it; - is standard output (default: play.html, "
                   "course.html)")
      ->type_name("FILE");
  verb->add_option("--copy-steps", given->limits.copy_steps, "steps of one racy copy")
      ->between(1, 16)
      ->shows_default();
  add_time_limit(*verb, given->time_limit);
  verb->add_flag("--quiet", given->quiet, "print nothing but errors");
  verb->callback([given, &status] { run(*given, status); });
}

void add_step(Verb& command, Status& status) {
  auto* verb = command.add_verb(
      "step", "be the scheduler in the terminal, or by commands that are piped in, a line each");
  auto given = std::make_shared<Given>();
  verb->add_option("protocol", given->protocol,
                   "naive/counter, a C or C++ file, or the path of a traced module")
      ->required();
  add_build_options(*verb, given->build);
  add_workload(*verb, given->workload);
  add_crash(*verb, given->crash);
  verb->add_option("--copy-steps", given->limits.copy_steps, "steps of one racy copy")
      ->between(1, 16)
      ->shows_default();
  add_time_limit(*verb, given->time_limit);
  verb->callback([given, &status] { run_step(*given, status); });
}

}  // namespace minusone::cli
