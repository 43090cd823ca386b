#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <memory>

#include "protocol/counted.h"
#include "stress/cli/verbs.h"
#include "stress/explore/explore.h"
#include "stress/machine/end_of_work.h"
#include "stress/modules/traced_module.h"
#include "stress/native/engine.h"
#include "stress/report/findings.h"
#include "stress/report/html.h"
#include "stress/report/sources.h"
#include "stress/report/terminal.h"

namespace minusone::cli {
namespace {

/// One line of the closing table.
struct Shown {
  std::string protocol;
  std::string native;    ///< what real processes did
  std::string explored;  ///< what every schedule comes to
  bool as_claimed = true;
};

/// Forced conditions: one CPU and a yield at each basic block make the race certain.
StressOptions forced(const Workload& workload, std::uint64_t seed) {
  StressOptions options;
  options.workload = workload;
  options.mode = Mode::rounds;
  options.place = Place::same;
  options.widen = {Widen::By::yield, 0};
  options.time_limit = std::chrono::milliseconds(700);
  options.rounds = 100;
  options.seed = seed;
  return options;
}

bool violates(const Result& result, Property property) {
  return std::ranges::any_of(result.properties, [&](const PropertyResult& p) {
    return p.property == property && p.verdict == Verdict::violated;
  });
}

class Tour {
 public:
  explicit Tour(Common& common) : common_(common), style_(common.style()) { style_.brief = true; }

  void show(const std::string& name) {
    const auto module = Module::load(name, ModuleKind::native);
    const auto& protocol = module.protocol();
    Shown line{.protocol = name};
    const bool cure = name.starts_with("safe/");
    say(fmt::format("\n{}: {}\n", name, protocol.summary));
    if (cure) {
      show_cure(name, protocol, line);
    } else {
      for (const Claim& claim : protocol.claims) {
        if (!claim.keeps && claim.property != Property::no_data_race &&
            claim.memory == MemoryModel::sc) {
          show_break(name, claim, line);
        }
      }
      if (line.native.empty()) show_what_comes(name, protocol, line);
    }
    show_every_schedule(name, protocol, cure, line);
    table_.push_back(std::move(line));
  }

  /// @return whether all went as claimed
  bool conclude() const {
    bool all = !table_.empty();
    std::size_t widest = 0;
    for (const Shown& line : table_) widest = std::max(widest, columns(line.native));
    say("\nIn short\n");
    say(fmt::format("     {:<25} {:<{}}  {}\n", "", "real processes", widest, "every schedule"));
    for (const Shown& line : table_) {
      all &= line.as_claimed;
      say(fmt::format("  {}{}{} {:<25} {:<{}}  {}\n",
                      !style_.color     ? ""
                      : line.as_claimed ? "\x1b[1;32m"
                                        : "\x1b[1;31m",
                      line.as_claimed ? "ok" : "??", style_.color ? "\x1b[0m" : "", line.protocol,
                      line.native, widest, line.explored));
    }
    say("\nok: a naive protocol fails in each way that it claims, a safe one holds. Naive ones ran "
        "forced:\none CPU, a yield at each basic block, or a tight loop. What takes "
        "weak memory\nonly every schedule shows.\n");
    return all;
  }

  const std::vector<Result>& results() const { return results_; }

 private:
  /// What every execution is taken of.
  struct Asked {
    Workload workload;
    MemoryModel memory = MemoryModel::sc;
  };

  /// Of what nothing smaller stands in for, on a machine that is busy elsewhere.
  static constexpr std::chrono::milliseconds last_resort = std::chrono::minutes(1);
  /// Where one dies, another is left to meet what it left, and to come by again.
  static constexpr Workload mourners = {.writers = 1, .readers = 2, .messages = 2};

  void say(const std::string& text) const {
    if (common_.prints()) fmt::print("{}", text);
  }

  /// Shows a claimed break: forced, or natively in turn (the optimiser's work and the library's
  /// show without widening), until it shows or the attempts are spent.
  void show_break(const std::string& name, const Claim& claim, Shown& line) {
    StressOptions options;
    Result result;
    for (unsigned attempt = 0; attempt < 16; ++attempt) {
      options = forced(claim.shown_by, common_.seed_or_fresh() + attempt);
      // A machine that is busy elsewhere takes few rounds in the time that is enough for others.
      if (attempt >= 4) options.time_limit = std::chrono::seconds(5);
      if (attempt % 2 == 1) {
        options.widen = {};
        options.place = Place::free;
      }
      result = stress(Module::load(name, module_kind(options)), options);
      if (violates(result, claim.property)) break;
    }
    const bool shown = violates(result, claim.property);
    // Some deaths hurt only between two instructions: then every schedule has to tell.
    const bool explored = !shown && is_found_by_a_death(name, claim);
    const auto rounds = result.executions.all();
    say(fmt::format("  real processes: {} of {} wrong: {}{}\n", result.executions.violating,
                    counted(rounds, "round"), claim.why,
                    shown      ? ""
                    : explored ? ": so rare here that only every schedule shows it"
                               : ": DID NOT FAIL SO"));
    line.as_claimed &= shown || explored;
    if (line.native.empty() || !shown) {
      line.native = fmt::format("{}: {} of {}",
                                shown      ? "fails"
                                : explored ? "fails rarely"
                                           : "DID NOT FAIL",
                                result.executions.violating, counted(rounds, "round"));
    }
    results_.push_back(std::move(result));
  }

