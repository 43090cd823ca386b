#include <fmt/format.h>
#include <unistd.h>

#include <memory>
#include <utility>

#include "stress/cli/order_options.h"
#include "stress/cli/programs.h"
#include "stress/cli/verbs.h"
#include "stress/machine/end_of_work.h"
#include "stress/modules/module.h"
#include "stress/modules/traced_module.h"
#include "stress/weaken/orders_report.h"

namespace minusone::cli {
namespace {

struct Given : GivenSubject {
  Common common;
  std::string sizes;
  Death crash = Death::none;
};

std::string source_words(const Given& given) {
  if (given.protocol.empty()) return to_command_line(given.programs, given.build);
  return file_words(given.protocol, given.build) + build_words(given.build) +
         argument_words(given.programs);
}

std::string name_of(const Workload& workload) {
  return fmt::format("{}+{}{}", workload.writers, workload.readers,
                     workload.messages == 1 ? "" : fmt::format(" x{}", workload.messages));
}

/// Options of explore beside the source and its orders.
std::string explore_words(const Given& given, const Workload& workload) {
  auto words = fmt::format(" --writers {} --readers {} --messages {}", workload.writers,
                           workload.readers, workload.messages);
  if (given.crash != Death::none) words += fmt::format(" --crash {}", name_of(given.crash));
  return words;
}

/// As many of the smallest as the protocol takes; where its agents would never find it full, also
/// one in which they may.
std::vector<Workload> small_workloads(const Protocol& protocol) {
  std::vector<Workload> all;
  int most = 0;
  constexpr std::pair<int, int> sizes[] = {{1, 1}, {1, 2}, {2, 1}, {2, 2}};
  for (const auto& [writers, readers] : sizes) {
    if (protocol.max_writers != 0 && writers > protocol.max_writers) continue;
    if (protocol.max_readers != 0 && readers > protocol.max_readers) continue;
    all.push_back({.writers = writers, .readers = readers});
    most = writers;
  }
  if (most <= protocol.capacity)
    all.push_back({.writers = 1, .readers = 1, .messages = protocol.capacity + 1});
  return all;
}

std::vector<OrdersWorkload> workloads_of(const Given& given, const ModuleFile& module) {
  if (given.protocol.empty() || TracedModule::is_program(module.path)) {
    if (!given.sizes.empty())
      throw UsageError("--sizes is of a protocol: a program brings a workload of its own");
    return {{.name = "", .options = "", .workload = {}}};
  }
  const auto sizes = given.sizes.empty() ? small_workloads(TracedModule(module.path).protocol())
                                         : parse_sizes(given.sizes);
  std::vector<OrdersWorkload> all;
  for (const Workload& workload : sizes)
    all.push_back({.name = name_of(workload),
                   .options = explore_words(given, workload),
                   .workload = workload});
  return all;
}

void run_orders(Given& given, Status& status) {
  check_writable("--json", given.common.json);
  const Interruption gently;
  OrderSearchOptions options;
  options.time_limit = given.common.limit(options.time_limit);
  const WorkTime hard(options.time_limit + std::chrono::seconds(5));
  const auto module = find_subject(given, "orders");
  options.source = source_words(given);
  options.module = module.path;
  options.explore = given.options;
  options.explore.interrupted = &Interruption::flag();
  if (given.crash != Death::none) {
    options.explore.strategy.faults.deaths = 1;
    options.explore.strategy.faults.mortals = given.crash;
  }
  options.workloads = workloads_of(given, module);
  options.build = [&](const auto& changes) { return build_with_orders(module.build_id, changes); };
  const bool shows_progress = given.common.prints() && isatty(STDERR_FILENO) == 1;
  if (shows_progress)
    options.progress = [](const std::string& what) { fmt::print(stderr, "\r\x1b[K{}", what); };
  const auto report = find_orders(options);
  if (shows_progress) fmt::print(stderr, "\r\x1b[K");
  if (given.common.prints()) fmt::print("{}", to_text(report));
  write_to("--json", given.common.json, given.common.json.empty() ? "" : to_json(report));
  status = report.as_written == Verdict::violated                          ? violated
           : report.as_written != Verdict::holds || !report.limits.empty() ? inconclusive
                                                                           : holds;
}

}  // namespace

void add_orders(Verb& command, Status& status) {
  auto* verb =
      command.add_verb("orders", "which memory order each atomic access and fence needs, and why");
  auto given = std::make_shared<Given>();
  verb->add_option(
      "protocol", given->files,
      "naive/counter, C or C++ files of one program or protocol, as explore takes them");
  add_build_options(*verb, given->build);
  add_programs(*verb, given->programs);
  verb->add_option("--sizes", given->sizes,
                   "writers+readers, x messages, such as 1+2,2+1,1+1x5: what the orders must "
                   "suffice for; up to two of each when not given");
  verb->add_flag("--optimized", given->options.optimized,
                 "the -O2 object: what the optimiser made of it");
  add_crash(*verb, given->crash);
  add_allowed_races(*verb, given->options.allowed_races);
  given->common.add_to(*verb);
  verb->callback([given, &status] { run_orders(*given, status); });
}

}  // namespace minusone::cli
