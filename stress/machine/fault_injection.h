#pragma once

#include "protocol/check.h"
#include "stress/instrument/chosen_numbers.h"
#include "stress/machine/fault_plan.h"

namespace minusone {

/// Lets faults befall a machine's agents, as planned.
class FaultInjection {
 public:
  virtual ~FaultInjection() = default;

  /// The faults of the executions from the next reset() on. An execution in which not all of them
  /// befell() is none of the plan's: the agents came another way, or a call that should have been
  /// interrupted never waited.
  virtual void plan(const FaultPlan& plan) = 0;
  virtual const FaultPlan& plan() const = 0;
  /// Whether all that was planned has befallen its agent.
  virtual bool all_befell() const = 0;
  /// Places so far at which a fault of the kind could have befallen the agent.
  virtual int places_for(FaultKind kind, int agent) const = 0;
  /// Of an agent's choice, its n-th from 1, among how many values it ever was.
  virtual int values_at(int, int) const { return 0; }
  /// Whether an agent ever chose a value for that.
  virtual bool chose_for(ChosenFor) const { return false; }
};

/// Of a machine whose agents nothing can befall.
class NoFaults final : public FaultInjection {
 public:
  void plan(const FaultPlan& plan) override {
    MINUSONE_CHECK(plan.empty(), "nothing befalls the agents of a machine that cannot let it");
  }
  const FaultPlan& plan() const override { return none_; }
  bool all_befell() const override { return true; }
  int places_for(FaultKind, int) const override { return 0; }

 private:
  const FaultPlan none_;
};

}  // namespace minusone