  /// Of what takes weak memory to break: how often this machine does. Never is no wonder.
  void show_what_comes(const std::string& name, const Protocol& protocol, Shown& line) {
    StressOptions options;
    options.mode = Mode::rounds;
    for (const Claim& claim : protocol.claims) {
      if (claim.memory != MemoryModel::sc) options.workload = claim.shown_by;
    }
    options.time_limit = std::chrono::milliseconds(700);
    options.seed = common_.seed_or_fresh();
    auto result = stress(Module::load(name, ModuleKind::native), options);
    line.native = fmt::format("{} of {}", result.executions.violating,
                              counted(result.executions.all(), "round"));
    say(fmt::format("  real processes: {} wrong: it takes weak memory\n", line.native));
    results_.push_back(std::move(result));
  }

  void show_cure(const std::string& name, const Protocol& protocol, Shown& line) {
    StressOptions options;
    options.mode = Mode::soak;
    options.workload = {.writers = protocol.max_writers == 1 ? 1 : 2,
                        .readers = protocol.max_readers == 1 ? 1 : 2,
                        .text = 64};
    options.time_limit = std::chrono::milliseconds(1500);
    options.seed = common_.seed_or_fresh();
    auto result = stress(Module::load(name, ModuleKind::native), options);
    line.as_claimed = result.verdict == Verdict::holds;
    line.native = fmt::format("{}: {} messages", line.as_claimed ? "holds" : "DID NOT HOLD",
                              result.messages.value_or(0));
    say(fmt::format("  real processes: {}, none lost, duplicated, torn or reordered\n",
                    line.native));
    if (!line.as_claimed) say(to_terminal(result, command_line(name, options), style_));
    results_.push_back(std::move(result));
  }

  /// Explores the workload of the first claim that fails, or the cure's, natively run once beside
  /// it.
  void show_every_schedule(const std::string& name, const Protocol& protocol, bool cure,
                           Shown& line) {
    ExploreOptions options;
    options.interrupted = &Interruption::flag();
    std::vector<Asked> all_asked;
    if (cure) {
      options.memory_as_needed = true;
      all_asked.push_back({{.writers = protocol.max_writers == 1 ? 1 : 2,
                            .readers = protocol.max_readers == 1 ? 1 : 2}});
      // Two pairs may be more than the time allows: then one writer is told in whole.
      all_asked.push_back({{.writers = 1, .readers = protocol.max_readers == 1 ? 1 : 2}});
    } else {
      for (const Claim& claim : protocol.claims) {
        if (claim.keeps || claim.shown_by.death != Death::none) continue;
        all_asked.push_back({claim.shown_by, claim.memory});
        all_asked.back().workload.text = Workload{}.text;
      }
      all_asked.push_back({});
    }
    const auto module = find_module(name, ModuleKind::traced);
    const auto wanted = cure ? Verdict::holds : Verdict::violated;
    Result result;
    for (const Asked& asked : all_asked) {
      options.workload = asked.workload;
      options.memory = asked.memory;
      options.time_limit = &asked == &all_asked.back() ? last_resort : std::chrono::seconds(2);
      result = explore(module.path.string(), module.build_id, options);
      if (result.verdict == wanted) break;
    }
    if (!cure && result.verdict != wanted) {
      // It takes a death, and an agent that comes by afterwards.
      options.workload = mourners;
      options.memory = MemoryModel::sc;
      result = with_a_death(module, options);
    }
    if (cure) line.as_claimed &= result.verdict == Verdict::holds;
    line.explored = sentence(result);
    say(fmt::format("  every schedule: {}\n\n", line.explored));
    if (result.verdict == Verdict::violated) say(to_terminal(result, "", style_));
    if (result.verdict == Verdict::violated) show_as_it_comes(name, options.workload);
    results_.push_back(std::move(result));
    const bool outlives = std::ranges::any_of(protocol.claims, [](const Claim& claim) {
      return claim.keeps && claim.property == Property::survives_death;
    });
    if (!cure || !outlives) return;
    options.workload = {.writers = 1, .readers = protocol.max_readers == 1 ? 1 : 2};
    auto mourned = with_a_death(module, options);
    line.as_claimed &= mourned.verdict == Verdict::holds;
    say(fmt::format("  every schedule: {}\n\n", sentence(mourned)));
    results_.push_back(std::move(mourned));
  }

