#include "stress/grade/grade.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>
#include <span>
#include <sstream>

#include "protocol/counted.h"
#include "stress/modules/module.h"
#include "stress/modules/work_folder.h"
#include "stress/report/interleaving.h"
#include "stress/report/json.h"
#include "stress/report/text.h"

namespace minusone {
namespace {

namespace fs = std::filesystem;

/// The workloads: one that passes a message on, each kind of contention, both, and an order to
/// keep.
constexpr std::array workloads{
    Workload{.writers = 1, .readers = 1, .messages = 1},
    Workload{.writers = 1, .readers = 2, .messages = 1},
    Workload{.writers = 2, .readers = 1, .messages = 1},
    Workload{.writers = 2, .readers = 2, .messages = 1},
    Workload{.writers = 1, .readers = 1, .messages = 3},
};

/// The first of these are also run with a death: the agents left must have somebody to go on with.
constexpr std::size_t deadly_workloads = 3;

/// What is asked of a channel, and what it is worth.
struct Asked {
  Property property;
  int of;
};
constexpr std::array asked{
    Asked{Property::no_fault, 1},     Asked{Property::no_loss, 2},
    Asked{Property::no_duplicate, 2}, Asked{Property::no_tear, 1},
    Asked{Property::no_reorder, 1},   Asked{Property::no_deadlock, 2},
    Asked{Property::no_data_race, 1},
};

std::string in_words(const Workload& w) {
  return fmt::format("{}, {}, {} each", counted(w.writers, "writer"), counted(w.readers, "reader"),
                     counted(w.messages, "message"));
}

/// The first lines of what somebody said, harmless for whoever shows them.
std::string first_lines(const std::string& text, std::size_t most) {
  std::istringstream in(text);
  std::string lines;
  std::string line;
  for (std::size_t i = 0; i < most && std::getline(in, line); ++i) lines += printable(line) + "\n";
  if (std::getline(in, line)) lines += "...\n";
  return lines;
}

/// Why a run has no result.
std::string failure_of(const Ran& ran, const RunLimits& limits) {
  switch (ran.end) {
    case Ran::End::stopped:
      return fmt::format(
          "it loops for ever, or is far too slow: stopped after {} s of CPU time or {} s",
          limits.cpu.count(), limits.elapsed.count());
    case Ran::End::crowded:
      return fmt::format("it started more than {} processes at a time", limits.processes);
    case Ran::End::killed:
      return fmt::format(
          "it was ended by signal {} ({}): does it fail, or call exit(), as soon as it is loaded?",
          ran.status, strsignal(ran.status));
    case Ran::End::exited:
      break;
  }
  if (ran.status == 2 || ran.status == 4) return printable(ran.err.substr(0, ran.err.find('\n')));
  return fmt::format("it ended by itself, with exit status {}: does it call exit()?", ran.status);
}

class Grader {
 public:
  Grader(const std::string& file, const GradeOptions& options)
      : file_(fs::absolute(file)), options_(options) {
    sheet_.file = file;
    sheet_.marks.push_back({"builds", "it compiles, and passes a message on", 0, 1, {}, {}});
    for (const Asked& one : asked) {
      sheet_.marks.push_back({std::string(name_of(one.property)),
                              std::string(sentence_of(one.property)),
                              0,
                              one.of,
                              {},
                              {}});
    }
    sheet_.marks.push_back({"optimized",
                            "all of it holds of what the optimiser makes of the source, too",
                            0,
                            1,
                            {},
                            {}});
    if (options.crash == Death::none) return;
    sheet_.marks.push_back(
        {"survives_death", std::string(sentence_of(Property::survives_death)), 0, 2, {}, {}});
  }

