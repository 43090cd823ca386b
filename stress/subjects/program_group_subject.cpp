// Several whole programs. Where some are given input they pass lines of text on: those send its
// lines, the others receive what they print.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "protocol/outcome.h"
#include "stress/check/broken_by.h"
#include "stress/modules/source_layout.h"
#include "stress/subjects/program_group_machine.h"
#include "stress/subjects/subject.h"
#include "stress/subjects/waiting_programs.h"

namespace minusone {
namespace {

constexpr const char* program_assumes = "a program waits where an assumption does not hold";

class ProgramGroupSubject : public Subject {
 public:
  ProgramGroupSubject(const std::vector<ProgramSpec>& programs, std::string closing,
                      const StepRules& rules)
      : programs_(programs), closing_(std::move(closing)), machine_(programs, rules.max_memory) {
    machine_.set_rules(rules);
  }

  Machine& machine() override { return machine_; }
  const Machine& machine() const override { return machine_; }
  std::string name() const override {
    std::string names;
    for (const auto& program : programs_) names += (names.empty() ? "" : " + ") + program.name;
    return names;
  }
  SubjectKind kind() const override { return SubjectKind::programs; }
  std::vector<Property> properties() const override {
    std::vector<Property> judged;
    if (passes_lines()) judged = {Property::no_loss, Property::no_duplicate, Property::no_tear};
    for (const Property always : {Property::no_deadlock, Property::no_fault, Property::no_data_race,
                                  Property::survives_death})
      judged.push_back(always);
    return judged;
  }

  std::vector<Property> judge(const Execution& execution) override {
    std::vector<Property> broken;
    outcome_ = {};
    said_.clear();
    if (execution.end == End::violation) {
      said_ = machine_.violation();
      broken.push_back(machine_.hangs() ? Property::no_deadlock : Property::no_fault);
    } else if (execution.end == End::too_long) {
      said_ = cut_outcome();
    } else if (waits_by_assumption()) {
      said_ = program_assumes;
    } else {
      judge_waits(execution);
      if (passes_lines()) judge_lines(execution);
      std::ranges::copy(broken_by(outcome_), std::back_inserter(broken));
      judge_exits(broken);
    }
    const bool died = std::ranges::any_of(
        execution.steps, [](const Step& step) { return step.action == Action::died; });
    // Who is stuck beside a dead one was not helped: that is this property's to tell.
    if (died) std::ranges::replace(broken, Property::no_deadlock, Property::survives_death);
    auto& row = seen_[last_outcome()];
    ++row.count;
    row.grade = broken.empty() ? Grade::acceptable : Grade::forbidden;
    return broken;
  }

  std::vector<OutcomeCount> outcomes() const override {
    std::vector<OutcomeCount> rows;
    for (const auto& [outcome, row] : seen_) {
      const bool lines = passes_lines();
      rows.push_back(
          {outcome, row.count, row.grade,
           is_cut(outcome)              ? "whether it would have ended was not looked at"
           : outcome == program_assumes ? "__VERIFIER_assume() leaves this execution out"
           : row.grade == Grade::forbidden
               ? (lines ? "what was printed is not what was typed, or somebody never ends"
                        : "no execution should come to this")
           : lines ? "each line that was typed was printed once, or nobody reads any more"
                   : "no program failed, nobody waits"});
    }
    return rows;
  }
  std::string last_outcome() const override {
    if (is_cut(said_) || said_ == program_assumes) return said_;
    std::string text;
    if (passes_lines()) {
      text = to_string(outcome_, "");
    } else if (outcome_.stuck > 0) {
      text = fmt::format("{} of {} {} wait for ever", outcome_.stuck, machine_.agents(),
                         is_first(machine_.agents() - 1) ? "programs" : "processes");
    } else if (said_.empty()) {
      text = programs_.size() == 1 ? "every process ended" : "every program ended";
    }
    if (!said_.empty()) text += (text.empty() ? "" : "; ") + said_;
    return text;
  }

  bool may_die(int, Death mortals) const override { return mortals == Death::any; }
  std::string agent(int index) const override {
    const auto [parent, nth] = machine_.forked_by(index);
    if (parent >= 0) return fmt::format("child {} of {}", nth, agent(parent));
    return programs_.size() == 1 ? "main" : programs_[static_cast<std::size_t>(index)].name;
  }
  std::string place(const Access& access) const override {
    if (is_of_children(access.address)) return relative(access);
    if (access.address >= nowhere) return machine_.synchronisation().name_of(access.address);
    const auto segment = machine_.segment_at(access.address);
    if (!segment) return fmt::format("{} bytes", access.bytes);
    const auto offset = access.address - reinterpret_cast<std::uint64_t>(segment->data());
    return layout(segment->size()).name(offset, access.bytes);
  }
  std::string pointer(std::uint64_t value) const override {
    const auto address = machine_.in_segment(value);
    const bool is_told = machine_.segment_at(address) || is_kernel_object(value);
    return is_told ? pointer_to(place({address, 1})) : "";
  }
  const TracedModule& module_of(int agent) const override { return machine_.module_of(agent); }
  std::optional<std::uint64_t> shared_offset(std::uint64_t address) const override {
    return offset_in(machine_.segment(), machine_.in_segment(address));
  }
  Observation observe() const override { return observe_programs(machine_); }

 private:
  struct Row {
    std::uint64_t count = 0;
    Grade grade = Grade::acceptable;
  };