  /// Whether that claim, of a death, shows where each agent dies at each of its steps.
  static bool is_found_by_a_death(const std::string& name, const Claim& claim) {
    if (claim.shown_by.death == Death::none) return false;
    ExploreOptions options;
    options.interrupted = &Interruption::flag();
    options.workload = mourners;
    return violates(with_a_death(find_module(name, ModuleKind::traced), options), claim.property);
  }

  /// The same with one agent, whichever it is, dying at any step or while it waits.
  static Result with_a_death(const ModuleFile& module, ExploreOptions options) {
    options.strategy.faults.deaths = 1;
    options.time_limit = last_resort;
    return explore(module.path.string(), module.build_id, options);
  }

  /// The same workload as it comes, for the report to set beside: how rare it looks.
  void show_as_it_comes(const std::string& name, const Workload& workload) {
    StressOptions options;
    options.workload = workload;
    options.mode = Mode::rounds;
    options.time_limit = std::chrono::milliseconds(2000);
    options.rounds = 200;
    options.seed = common_.seed_or_fresh();
    results_.push_back(stress(Module::load(name, ModuleKind::native), options));
  }

  /// "all 6 executions: 2 wrong; 2 end at written = -1", or the certificate.
  static std::string sentence(const Result& result) {
    const auto ended = result.executions.all();
    auto text =
        fmt::format("{}{}: ", result.assurance == Assurance::complete && ended > 1 ? "all " : "",
                    counted(static_cast<std::int64_t>(ended), "execution"));
    if (result.verdict != Verdict::violated) {
      return text + fmt::format("none wrong ({}{}, {}, {}{})", name_of(result.assurance),
                                memory_of(result), counted(result.workload.writers, "writer"),
                                counted(result.workload.readers, "reader"),
                                result.model.deaths > 0 ? ", one may die" : "");
    }
    text += fmt::format("{} wrong", result.executions.violating);
    const auto worst = std::ranges::find_if(result.outcomes, [](const OutcomeCount& o) {
      return o.grade == Grade::forbidden && o.count > 0;
    });
    if (worst != result.outcomes.end())
      text += fmt::format("; {} end at {}", worst->count, what_is_wrong(worst->outcome));
    if (result.model.deaths > 0) text += "; one may die";
    if (result.model.memory != name_of(MemoryModel::sc)) text += "; under " + result.model.memory;
    return text;
  }

  /// The outcome without the terms that say 0: "written = -1, duplicated 1".
  static std::string what_is_wrong(std::string_view outcome) {
    std::string kept;
    while (!outcome.empty()) {
      const auto end = std::min(outcome.find(", "), outcome.size());
      const auto term = outcome.substr(0, end);
      if (!term.ends_with(" 0") || term.ends_with("= 0"))
        kept += (kept.empty() ? "" : ", ") + std::string(term);
      outcome.remove_prefix(std::min(end + 2, outcome.size()));
    }
    return kept;
  }

  Common& common_;
  Style style_;
  std::vector<Shown> table_;
  std::vector<Result> results_;
};

/// report.html in the folder, which is made where it is missing. @return its path
std::string write_report(const std::string& folder, std::vector<Result> results) {
  for (Result& result : results) attach_sources(result);
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  const auto path = (std::filesystem::path(folder) / "report.html").string();
  std::ofstream file(path, std::ios::binary);
  file << to_html(results) << std::flush;
  if (!file) {
    throw UsageError(
        fmt::format("--report '{}' cannot be written: {}: expected a folder that you may write to",
                    folder, std::system_category().message(failed ? failed.value() : errno)));
  }
  return path;
}

}  // namespace

void add_demo(Verb& command, Status& status) {
  auto* verb = command.add_verb("demo", "the tour: each naive protocol fails, each safe one holds");
  auto common = std::make_shared<Common>();
  auto folder = std::make_shared<std::string>();
  common->add_to(*verb);
  verb->add_option("--report", *folder, "write report.html into this folder")->type_name("DIR");
  verb->callback([common, folder, &status] {
    common->check_json();
    if (!folder->empty()) write_report(*folder, {});  // before the tour: can it be written?
    const Interruption gently;
    Tour tour(*common);
    for (const auto& name : protocol_names()) {
      tour.show(name);
      if (Interruption::came()) break;
    }
    const bool all = tour.conclude();
    common->hand_over(tour.results());
    if (!folder->empty()) {
      const auto path = write_report(*folder, tour.results());
      if (common->prints())
        fmt::print("Open {} in a browser: every protocol, step by step.\n", path);
    }
    status = Interruption::came() ? inconclusive : all ? holds : violated;
  });
}

}  // namespace minusone::cli
