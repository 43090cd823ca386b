#include <algorithm>

#include "stress/explore/counterexample.h"
#include "stress/search/strategy.h"

namespace minusone {
namespace {

constexpr std::uint64_t few = 20'000;  // executions that a smaller workload is given

bool breaks_with(const std::string& module, const ShrinkCase& smaller, const StepRules& rules,
                 Property broken) {
  const auto subject = make_channel(module, smaller.workload, rules);
  const auto search = make_search({.faults = smaller.faults}, subject->machine(),
                                  mortals(*subject, smaller.faults), {.executions = few}, 1);
  bool found = false;
  search->run([&](const Execution& execution) {
    found = breaks(*subject, execution, broken);
    return !found;
  });
  return found;
}

/// Cases with less of one number: the least first, then halfway to it, and ever nearer to what it
/// is.
template <class Part, class T>
void add_smaller(std::vector<ShrinkCase>& cases, const ShrinkCase& given, Part ShrinkCase::*part,
                 T Part::*field, T least) {
  const T value = given.*part.*field;
  for (T less = value > least ? value - least : 0; less > 0; less /= 2) {
    cases.push_back(given);
    cases.back().*part.*field = value - less;
  }
}

std::vector<ShrinkCase> smaller_cases(const ShrinkCase& given) {
  std::vector<ShrinkCase> cases;
  for (const auto field : {&FaultBudget::deaths, &FaultBudget::eintr, &FaultBudget::spurious,
                           &FaultBudget::weak_cas, &FaultBudget::timeouts})
    add_smaller(cases, given, &ShrinkCase::faults, field, 0);
  for (const auto field : {&Workload::messages, &Workload::writers, &Workload::readers})
    add_smaller(cases, given, &ShrinkCase::workload, field, 1);
  add_smaller(cases, given, &ShrinkCase::workload, &Workload::text, std::size_t{8});
  return cases;
}

}  // namespace

ShrinkCase smallest_case(const std::string& module, const ShrinkCase& given, const StepRules& rules,
                         Property broken) {
  ShrinkCase smallest = given;
  for (bool goes_on = true; goes_on;) {
    goes_on = false;
    for (const ShrinkCase& smaller : smaller_cases(smallest)) {
      if (!breaks_with(module, smaller, rules, broken)) continue;
      smallest = smaller;
      goes_on = true;
      break;
    }
  }
  return smallest;
}

}  // namespace minusone
