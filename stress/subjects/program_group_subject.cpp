// Several whole programs that pass lines of text on: those that are given input send its lines, the
// others receive what they print.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "protocol/outcome.h"
#include "stress/check/broken_by.h"
#include "stress/modules/source_layout.h"
#include "stress/subjects/program_group_machine.h"
#include "stress/subjects/subject.h"

namespace minusone {
namespace {

class ProgramGroupSubject : public Subject {
 public:
  ProgramGroupSubject(const std::vector<ProgramSpec>& programs, std::string closing,
                      const StepRules& rules)
      : programs_(programs), closing_(std::move(closing)), machine_(programs) {
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
    return {Property::no_loss,     Property::no_duplicate, Property::no_tear,
            Property::no_deadlock, Property::no_fault,     Property::no_data_race};
  }

  std::vector<Property> judge(const Execution& execution) override {
    std::vector<Property> broken;
    outcome_ = {};
    failed_.clear();
    if (execution.end == End::violation) {
      failed_ = machine_.violation();
      broken.push_back(machine_.hangs() ? Property::no_deadlock : Property::no_fault);
    } else if (execution.end != End::too_long) {
      judge_lines(broken);
      judge_exits(broken);
    }
    auto& row = seen_[last_outcome()];
    ++row.count;
    row.grade = broken.empty() ? Grade::acceptable : Grade::forbidden;
    return broken;
  }

  std::vector<OutcomeCount> outcomes() const override {
    std::vector<OutcomeCount> rows;
    for (const auto& [outcome, row] : seen_) {
      rows.push_back({outcome, row.count, row.grade,
                      row.grade == Grade::forbidden
                          ? "what was printed is not what was typed, or somebody never ends"
                          : "each line that was typed was printed once, or nobody reads any more"});
    }
    return rows;
  }
  std::string last_outcome() const override {
    return failed_.empty() ? to_string(outcome_, "") : to_string(outcome_, "") + "; " + failed_;
  }

  bool may_die(int, Death mortals) const override { return mortals == Death::any; }
  std::string agent(int index) const override {
    return programs_[static_cast<std::size_t>(index)].name;
  }
  std::string place(const Access& access) const override {
    if (access.address >= nowhere) return machine_.synchronisation().name_of(access.address);
    const auto segment = machine_.segment_at(access.address);
    if (!segment) return fmt::format("{} bytes", access.bytes);
    const auto offset = access.address - reinterpret_cast<std::uint64_t>(segment->data());
    return layout(segment->size()).name(offset, access.bytes);
  }
  std::string pointer(std::uint64_t value) const override {
    const bool is_told = machine_.segment_at(value) || is_kernel_object(value);
    return is_told ? pointer_to(place({value, 1})) : "";
  }
  const TracedModule& module_of(int agent) const override { return machine_.module_of(agent); }
  std::optional<std::uint64_t> shared_offset(std::uint64_t address) const override {
    return offset_in(machine_.segment(), address);
  }
  Observation observe() const override { return observe_programs(machine_); }

 private:
  struct Row {
    std::uint64_t count = 0;
    Grade grade = Grade::acceptable;
  };

  bool sends(int agent) const { return !programs_[static_cast<std::size_t>(agent)].input.empty(); }
  bool is_over(int agent) const { return machine_.state(agent) == AgentState::finished; }

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

  /// What came of each line: by whom it was sent, and how often it was printed.
  void judge_lines(std::vector<Property>& broken) {
    std::map<std::string, int, std::less<>> sent, printed;
    std::map<std::string, bool, std::less<>> under_way;
    bool readers_live = false;
    for (int agent = 0; agent < machine_.agents(); ++agent) {
      if (sends(agent)) {
        const auto& input = programs_[static_cast<std::size_t>(agent)].input;
        const std::size_t lines = machine_.lines_read(agent);
        for (std::size_t i = 0; i < lines; ++i) ++sent[input[i]];
        // Whoever still waits has perhaps not yet passed on what it has read last.
        if (lines > 0 && !is_over(agent) && !machine_.waits_for_input(agent))
          under_way[input[lines - 1]] = true;
        continue;
      }
      readers_live |= !is_over(agent);
      bool should_end = false;
      for (auto text : machine_.printed(agent)) {
        if (text.ends_with('\n')) text.remove_suffix(1);
        ++printed[std::string(text)];
        should_end |= !closing_.empty() && text.starts_with(closing_);
      }
      if (should_end && !is_over(agent)) ++outcome_.stuck;
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
        outcome_.lost += static_cast<std::uint64_t>(missing);
    }
    std::ranges::copy(broken_by(outcome_), std::back_inserter(broken));
  }

  void judge_exits(std::vector<Property>& broken) {
    for (int agent = 0; agent < machine_.agents(); ++agent) {
      const int status = is_over(agent) ? machine_.exit_status(agent) : 0;
      if (status == 0) continue;
      failed_ += fmt::format("{}{} exits with {}", failed_.empty() ? "" : ", ", this->agent(agent),
                             status);
    }
    if (!failed_.empty()) broken.push_back(Property::no_fault);
  }

  const std::vector<ProgramSpec> programs_;
  const std::string closing_;
  ProgramGroupMachine machine_;
  Outcome outcome_;
  std::string failed_;
  std::map<std::string, Row> seen_;
  mutable std::map<std::size_t, std::unique_ptr<SourceLayout>> layouts_;
};

}  // namespace

std::unique_ptr<Subject> make_program_group(const std::vector<ProgramSpec>& programs,
                                            const std::string& closing, const StepRules& rules) {
  return std::make_unique<ProgramGroupSubject>(programs, closing, rules);
}

}  // namespace minusone
