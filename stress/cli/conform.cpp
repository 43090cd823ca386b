#include <fmt/format.h>

#include <memory>

#include "stress/cli/verbs.h"
#include "stress/machine/end_of_work.h"
#include "stress/model/conform_text.h"
#include "stress/modules/module.h"

namespace minusone::cli {
namespace {

struct Given {
  std::string protocol;
  bool all = false;
  bool quiet = false;
  bool no_color = false;
  std::string sizes;
  Death crash = Death::none;
  std::string time_limit;
  ConformOptions options;
};

Status worse(Status a, Status b) {
  if (a == violated || b == violated) return violated;
  return a == inconclusive || b == inconclusive ? inconclusive : holds;
}

void conform_one(Given& given, Style style, Status& status) {
  const auto report = conform(given.protocol, given.options);
  if (!given.quiet) fmt::print("{}", to_text(report, given.protocol, style));
  status = status_of(report.verdict());
}

void conform_all(Given& given, Status& status) {
  status = holds;
  std::size_t agree = 0, count = 0;
  double seconds = 0;
  if (!given.quiet) fmt::print("{}", table_head());
  for (const auto& name : protocol_names()) {
    if (Interruption::came()) break;
    const auto report = conform(name, given.options);
    status = worse(status, status_of(report.verdict()));
    agree += report.verdict() == Verdict::holds;
    seconds += report.seconds;
    ++count;
    if (given.quiet) continue;
    fmt::print("{}", table_rows(report));
    std::fflush(stdout);
  }
  if (count == 0) {
    throw UsageError(
        "no protocol modules found: build them, or set MINUSONE_MODULES to their directory");
  }
  if (Interruption::came()) status = worse(status, inconclusive);
  if (!given.quiet) {
    fmt::print("{} of {} models agree with their protocols' code, in {:.0f} s\n", agree, count,
               seconds);
  }
}

void run(Given& given, Status& status) {
  if (given.all == !given.protocol.empty())
    throw UsageError("conform: expected either a PROTOCOL, such as naive/counter, or --all");
  if (given.crash != Death::none) given.options.death = given.crash;
  if (!given.sizes.empty()) {
    for (const Workload& size : parse_sizes(given.sizes))
      given.options.sizes.push_back({size.writers, size.readers, size.messages});
  }
  for (ModelSize& size : given.options.sizes)
    size.death = given.options.death.value_or(Death::none);
  Common common;
  common.no_color = given.no_color;
  given.options.exploration = parse_time_limit(given.time_limit, given.options.exploration);
  const Interruption gently;
  given.options.verifier.interrupted = &Interruption::flag();
  if (given.all) {
    conform_all(given, status);
  } else {
    conform_one(given, common.style(), status);
  }
}

}  // namespace

void add_conform(Verb& command, Status& status) {
  auto* verb = command.add_verb(
      "conform", "hold a protocol's formal model, verified by SPIN, against its code");
  auto given = std::make_shared<Given>();
  auto& o = given->options;
  verb->add_option("protocol", given->protocol, "naive/counter, or the path of a module");
  verb->add_flag("--all", given->all, "every protocol that `minusone list` names");
  verb->add_option("--sizes", given->sizes,
                   "writers+readers, x messages, such as 1+2,2+1,1+1x2; at most two of a kind when "
                   "not given");
  add_crash(*verb, given->crash,
            "only where one agent may die, at each step and while it waits; without "
            "--sizes and this: with a death of any and without");
  verb->add_option("--walks", o.walks, "random executions of the model to take on the code, a size")
      ->between(0, 10'000)
      ->shows_default();
  verb->add_option("--rounds", o.rounds, "native rounds, widened and as many as they are, a size")
      ->between(0, 1'000'000)
      ->shows_default();
  verb->add_flag("--liveness", o.liveness,
                 "also what happens at last, of agents that never end, under weak fairness");
  verb->add_option("--depth", o.verifier.depth, "the longest path that SPIN follows")
      ->between(1, 100'000'000)
      ->shows_default();
  verb->add_option("--memory", o.verifier.megabytes, "what SPIN may use for its states, in MB")
      ->between(1, 1'000'000)
      ->shows_default();
  verb->add_option("--seed", o.seed, "of walks and rounds")->between(0, 1'000'000)->shows_default();
  verb->add_option("--executions", o.executions, "of the exploration of one size, at most")
      ->between(1, 1'000'000'000'000);
  verb->add_option("--time-limit", given->time_limit,
                   "of the exploration of one size: 500ms, 30s, 2m (10s when not given)")
      ->type_name("TIME");
  verb->add_flag("--quiet", given->quiet, "print nothing but errors");
  verb->add_flag("--no-color", given->no_color, "no colours; it has none yet");
  verb->callback([given, &status] { run(*given, status); });
}

}  // namespace minusone::cli
