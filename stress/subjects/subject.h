#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "protocol/verdict.h"
#include "protocol/workload.h"
#include "stress/machine/execution.h"
#include "stress/machine/machine.h"
#include "stress/subjects/loaded_programs.h"
#include "stress/subjects/observable.h"
#include "stress/subjects/scenario.h"

namespace minusone {

/// What is explored: a machine, who its agents are, and what its executions come to. A channel's
/// writers and readers, the threads of a whole program, or whoever runs operations on an object.
class Subject : public Observable {
 public:
  virtual Machine& machine() = 0;
  virtual const Machine& machine() const = 0;
  /// What it is called: "naive/counter", "prog".
  virtual std::string name() const = 0;
  virtual SubjectKind kind() const = 0;
  bool is_program() const { return kind() != SubjectKind::channel; }
  /// The properties that are judged.
  virtual std::vector<Property> properties() const = 0;

  /// Data races that its description allows, by place.
  virtual std::vector<std::string> allowed_races() const { return {}; }
  /// Judges an execution, races apart; the machine stands at its end, and may be moved on from it
  /// (a fresh reader is let loose on the channel). @return what it breaks
  virtual std::vector<Property> judge(const Execution& execution) = 0;
  /// What the executions that were judged came to.
  virtual std::vector<OutcomeCount> outcomes() const = 0;
  /// Of an object, where the execution, whose end the machine stands at, is not linearizable: its
  /// calls in an order that no run of the specification fits, a line each; else nothing.
  virtual std::vector<std::string> tell_history(std::span<const Step>) { return {}; }
  /// Who starved in it, as far as its workload goes; empty: nobody. Else a sentence without its
  /// end.
  virtual std::string starved() const { return {}; }
  /// The last one's outcome, as outcomes() words it.
  virtual std::string last_outcome() const = 0;

  /// Whether one of those deaths may befall the agent.
  virtual bool may_die(int agent, Death mortals) const = 0;
  /// "writer 1", "main", "thread 2".
  virtual std::string agent(int index) const = 0;
  /// The name of what an access touches, as the source has it where it can be told.
  virtual std::string place(const Access& access) const = 0;
  /// The name of the shared memory, or of the kernel's object, that a value points to, "&counter";
  /// empty where it is no address.
  virtual std::string pointer(std::uint64_t value) const = 0;

 protected:
  static std::string pointer_to(const std::string& place) {
    return place.empty() ? place : "&" + place;
  }
  /// The outcome of an execution that was cut, with the limit that it met.
  std::string cut_outcome() const {
    return "cut: " + (machine().limit().empty() ? "too many steps" : machine().limit());
  }
  static bool is_cut(const std::string& outcome) { return outcome.starts_with("cut: "); }
};

/// @param module  path of a traced module
/// @throws ModuleRefused  it cannot be explored: why
std::unique_ptr<Subject> make_subject(const std::string& module, const Workload& workload,
                                      const StepRules& rules = {},
                                      const std::vector<std::string>& arguments = {});

std::unique_ptr<Subject> make_channel(const std::string& module, const Workload& workload,
                                      const StepRules& rules = {});
/// @param arguments  of its main(), behind its name
std::unique_ptr<Subject> make_program(const std::string& module, const StepRules& rules = {},
                                      const std::vector<std::string>& arguments = {});
/// A scenario's agents on an object.
/// @throws ModuleRefused  also in judge(), where the specification throws or disagrees with itself
std::unique_ptr<Subject> make_object(const std::string& module, const ObjectRun& run,
                                     const StepRules& rules = {});
/// Several whole programs as processes.
/// @param closing  a line that begins so ends the program that it reaches; empty: none does
std::unique_ptr<Subject> make_program_group(const std::vector<ProgramSpec>& programs,
                                            const std::string& closing,
                                            const StepRules& rules = {});

/// Whom a search may let die.
inline std::function<bool(int)> mortals(const Subject& subject, const FaultBudget& faults) {
  return [&subject, death = faults.mortals](int agent) { return subject.may_die(agent, death); };
}

}  // namespace minusone
