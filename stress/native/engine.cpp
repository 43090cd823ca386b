#include "stress/native/engine.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <iterator>

#include "stress/machine/end_of_work.h"
#include "stress/modules/compiler_of.h"
#include "stress/native/round.h"
#include "stress/native/round_collector.h"
#include "stress/native/weak_memory_notes.h"

namespace minusone {
namespace {

using Clock = std::chrono::steady_clock;

void refuse_unfit(const Protocol& protocol, const Workload& workload) {
  const auto most = [&](const char* what, int asked, int allowed) {
    if (allowed != 0 && asked > allowed) {
      throw UsageError(fmt::format("{} is for at most {} {}{}, not {}: ask for fewer",
                                   protocol.name, allowed, what, allowed == 1 ? "" : "s", asked));
    }
  };
  most("writer", workload.writers, protocol.max_writers);
  most("reader", workload.readers, protocol.max_readers);
}

std::string mode_sentence(const StressOptions& options) {
  std::string text = options.mode == Mode::soak ? "soak" : "rounds";
  text += options.place == Place::same    ? ", one CPU"
          : options.place == Place::split ? ", spread over the CPUs"
                                          : "";
  if (options.widen.by == Widen::By::yield)
    text += ", widened by a yield at each basic block (no native rate)";
  if (options.widen.by == Widen::By::spin)
    text += fmt::format(", widened by {} pauses at each basic block (no native rate)",
                        options.widen.spins);
  return text;
}

Environment environment(const Module& module) {
  Environment here;
  const auto cpus = allowed_cpus();
  here.cpus = static_cast<int>(cpus.size());
  here.affinity = fmt::format("{}", fmt::join(cpus, ","));
  utsname name{};
  uname(&name);
  here.kernel = fmt::format("{} {}", name.sysname, name.release);
  here.compiler = compiler_of(module.path());
  here.built_by = __VERSION__;
  return here;
}

Result begin_result(const Module& module, const StressOptions& options) {
  Result result;
  result.protocol = module.protocol().name;
  result.build = module.build_id();
  result.engine = EngineKind::stress;
  result.mode = mode_sentence(options);
  result.workload = options.workload;
  result.model.memory = "native";
  result.model.deaths = options.workload.death == Death::none ? 0 : 1;
  result.seed = options.seed;
  result.environment = environment(module);
  return result;
}

std::optional<Latency> latency_of(std::vector<std::uint32_t>& nanoseconds) {
  if (nanoseconds.empty()) return std::nullopt;
  std::ranges::sort(nanoseconds);
  const auto n = nanoseconds.size();
  return Latency{nanoseconds[n / 2], nanoseconds[n * 99 / 100], nanoseconds.back()};
}

}  // namespace

Result stress(const Module& module, const StressOptions& options, const Progress& progress) {
  refuse_unfit(module.protocol(), options.workload);
  if (options.widen.by != Widen::By::none && module.widen_callback() == nullptr) {
    throw UsageError(
        fmt::format("{} is not a widened build: --widen needs one", module.path().string()));
  }
  const Interruption scope;
  auto result = begin_result(module, options);
  const bool soak = options.mode == Mode::soak;
  RoundCollector collector(module.protocol(), result, soak);
  const auto began = Clock::now();
  const auto deadline = began + options.time_limit;
  RoundRunner runner(module, options);
  std::uint64_t rounds = 0;
  do {
    collector.add(runner.run(deadline));
    ++rounds;
    if (progress) progress(rounds, result.executions.violating);
    if (options.stop_at_violation && result.executions.violating > 0) break;
  } while (!Interruption::came() && Clock::now() < deadline &&
           (!options.rounds || rounds < *options.rounds));
  result.seconds = std::chrono::duration<double>(Clock::now() - began).count();
  collector.finish();
  std::ranges::move(weak_memory_notes(module.protocol(), result), std::back_inserter(result.notes));
  if (soak) {
    result.messages = runner.received();
    result.latency = latency_of(runner.latencies());
  }
  if (result.verdict == Verdict::holds) {
    const auto n = soak ? runner.received() : rounds;
    result.notes.push_back(fmt::format(
        "observed: 0 of {} {} went wrong, so with 95 % confidence fewer than {:.2g} do (3/n)", n,
        soak ? "messages" : "rounds", 3.0 / static_cast<double>(std::max<std::uint64_t>(n, 1))));
  }
  if (Interruption::came()) {
    result.limits.push_back("interrupted by a signal");
    if (result.verdict == Verdict::holds) result.verdict = Verdict::inconclusive;
  }
  return result;
}

std::string command_line(const std::string& protocol, const StressOptions& options) {
  const Workload& w = options.workload;
  std::string line =
      fmt::format("minusone stress {} --writers {} --readers {} --messages {} --text {}", protocol,
                  w.writers, w.readers, w.messages, w.text);
  if (!w.processes) line += " --agents threads";
  line += options.mode == Mode::soak ? " --mode soak" : " --mode rounds";
  if (options.place == Place::same) line += " --place same";
  if (options.place == Place::split) line += " --place split";
  if (options.widen.by == Widen::By::yield) line += " --widen yield";
  if (options.widen.by == Widen::By::spin)
    line += fmt::format(" --widen spin:{}", options.widen.spins);
  if (w.death != Death::none) line += fmt::format(" --kill {}", name_of(w.death));
  return line + fmt::format(" --seed {}", options.seed);
}

}  // namespace minusone
