#include "stress/report/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <tuple>

#include "protocol/counted.h"
#include "stress/report/terminal.h"

namespace minusone {
namespace {

/// From what everybody sees to what one must reason about.
constexpr std::array weight{
    Property::no_fault,     Property::legal_state,    Property::no_duplicate,
    Property::no_loss,      Property::no_tear,        Property::no_reorder,
    Property::no_deadlock,  Property::survives_death, Property::linearizable,
    Property::no_data_race,
};

bool same_proof(const PropertyResult& a, const PropertyResult& b) {
  return a.schedule == b.schedule && (!a.schedule.empty() || a.trace == b.trace);
}

}  // namespace

std::vector<Finding> findings(const Result& result) {
  std::vector<Finding> all;
  for (const Property property : weight) {
    for (const PropertyResult& p : result.properties) {
      if (p.property != property || p.verdict != Verdict::violated) continue;
      const auto known = std::ranges::find_if(
          all, [&](const Finding& finding) { return same_proof(*finding[0], p); });
      if (known == all.end())
        all.push_back({&p});
      else
        known->push_back(&p);
    }
  }
  return all;
}

std::vector<const Race*> races_by_weight(const Result& result) {
  std::vector<const Race*> races;
  for (const Race& race : result.races) races.push_back(&race);
  const auto all = findings(result);
  if (all.empty()) return races;
  const auto& steps = all[0][0]->steps;
  const auto at = [&](const RaceSide& side, const TraceStep& step) {
    return side.file == step.file && side.line == step.line;
  };
  const auto shows = [&](const Race* race) {
    return std::ranges::any_of(steps, [&](const TraceStep& step) {
      return std::ranges::any_of(step.races, [&](int other) {
        const auto& earlier = steps[static_cast<std::size_t>(other) - 1];
        return (at(race->a, earlier) && at(race->b, step)) ||
               (at(race->b, earlier) && at(race->a, step));
      });
    });
  };
  std::ranges::stable_partition(races, shows);
  return races;
}

std::string sentence_of(const RaceSide& side) {
  const auto where = side.call.file.empty() ? fmt::format("{}:{}", side.file, side.line)
                                            : fmt::format("{}:{} {}()", side.call.file,
                                                          side.call.line, side.call.callee);
  return fmt::format("{} {} ({})", where, side.access, side.agent);
}

std::string inside_library(const Race& race) {
  if (race.a.call.file.empty() && race.b.call.file.empty()) return "";
  return fmt::format("{}:{} and {}:{}", race.a.file, race.a.line, race.b.file, race.b.line);
}

std::string extent(const Result& r) {
  const auto ended = r.executions.all();
  const auto wrong = r.executions.violating == 0
                         ? std::string("none of them wrong")
                         : fmt::format("{} of them wrong", r.executions.violating);
  if (r.engine == EngineKind::stress) {
    if (r.messages) return counted(*r.messages, "message");
    return fmt::format("{}, {}", counted(ended, "round"), wrong);
  }
  if (r.states) {
    return fmt::format("{}{} and {}, {} looked at, {}",
                       r.assurance == Assurance::complete ? "all " : "",
                       counted(r.states->states, "state"), counted(r.states->transitions, "step"),
                       counted(ended, "execution"), wrong);
  }
  return fmt::format("{}{}, {}", r.assurance == Assurance::complete && ended > 1 ? "all " : "",
                     counted(ended, "execution"), wrong);
}

std::string states_sentence(const StateCounts& states) {
  return fmt::format(
      "each was expanded once, and known again by 128 bits: the chance that one was taken for "
      "another is below {:.0e}{}",
      std::max(states.missed, 1e-38),
      states.ordered == 0 ? ""
                          : fmt::format("; data races by {} with happens-before",
                                        counted(states.ordered, "state")));
}

std::string agents_sentence(const Result& r) {
  const Workload& w = r.workload;
  if (r.kind == SubjectKind::program) return "a whole program, its threads";
  if (r.kind == SubjectKind::programs) return "whole programs, each a process";
  if (r.kind == SubjectKind::object) {
    // Of many scenarios it says how many; one stands in the command that repeats it.
    const bool is_one =
        !r.scenario.empty() && !std::isdigit(static_cast<unsigned char>(r.scenario[0]));
    const auto agents = std::ranges::count(r.scenario, '|') + 1;
    return is_one ? fmt::format("an object, {}, processes",
                                counted(static_cast<std::uint64_t>(agents), "agent"))
                  : r.scenario;
  }
  return fmt::format("{}, {}, {}{} B of text, {}", counted(w.writers, "writer"),
                     counted(w.readers, "reader"),
                     r.messages ? "" : counted(w.messages, "message") + " each, ", w.text,
                     w.processes ? "processes" : "threads");
}

std::string_view memory_of(const Result& r) {
  const bool says_it = r.engine == EngineKind::explore && r.verdict != Verdict::inconclusive;
  if (!says_it) return "";
  if (r.model.memory == "rc11") return " under C++20 (RC11)";
  if (r.model.memory == "tso") return " under x86 (TSO)";
  if (r.verdict == Verdict::violated) return "";
  return r.model.race_free ? " under C++20 (no data race)" : " under sequential consistency";
}

std::string model_sentence(const Model& m) {
  if (m.memory == "native") return "the machine as it is";
  std::string text = m.memory == "rc11"  ? "the memory model of C++20 (RC11)"
                     : m.memory == "tso" ? "the memory model of x86 (TSO)"
                     : m.race_free ? "sequential consistency, as C++20 has it where nothing races"
                                   : "sequential consistency";
  text += fmt::format(", a racy copy in {}", counted(m.copy_steps, "step"));
  const std::tuple<int, const char*> events[] = {
      {m.deaths, "death"},          {m.eintr, "interrupted call"}, {m.spurious, "spurious wake-up"},
      {m.weak_cas, "weak failure"}, {m.timeouts, "timeout"},
  };
  bool any = false;
  for (const auto& [count, what] : events) {
    if (count == 0) continue;
    text += fmt::format(", up to {}", counted(count, what));
    any = true;
  }
  if (!any) text += ", nobody dies";
  if (m.optimized) text += ", the -O2 object";
  if (!m.glibc.empty()) text += ", condition variables of glibc " + m.glibc;
  return text;
}

std::string share(std::uint64_t part, std::uint64_t all) {
  if (all == 0) return {};
  if (part == 0) return "0 %";
  const double percent = 100.0 * static_cast<double>(part) / static_cast<double>(all);
  if (part < all && percent > 99.5) return fmt::format("{:.4g} %", std::min(percent, 99.99));
  return percent >= 1 ? fmt::format("{:.0f} %", percent) : fmt::format("{:.1g} %", percent);
}

}  // namespace minusone
