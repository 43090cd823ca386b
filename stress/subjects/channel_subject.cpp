#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "stress/check/broken_by.h"
#include "stress/check/channel_oracle.h"
#include "stress/check/linearizability.h"
#include "stress/check/outcome_table.h"
#include "stress/check/overtaking.h"
#include "stress/subjects/channel_machine.h"
#include "stress/subjects/segment_subject.h"

namespace minusone {
namespace {

class ChannelSubject : public SegmentSubject<ChannelMachine> {
 public:
  ChannelSubject(const std::string& module, const Workload& workload, const StepRules& rules)
      : SegmentSubject(module, workload, rules, &ChannelMachine::protocol), workload_(workload) {}

  std::string name() const override { return machine_.protocol().name; }
  SubjectKind kind() const override { return SubjectKind::channel; }

  std::vector<Property> properties() const override {
    std::vector<Property> judged(all_properties.begin(), all_properties.end());
    judged.push_back(Property::linearizable);
    judged.push_back(Property::no_fault);
    return judged;
  }

  std::vector<std::string> allowed_races() const override {
    return machine_.protocol().allowed_races;
  }

  std::vector<Property> judge(const Execution& execution) override {
    std::vector<Property> broken;
    outcome_ = {};
    starved_.reset();
    if (!word_was_legal(execution)) broken.push_back(Property::legal_state);
    const auto word = machine_.word();
    if (execution.end == End::violation) {
      broken.push_back(machine_.hangs() ? Property::no_deadlock : Property::no_fault);
      outcome_.stuck = machine_.hangs();
    } else if (execution.end != End::too_long) {
      judge_history(broken);
      if (machine_.leak()) broken.push_back(Property::no_fault);
    }
    outcome_.word = word;
    ++seen_[outcome_];
    const bool died = std::ranges::any_of(
        execution.steps, [](const Step& step) { return step.action == Action::died; });
    // Who is stuck beside a dead one was not helped: that is this property's to tell.
    if (died) std::ranges::replace(broken, Property::no_deadlock, Property::survives_death);
    return broken;
  }

  std::vector<OutcomeCount> outcomes() const override {
    return outcome_table(machine_.protocol(), seen_);
  }
  std::string starved() const override {
    if (!starved_) return {};
    return fmt::format("{} may wait while all {} later {} by others are served",
                       agent(starved_->agent), starved_->times,
                       starved_->kind == Operation::Kind::write ? "writes" : "reads");
  }
  std::string last_outcome() const override {
    return to_string(outcome_, machine_.protocol().word.name);
  }

  bool may_die(int index, Death mortals) const override {
    return may_befall(mortals, index < workload_.writers);
  }
  std::string agent(int index) const override { return name_of_agent(index, workload_.writers); }
  Observation observe() const override {
    return {
        .history = machine_.history(), .word = machine_.word(), .printed = {}, .exit_statuses = {}};
  }

 private:
  bool word_was_legal(const Execution& execution) const {
    const StateWord& word = machine_.protocol().word;
    if (word.name.empty()) return true;
    const auto writes_illegal = [&](const Step& step) {
      return machine_.writes_illegal_word(step);
    };
    return std::ranges::none_of(execution.steps, writes_illegal) &&
           std::ranges::find(word.legal, *machine_.word()) != word.legal.end();
  }

  void judge_history(std::vector<Property>& broken) {
    const ChannelEnd end{machine_.protocol().capacity, machine_.drainer()};
    auto history = machine_.history();
    starved_ = find_starved(history);
    const bool linearizes = is_linearizable(history, end.capacity);
    const bool writer_waits = std::ranges::any_of(history, [](const Operation& operation) {
      return operation.kind == Operation::Kind::write && operation.ending == Ending::pending;
    });
    outcome_ = judge_channel(history, end);
    // Something is missing: it may still lie in the channel.
    if (outcome_.lost > 0 && !writer_waits) {
      machine_.drain();
      outcome_ = judge_channel(machine_.history(), end);
    }
    if (machine_.throttles()) outcome_.stuck = 0;  // it might have gone on: not proved
    std::ranges::copy(broken_by(outcome_), std::back_inserter(broken));
    if (!linearizes) broken.push_back(Property::linearizable);
  }

  const Workload workload_;
  Outcome outcome_;
  std::optional<Overtaken> starved_;
  std::map<Outcome, std::uint64_t> seen_;
};

}  // namespace

std::unique_ptr<Subject> make_channel(const std::string& module, const Workload& workload,
                                      const StepRules& rules) {
  return std::make_unique<ChannelSubject>(module, workload, rules);
}

}  // namespace minusone
