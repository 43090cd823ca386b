#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <memory>

#include "stress/agents/traced_module.h"
#include "stress/cli/verbs.h"
#include "stress/native/module.h"
#include "stress/play/page.h"
#include "stress/play/terminal.h"

namespace minusone::cli {
namespace {

struct Given {
  std::string protocol;
  Workload workload;
  StateGraphLimits limits;
  std::string output = "play.html";
  bool quiet = false;
};

void write_page(const std::string& path, const std::string& page) {
  std::FILE* const file = path == "-" ? stdout : std::fopen(path.c_str(), "w");
  const bool written = file != nullptr &&
                       std::fwrite(page.data(), 1, page.size(), file) == page.size() &&
                       std::fflush(file) == 0;
  const int error = errno;
  if (file != nullptr && file != stdout) std::fclose(file);
  if (written) return;
  throw UsageError(
      fmt::format("-o '{}' cannot be written: {}: expected a path in a directory that exists and "
                  "that you may write to",
                  path, std::system_category().message(error)));
}

StateGraph graph_of(const Given& given) {
  try {
    const auto module = find_module(given.protocol, ModuleKind::traced);
    return make_state_graph(module.path.string(), module.build_id, given.workload, given.limits);
  } catch (const ModuleRefused& refused) {
    throw UsageError(refused.what());
  } catch (const TooManyStates& many) {
    throw UsageError(many.what());
  }
}

void run(const Given& given, Status& status) {
  const auto graph = graph_of(given);
  const auto page = to_game({{graph, ""}});
  write_page(given.output, page);
  if (!given.quiet && given.output != "-") {
    fmt::print("{}: {} states, {:.1f} MB; open it in a browser\n", printable(given.output),
               graph.states(), static_cast<double>(page.size()) / 1e6);
  }
  status = holds;
}

void run_step(const Given& given, Status& status) {
  const auto graph = graph_of(given);
  const bool sits_there = isatty(STDIN_FILENO) == 1;
  status = play_in_terminal(graph, std::cin, std::cout, sits_there) || sits_there ? holds : usage;
}

}  // namespace

void add_play(CLI::App& command, Status& status) {
  auto* verb = command.add_subcommand(
      "play", "a page in which you are the scheduler, over every state of the real code");
  auto given = std::make_shared<Given>();
  verb->add_option("protocol", given->protocol, "naive/counter, or the path of a traced module")
      ->required();
  add_workload(*verb, given->workload);
  verb->add_option("-o,--output", given->output, "the page; - is standard output")
      ->type_name("FILE")
      ->capture_default_str();
  verb->add_option("--copy-steps", given->limits.copy_steps, "steps of one racy copy")
      ->check(CLI::Range(1, 16))
      ->capture_default_str();
  verb->add_flag("--quiet", given->quiet, "print nothing but errors");
  verb->callback([given, &status] { run(*given, status); });
}

void add_step(CLI::App& command, Status& status) {
  auto* verb = command.add_subcommand(
      "step", "be the scheduler in the terminal, or by commands that are piped in, a line each");
  auto given = std::make_shared<Given>();
  verb->add_option("protocol", given->protocol, "naive/counter, or the path of a traced module")
      ->required();
  add_workload(*verb, given->workload);
  verb->add_option("--copy-steps", given->limits.copy_steps, "steps of one racy copy")
      ->check(CLI::Range(1, 16))
      ->capture_default_str();
  verb->callback([given, &status] { run_step(*given, status); });
}

}  // namespace minusone::cli