  GradeSheet run() {
    const auto traced = build("traced.so", {});
    if (!traced) return std::move(sheet_);
    if (!explore_all(*traced, workloads, {}, mark("builds"))) return std::move(sheet_);
    if (results_.front().kind != SubjectKind::channel) {
      throw UsageError(
          fmt::format("'{}' is a whole program, it has a main(): `minusone explore` judges it; "
                      "expected the C++ source of a protocol",
                      sheet_.file));
    }
    judge_plain();
    const bool holds = std::ranges::all_of(
        asked, [&](const Asked& one) { return mark(name_of(one.property)).points == one.of; });
    if (holds && mark("builds").points > 0) {
      const auto optimized = build("optimized.so", {"--optimized"});
      if (optimized && explore_all(*optimized, workloads, {"--optimized"}, mark("optimized")))
        judge_optimized();
    } else {
      mark("optimized").why = "not looked at: the source does not hold as it is";
    }
    if (options_.crash == Death::none) return std::move(sheet_);
    const auto some = std::span(workloads).first(deadly_workloads);
    if (explore_all(*traced, some, {"--crash", std::string(name_of(options_.crash))},
                    mark("survives_death")))
      judge_deaths();
    return std::move(sheet_);
  }

 private:
  Mark& mark(std::string_view name) { return *std::ranges::find(sheet_.marks, name, &Mark::name); }

  std::optional<std::string> build(const char* name, const std::vector<std::string>& more) {
    const auto module = (scratch_.path() / name).string();
    std::vector<std::string> command{options_.command, "build", file_.string(), "-o", module};
    command.insert(command.end(), more.begin(), more.end());
    const auto ran = run_limited(command, {std::chrono::seconds(120), std::chrono::seconds(240)},
                                 scratch_.path());
    if (ran.end == Ran::End::exited && ran.status == 0) return module;
    Mark& failed = more.empty() ? mark("builds") : mark("optimized");
    failed.why = ran.end == Ran::End::stopped   ? "the compiler did not come to an end"
                 : ran.end == Ran::End::crowded ? "the compiler started too many processes"
                 : ran.status == 4              ? "the compiler cannot be had"
                                                : "it does not compile, or is no protocol";
    failed.evidence = first_lines(ran.err, 30);
    return std::nullopt;
  }

  /// Explores a module under every workload. @return false: some run has no result, and the mark
  /// says so
  bool explore_all(const std::string& module, std::span<const Workload> under,
                   const std::vector<std::string>& more, Mark& failed) {
    results_.clear();
    for (const Workload& w : under) {
      std::vector<std::string> command{options_.command, "explore", module, "--json", "-"};
      for (const auto& [option, value] : {std::pair{"--writers", w.writers},
                                          {"--readers", w.readers},
                                          {"--messages", w.messages}}) {
        command.insert(command.end(), {option, std::to_string(value)});
      }
      command.insert(command.end(), {"--executions", std::to_string(options_.executions), "--seed",
                                     "1", "--no-shrink"});
      command.insert(command.end(), more.begin(), more.end());
      const auto ran = run_limited(command, options_.limits, scratch_.path());
      if (const auto result = result_of(ran)) {
        results_.push_back(*result);
        continue;
      }
      failed.why = fmt::format("{}: {}", in_words(w), failure_of(ran, options_.limits));
      failed.evidence = first_lines(ran.err, 10);
      return false;
    }
    return true;
  }

  static std::optional<Result> result_of(const Ran& ran) {
    if (ran.end != Ran::End::exited || ran.out.empty()) return std::nullopt;
    try {
      auto results = from_json(ran.out);
      if (results.size() == 1) return std::move(results.front());
    } catch (const BadResults&) {
      // It ended in the middle of it, or the file printed something of its own.
    }
    return std::nullopt;
  }

