#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "protocol/check.h"
#include "stress/check/object_history.h"
#include "stress/check/object_text.h"
#include "stress/subjects/call_order.h"
#include "stress/subjects/object_machine.h"
#include "stress/subjects/segment_subject.h"

namespace minusone {
namespace {

class ObjectSubject : public SegmentSubject<ObjectMachine> {
 public:
  ObjectSubject(const std::string& module, const ObjectRun& run, const StepRules& rules)
      : SegmentSubject(module, run.scenario, rules, &ObjectMachine::object),
        run_(run),
        specification_(*run.specified),
        judge_(specification_) {}

  std::string name() const override { return machine_.object().name; }
  SubjectKind kind() const override { return SubjectKind::object; }
  std::vector<Property> properties() const override {
    return {Property::linearizable, Property::no_deadlock, Property::no_data_race,
            Property::survives_death, Property::no_fault};
  }

  std::vector<Property> judge(const Execution& execution) override {
    std::vector<Property> broken;
    outcome_ = results();
    if (execution.end == End::violation) {
      outcome_ = machine_.violation();
      broken.push_back(machine_.hangs() ? Property::no_deadlock : Property::no_fault);
    } else if (execution.end == End::too_long) {
      outcome_ = cut_outcome();
    } else {
      const bool is_wrong = find_wrong_order(execution.steps).has_value();
      const bool waits = execution.end == End::quiescent && !machine_.throttles();
      // Where the results are wrong already, no state is known in which somebody may wait.
      if (waits && !is_wrong && !may_wait_for_ever(execution.steps))
        broken.push_back(Property::no_deadlock);
      if (machine_.leak()) broken.push_back(Property::no_fault);
      if (is_wrong) broken.push_back(Property::linearizable);
    }
    const bool died = std::ranges::any_of(
        execution.steps, [](const Step& step) { return step.action == Action::died; });
    if (died) std::ranges::replace(broken, Property::no_deadlock, Property::survives_death);
    Row& row = seen_[outcome_];
    ++row.count;
    row.broken |= !broken.empty();
    return broken;
  }

  std::vector<OutcomeCount> outcomes() const override {
    std::vector<OutcomeCount> rows;
    for (const auto& [outcome, row] : seen_) {
      rows.push_back({outcome, row.count, row.broken ? Grade::forbidden : Grade::acceptable,
                      row.broken        ? "no execution should come to this"
                      : is_cut(outcome) ? "whether it would have ended was not looked at"
                                        : "as specified"});
    }
    return rows;
  }
  std::string last_outcome() const override { return outcome_; }
  std::vector<std::string> tell_history(std::span<const Step> steps) override {
    const auto wrong = find_wrong_order(steps);
    if (!wrong) return {};
    std::vector<std::string> agents;
    for (int agent = 0; agent < machine_.agents(); ++agent)
      agents.push_back(name_of_object_agent(agent));
    auto lines = draw_history(history_, *wrong, machine_.object(), agents);
    lines.insert(lines.begin(),
                 "no order of these calls, one at a time, has these results as specified:");
    return lines;
  }

  bool may_die(int, Death mortals) const override { return mortals == Death::any; }
  std::string agent(int index) const override { return name_of_object_agent(index); }
  Observation observe() const override { return {}; }

 private:
  struct Row {
    std::uint64_t count = 0;
    bool broken = false;
  };

  /// Judges the calls that have come so far, which stand in history_ from then on.
  template <class Ask>
  auto judged(std::span<const Step> steps, bool waiting, const Ask& ask) {
    const auto calls = machine_.calls(waiting);
    std::vector<int> place(calls.size(), -1);
    history_.clear();
    for (std::size_t i = 0; i < calls.size(); ++i) {
      if (!calls[i]) continue;
      place[i] = static_cast<int>(history_.size());
      history_.push_back(*calls[i]);
    }
    auto call_of = machine_.call_of_each_step();
    MINUSONE_CHECK(call_of.size() == steps.size(), "the machine has counted other steps");
    for (int& call : call_of) call = call < 0 ? -1 : place[static_cast<std::size_t>(call)];
    try {
      return ask(begun_before_return(steps, call_of, history_.size()));
    } catch (const BadSpecification& bad) {
      throw ModuleRefused(fmt::format("{}: {}", machine_.object().name, bad.what()));
    }
  }
  std::optional<std::vector<CallEvent>> find_wrong_order(std::span<const Step> steps) {
    return judged(steps, false,
                  [&](const auto& begun) { return judge_.find_wrong_order(history_, begun); });
  }
  bool may_wait_for_ever(std::span<const Step> steps) {
    return judged(steps, true,
                  [&](const auto& begun) { return judge_.may_wait_for_ever(history_, begun); });
  }

  /// "push(1) = true, pop = 1 | pop = none".
  std::string results() const {
    const auto calls = machine_.calls();
    std::string text;
    std::size_t call = 0;
    int agent = -1;
    for (const auto& script : run_.scenario) {
      ++agent;
      if (!text.empty()) text += " | ";
      for (std::size_t k = 0; k < script.size(); ++k, ++call) {
        const ObjectOperation& operation = *machine_.object().operations[script[k].operation];
        text += (k > 0 ? ", " : "") + to_string(operation, script[k].arguments);
        if (!calls[call] || calls[call]->ending != Ending::done) {
          text += machine_.is_dead(agent) ? " died" : " waits";
          call += script.size() - k;
          break;
        }
        const auto result = to_string(calls[call]->result, operation.result);
        if (!result.empty()) text += " = " + result;
      }
    }
    return text;
  }

  const ObjectRun run_;
  Specification specification_;
  HistoryJudge judge_;
  ObjectHistory history_;
  std::string outcome_;
  std::map<std::string, Row> seen_;
};

}  // namespace

std::unique_ptr<Subject> make_object(const std::string& module, const ObjectRun& run,
                                     const StepRules& rules) {
  try {
    return std::make_unique<ObjectSubject>(module, run, rules);
  } catch (const BadSpecification& bad) {
    throw ModuleRefused(fmt::format("{}: {}", run.specified->name, bad.what()));
  }
}

}  // namespace minusone
