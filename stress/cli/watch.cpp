#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "stress/cli/verbs.h"
#include "stress/watch/session.h"
#include "stress/watch/telling.h"

namespace minusone::cli {
namespace {

struct Given {
  std::vector<std::string> programs;
  std::string time_limit;
  bool quiet = false;
};

void run(const Given& given, Status& status) {
  if (given.programs.empty()) {
    throw UsageError(
        "expected programs behind two dashes, each a word: minusone watch -- ./server './client "
        "1'");
  }
  const auto limit = parse_time_limit(given.time_limit, std::chrono::milliseconds(0));
  const watch::SharedArena shared;
  if (!given.quiet) {
    fmt::print("watch: {}\n", watch::not_seen);
    std::fflush(stdout);
  }
  const auto end = watch::run(shared, given.programs, limit);
  const bool ended_themselves = !end.is_over_time && !end.was_interrupted;
  if (shared.arena().processes_used.load() == 0 && ended_themselves) {
    throw UsageError(
        "none of the programs can be watched: expected some that `minusone build --watch` has "
        "made");
  }
  const auto watched = watch::seen(shared.arena(), end);
  if (!given.quiet) fmt::print("{}", watch::to_terminal(watched));
  status = !watched.races.empty() ? violated : end.was_interrupted ? inconclusive : holds;
}

}  // namespace

void add_watch(Verb& command, Status& status) {
  auto* verb = command.add_verb(
      "watch", "run programs at full speed and tell the data races between them as they happen");
  auto given = std::make_shared<Given>();
  verb->add_option("--argument", given->programs,
                   "a program, as the shell takes it; also each word behind --")
      ->one_at_a_time()
      ->type_name("PROGRAM");
  verb->add_option("--time-limit", given->time_limit,
                   "end the programs after 500ms, 30s, 2m, 1h, 1d; without one they end themselves")
      ->type_name("TIME");
  verb->add_flag("--quiet", given->quiet, "print nothing but errors");
  verb->callback([given, &status] { run(*given, status); });
}

}  // namespace minusone::cli