  void judge_plain() {
    Mark& builds = mark("builds");
    const Result& one_message = results_.front();
    const auto breaks = [&](Property property) {
      return std::ranges::any_of(one_message.properties, [&](const PropertyResult& p) {
        return p.property == property && p.verdict == Verdict::violated;
      });
    };
    const ExecutionCounts& counts = one_message.executions;
    if (counts.all() == 0 || counts.stuck_rightly > 0 || breaks(Property::no_loss) ||
        breaks(Property::no_deadlock)) {
      builds.why =
          fmt::format("{}: not every execution passes the message on", in_words(workloads[0]));
    } else {
      builds.points = builds.of;
    }
    for (const Asked& one : asked) judge(mark(name_of(one.property)), one.property);
    note_limits("");
  }

  void note_limits(const char* beside) {
    for (const Result& result : results_) {
      for (const auto& limit : result.limits) {
        sheet_.notes.push_back(
            fmt::format("{}{}: bounded: {}", in_words(result.workload), beside, printable(limit)));
      }
    }
  }

  // The agents left must go on, and what holds while all live must hold of them, too.
  void judge_deaths() {
    note_limits(", one may die");
    Mark& survives = mark("survives_death");
    judge(survives, Property::survives_death);
    for (const Asked& one : asked) {
      if (survives.points == 0 || mark(name_of(one.property)).points < one.of) continue;
      Mark same{std::string(name_of(one.property)), {}, 0, 1, {}, {}};
      judge(same, one.property);
      if (same.points == 1) continue;
      survives.points = 0;
      survives.why = fmt::format("with a death, {}: {}", same.name, same.why);
      survives.evidence = same.evidence;
    }
  }

  void judge(Mark& mark, Property property) {
    std::uint64_t executions = 0;
    for (const Result& result : results_) {
      executions += result.executions.all();
      const auto found = std::ranges::find(result.properties, property, &PropertyResult::property);
      if (found == result.properties.end() || found->verdict != Verdict::violated) continue;
      mark.why = fmt::format("{}: broken in {} of {}", in_words(result.workload), found->count,
                             counted(result.executions.all(), "execution"));
      for (const auto& line : interleaving_table(found->steps, {.width = 120}))
        mark.evidence += printable(line) + "\n";
      for (std::size_t i = found->steps.size(); i < found->trace.size(); ++i)
        mark.evidence += printable(found->trace[i]) + "\n";
      if (property == Property::no_data_race) mark.evidence += races_of(result);
      return;
    }
    if (executions == 0) {
      mark.why = "no execution came to an end";
      return;
    }
    mark.points = mark.of;
    mark.why = "in all of " + counted(executions, "execution");
  }

  static std::string races_of(const Result& result) {
    std::string lines;
    for (const Race& race : result.races) {
      lines += printable(fmt::format("line {} ({} {}) with line {} ({} {}): {}", race.a.line,
                                     race.a.agent, race.a.access, race.b.line, race.b.agent,
                                     race.b.access, race.why)) +
               "\n";
    }
    return lines;
  }

  void judge_optimized() {
    Mark& optimized = mark("optimized");
    for (const Asked& one : asked) {
      Mark same{std::string(name_of(one.property)), {}, 0, 1, {}, {}};
      judge(same, one.property);
      if (same.points == 1) continue;
      optimized.why = fmt::format("{}: {}", same.name, same.why);
      optimized.evidence = same.evidence;
      return;
    }
    optimized.points = optimized.of;
  }

  const WorkFolder scratch_;
  const fs::path file_;
  const GradeOptions& options_;
  GradeSheet sheet_;
  std::vector<Result> results_;  ///< a workload each, of the module explored last
};

}  // namespace

int GradeSheet::points() const {
  int sum = 0;
  for (const Mark& mark : marks) sum += mark.points;
  return sum;
}

int GradeSheet::of() const {
  int sum = 0;
  for (const Mark& mark : marks) sum += mark.of;
  return sum;
}

GradeSheet grade(const std::string& file, const GradeOptions& options) {
  std::error_code none;
  if (!fs::is_regular_file(file, none)) {
    throw UsageError(
        fmt::format("'{}': there is no such file: expected the C++ source of a protocol", file));
  }
  return Grader(file, options).run();
}

}  // namespace minusone