  /// A child, or who has forked it.
  std::string relative(const Access& access) const {
    const auto parent = static_cast<int>(access.address >> 8 & 0xff);
    const auto child = static_cast<int>(access.address & 0xff);
    if (child == max_agents) return agent(parent);
    return access.bytes == 1 ? agent(child) : "a child";
  }

  bool is_first(int agent) const { return agent < static_cast<int>(programs_.size()); }
  bool sends(int agent) const {
    return is_first(agent) && !programs_[static_cast<std::size_t>(agent)].input.empty();
  }
  bool is_over(int agent) const { return machine_.state(agent) == AgentState::finished; }
  bool passes_lines() const {
    return std::ranges::any_of(programs_,
                               [](const auto& program) { return !program.input.empty(); });
  }
  bool waits_by_assumption() const {
    for (int agent = 0; agent < machine_.agents(); ++agent) {
      if (machine_.assumes(agent)) return true;
    }
    return false;
  }

  /// The names of a segment's bytes, of the first program that has a structure of this size.
  const SourceLayout& layout(std::size_t bytes) const {
    auto& found = layouts_[bytes];
    if (found == nullptr) {
      Protocol description;
      description.bytes = bytes;
      found = std::make_unique<SourceLayout>(programs_.front().module, description);
    }
    return *found;
  }

  /// Who waits for ever: rightly waits who waits for input, and who was not told to end.
  void judge_waits(const Execution& execution) {
    const AgentSet right = wait_rightly(machine_, execution);
    for (int agent = 0; agent < machine_.agents(); ++agent) {
      if (is_over(agent)) continue;
      if ((right & only(agent)) == 0 || was_told_to_end(agent)) ++outcome_.stuck;
    }
  }

  bool was_told_to_end(int agent) const {
    return !sends(agent) && !closing_.empty() &&
           std::ranges::any_of(machine_.printed(agent),
                               [&](auto text) { return text.starts_with(closing_); });
  }

  /// What came of each line: by whom it was sent, and how often it was printed.
  void judge_lines(const Execution& execution) {
    std::map<std::string, int, std::less<>> sent, printed;
    std::map<std::string, bool, std::less<>> under_way;
    bool readers_live = false;
    unsigned in_dead_hands = 0;  // whoever dies may take a line along that it was taking
    for (int agent = 0; agent < machine_.agents(); ++agent) {
      if (sends(agent)) {
        const auto& input = programs_[static_cast<std::size_t>(agent)].input;
        const std::size_t lines = machine_.lines_read(agent);
        for (std::size_t i = 0; i < lines; ++i) ++sent[input[i]];
        // Whoever still waits has perhaps not yet passed on what it has read last.
        const bool may_hold_it =
            machine_.is_dead(agent) || (!is_over(agent) && !machine_.waits_for_input(agent));
        if (lines > 0 && may_hold_it) under_way[input[lines - 1]] = true;
        continue;
      }
      readers_live |= !is_over(agent);
      in_dead_hands += machine_.is_dead(agent) && has_taken_steps(execution, agent);
      for (auto text : machine_.printed(agent)) {
        if (text.ends_with('\n')) text.remove_suffix(1);
        ++printed[std::string(text)];
      }
    }
    for (const auto& [line, count] : printed) {
      const auto known = sent.find(line);
      if (known == sent.end()) {
        outcome_.torn += static_cast<std::uint64_t>(count);
      } else if (count > known->second) {
        outcome_.duplicated += static_cast<std::uint64_t>(count - known->second);
      }
    }
    for (const auto& [line, count] : sent) {
      const int missing = count - printed[line] - (under_way[line] ? 1 : 0);
      // What lies there after the last reader has left is nobody's loss.
      if (missing > 0 && (readers_live || !machine_.is_in_memory(line)))
        outcome_.lost += static_cast<unsigned>(missing);
    }
    outcome_.lost -= std::min(outcome_.lost, in_dead_hands);
  }

  /// A death is a step, too, and takes nothing along that was not looked at before.
  static bool has_taken_steps(const Execution& execution, int agent) {
    return std::ranges::any_of(execution.steps, [agent](const Step& step) {
      return step.agent == agent && step.action != Action::died;
    });
  }

  void judge_exits(std::vector<Property>& broken) {
    for (int agent = 0; agent < machine_.agents(); ++agent) {
      // What a child exits with is its parent's to judge.
      const int status = is_first(agent) && is_over(agent) ? machine_.exit_status(agent) : 0;
      if (status == 0) continue;
      said_ +=
          fmt::format("{}{} exits with {}", said_.empty() ? "" : ", ", this->agent(agent), status);
    }
    if (!said_.empty()) broken.push_back(Property::no_fault);
  }

  const std::vector<ProgramSpec> programs_;
  const std::string closing_;
  ProgramGroupMachine machine_;
  Outcome outcome_;
  std::string said_;  ///< of an end that the outcome's counts do not tell
  std::map<std::string, Row> seen_;
  mutable std::map<std::size_t, std::unique_ptr<SourceLayout>> layouts_;
};

}  // namespace

std::unique_ptr<Subject> make_program_group(const std::vector<ProgramSpec>& programs,
                                            const std::string& closing, const StepRules& rules) {
  for (const ProgramSpec& program : programs) {
    const bool forks =
        module_calls(program.module, "fork") || module_calls(program.module, "vfork");
    if (forks && module_calls(program.module, "fgets")) {
      throw ModuleRefused(program.module +
                          ": forks and reads its input, and whose a line is then is not modelled");
    }
  }
  return std::make_unique<ProgramGroupSubject>(programs, closing, rules);
}

}  // namespace minusone
