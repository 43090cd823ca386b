#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "protocol/workload.h"

namespace minusone {

/// What may befall an agent besides its own steps.
enum class FaultKind : std::uint8_t {
  none,
  death,     ///< it is killed: only the kernel still acts for it
  eintr,     ///< a call that waits returns EINTR, as where a signal is handled (signal(7))
  spurious,  ///< a futex or condition variable wakes it without having been asked to
  weak_cas,  ///< compare_exchange_weak fails although the value is the expected one
  timeout,   ///< a call with a deadline gives up; a deadline may pass at any time
  choice,    ///< what it asks the search to choose is another value than the first
};
inline constexpr std::size_t fault_kinds = static_cast<std::size_t>(FaultKind::choice) + 1;

constexpr std::string_view name_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::none:
      return "none";
    case FaultKind::death:
      return "dies";
    case FaultKind::eintr:
      return "eintr";
    case FaultKind::spurious:
      return "spurious";
    case FaultKind::weak_cas:
      return "weak_cas";
    case FaultKind::timeout:
      return "timeout";
    case FaultKind::choice:
      return "chooses";
  }
  return "?";
}

/// One fault at one place of an agent's run. A fault is no matter of the scheduler's: it belongs to
/// what the agent does, and with it planned the agent is as deterministic as without.
struct PlannedFault {
  FaultKind kind = FaultKind::none;
  int agent = 0;
  /// A death: after so many steps of its own. Else: at the n-th call, from 1, that it can befall.
  int at = 0;
  int value = 0;  ///< of a choice: the index of the value, from 1

  auto operator<=>(const PlannedFault&) const = default;
};

using FaultPlan = std::vector<PlannedFault>;

/// How many faults of each kind one execution may have, and whom a death may befall.
struct FaultBudget {
  int deaths = 0, eintr = 0, spurious = 0, weak_cas = 0, timeouts = 0;
  int choices = 0;  ///< INT_MAX where there are any: each value of each is tried
  Death mortals = Death::any;

  int& of(FaultKind kind) {
    switch (kind) {
      case FaultKind::eintr:
        return eintr;
      case FaultKind::spurious:
        return spurious;
      case FaultKind::weak_cas:
        return weak_cas;
      case FaultKind::timeout:
        return timeouts;
      case FaultKind::choice:
        return choices;
      default:
        return deaths;
    }
  }
  int of(FaultKind kind) const { return FaultBudget(*this).of(kind); }
  bool none() const { return deaths + eintr + spurious + weak_cas + timeouts == 0 && choices == 0; }

  bool operator==(const FaultBudget&) const = default;
};

}  // namespace minusone
