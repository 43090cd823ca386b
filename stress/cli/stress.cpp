#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <memory>

#include "stress/cli/verbs.h"
#include "stress/native/engine.h"
#include "stress/report/terminal.h"

namespace minusone::cli {
namespace {

struct Given {
  Common common;
  std::string protocol;
  StressOptions options;
  BuildRequest build;
  std::string widen = "none";
};

Widen parse_widen(const std::string& given) {
  if (given == "none") return {};
  if (given == "yield") return {Widen::By::yield, 0};
  if (given.starts_with("spin:")) {
    unsigned spins = 0;
    const char* const end = given.data() + given.size();
    const auto [rest, error] = std::from_chars(given.data() + 5, end, spins);
    if (error == std::errc{} && rest == end && spins >= 1 && spins <= 1'000'000)
      return {Widen::By::spin, spins};
  }
  throw UsageError(
      fmt::format("--widen '{}': expected none, yield or spin:N with N from 1 to 1000000", given));
}

void run(Given& given, Status& status) {
  StressOptions& options = given.options;
  given.common.check_json();
  options.widen = parse_widen(given.widen);
  options.time_limit = given.common.limit(options.time_limit);
  const auto module =
      Module::load(built(given.protocol, given.build, module_kind(options)), module_kind(options));
  options.seed = given.common.seed_or_fresh();
  const bool shows_progress = given.common.prints() && isatty(STDERR_FILENO) == 1;
  const auto result = stress(module, options, [&](std::uint64_t rounds, std::uint64_t violating) {
    if (shows_progress && rounds % 16 == 0)
      fmt::print(stderr, "\r{} rounds, {} wrong ", rounds, violating);
  });
  if (shows_progress) fmt::print(stderr, "\r\x1b[K");
  if (given.common.prints()) {
    fmt::print("{}", to_terminal(
                         result,
                         command_line(in_shell(given.protocol) + build_words(given.build), options),
                         given.common.style()));
  }
  given.common.hand_over({result});
  status = status_of(result.verdict);
}

}  // namespace

void add_stress(Verb& command, Status& status) {
  auto* verb = command.add_verb("stress", "run a protocol with real agents and judge what happens");
  auto given = std::make_shared<Given>();
  auto& o = given->options;
  verb->add_option("protocol", given->protocol,
                   "naive/counter, a C++ file, or the path of a module")
      ->required();
  add_build_options(*verb, given->build);
  add_workload(*verb, o.workload);
  add_choice<Mode>(*verb, "--mode", o.mode, {{"soak", Mode::soak}, {"rounds", Mode::rounds}},
                   "soak: free running; rounds: one race a round");
  add_choice<Place>(*verb, "--place", o.place,
                    {{"free", Place::free}, {"split", Place::split}, {"same", Place::same}},
                    "the agents' CPUs: as the kernel likes, spread over all, or all on one");
  verb->add_option("--widen", given->widen,
                   "none, yield or spin:N at each basic block and inside each copy")
      ->shows_default();
  add_choice<SegmentKind>(
      *verb, "--segment", o.segment,
      {{"sysv", SegmentKind::sysv}, {"posix", SegmentKind::posix}, {"memfd", SegmentKind::memfd}},
      "shmget, shm_open or memfd_create");
  add_choice<Death>(*verb, "--kill", o.workload.death,
                    {{"none", Death::none},
                     {"writer", Death::writer},
                     {"reader", Death::reader},
                     {"any", Death::any}},
                    "kill one such agent in each round");
  verb->add_option("--rounds", o.rounds, "end after so many rounds")->between(1, 1'000'000'000);
  given->common.add_to(*verb);
  verb->callback([given, &status] { run(*given, status); });
}

}  // namespace minusone::cli
