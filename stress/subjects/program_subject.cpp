#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "stress/modules/source_lines.h"
#include "stress/subjects/program_machine.h"
#include "stress/subjects/subject.h"
#include "stress/sync/family.h"

namespace minusone {
namespace {

constexpr const char* finished = "every thread finished";
constexpr const char* ended = "the process ended while threads waited";
constexpr const char* counts = "a thread goes round a loop that counts, and was held";
constexpr const char* thread_assumes = "a thread waits where an assumption does not hold";

class ProgramSubject : public Subject {
 public:
  ProgramSubject(const std::string& module, const StepRules& rules,
                 const std::vector<std::string>& arguments)
      : name_(std::filesystem::path(module).stem()),
        machine_(module, rules.max_memory, arguments),
        lines_(module) {
    machine_.set_rules(rules);
  }

  Machine& machine() override { return machine_; }
  const Machine& machine() const override { return machine_; }
  std::string name() const override { return name_; }
  SubjectKind kind() const override { return SubjectKind::program; }
  std::vector<Property> properties() const override {
    return {Property::no_fault, Property::no_deadlock, Property::no_data_race};
  }

  std::vector<Property> judge(const Execution& execution) override {
    std::vector<Property> broken;
    switch (execution.end) {
      case End::violation:
        outcome_ = machine_.violation();
        broken.push_back(machine_.hangs() ? Property::no_deadlock : Property::no_fault);
        break;
      case End::quiescent:
        outcome_ = machine_.throttles() ? counts : thread_assumes;
        if (machine_.throttles() || waits_by_assumption()) break;
        if (machine_.process_exits() && !machine_.waits_in_circle()) {
          outcome_ = ended;
        } else {
          outcome_ = fmt::format("{} of {} threads wait for ever", waiting(), machine_.agents());
          broken.push_back(Property::no_deadlock);
        }
        break;
      case End::too_long:
        outcome_ = cut_outcome();
        break;
      default:
        outcome_ = finished;
        if (const auto leak = machine_.leak()) {
          outcome_ = fmt::format("{} bytes are lost: allocated and never freed", leak->bytes);
          broken.push_back(Property::no_fault);
        }
    }
    auto& row = seen_[outcome_];
    ++row.count;
    row.grade = broken.empty() ? Grade::acceptable : Grade::forbidden;
    return broken;
  }

  std::vector<OutcomeCount> outcomes() const override {
    std::vector<OutcomeCount> rows;
    for (const auto& [outcome, row] : seen_) {
      rows.push_back(
          {outcome, row.count, row.grade,
           row.grade == Grade::forbidden ? "no execution should come to this"
           : outcome == ended ? "exit(), or main()'s return, ended their wait: no deadlock"
           : outcome == counts || is_cut(outcome) ? "whether it would have ended was not looked at"
           : outcome == thread_assumes            ? "__VERIFIER_assume() leaves this execution out"
                                                  : "no assertion failed, nobody waits"});
    }
    return rows;
  }
  std::string last_outcome() const override { return outcome_; }

  bool may_die(int, Death) const override { return false; }  // alone
  std::string agent(int index) const override {
    return index == 0 ? "main" : fmt::format("thread {}", index);
  }
  std::string place(const Access& access) const override {
    const auto address = object_at(access.address);
    if (address == 0) return machine_.synchronisation().name_of(access.address);
    if (const auto at = machine_.heap_offset(address))
      return fmt::format("heap[{}..{}]", *at, *at + access.bytes - 1);
    const auto name = variable(address);
    if (!name.empty()) return name;
    if (const auto at = machine_.stack_offset(address))
      return fmt::format("{}'s stack[-{}]", agent(at->first), at->second);
    return fmt::format("{} bytes", access.bytes);
  }
  std::string pointer(std::uint64_t value) const override {
    if (const auto at = machine_.heap_offset(value)) return fmt::format("&heap[{}]", *at);
    if (is_kernel_object(value)) return pointer_to(place({value, 1}));
    return pointer_to(variable(value));
  }
  const TracedModule& module_of(int) const override { return machine_.module(); }
  std::optional<std::uint64_t> shared_offset(std::uint64_t) const override { return std::nullopt; }
  Observation observe() const override { return {}; }

 private:
  struct Row {
    std::uint64_t count = 0;
    Grade grade = Grade::acceptable;
  };

  std::string variable(std::uint64_t address) const {
    const auto* const at = reinterpret_cast<const void*>(address);
    return lines_.variable(machine_.module().file_address(at));
  }

  int waiting() const {
    int count = 0;
    for (int agent = 0; agent < machine_.agents(); ++agent)
      count += machine_.state(agent) == AgentState::blocked;
    return count;
  }

  bool waits_by_assumption() const {
    for (int agent = 0; agent < machine_.agents(); ++agent) {
      if (machine_.assumes(agent)) return true;
    }
    return false;
  }

  const std::string name_;
  ProgramMachine machine_;
  const SourceLines lines_;
  std::string outcome_;
  std::map<std::string, Row> seen_;
};

}  // namespace

std::unique_ptr<Subject> make_program(const std::string& module, const StepRules& rules,
                                      const std::vector<std::string>& arguments) {
  const bool is_process = std::ranges::any_of(
      functions_of_processes(), [&](auto function) { return module_calls(module, function); });
  if (is_process) {
    const std::string name = std::filesystem::path(module).stem();
    return make_program_group({{module, name, {}, arguments}}, {}, rules);
  }
  return std::make_unique<ProgramSubject>(module, rules, arguments);
}

std::unique_ptr<Subject> make_subject(const std::string& module, const Workload& workload,
                                      const StepRules& rules,
                                      const std::vector<std::string>& arguments) {
  if (TracedModule::is_program(module)) return make_program(module, rules, arguments);
  if (TracedModule::is_object(module)) {
    throw ModuleRefused(module +
                        ": is an object with operations of its own: `minusone explore` takes it by "
                        "its source file, which has the specification, and nothing else does yet");
  }
  if (!arguments.empty()) {
    throw ModuleRefused(module +
                        ": is a protocol, whose workload its options tell: arguments are for "
                        "a program's main()");
  }
  return make_channel(module, workload, rules);
}

}  // namespace minusone
