#include "stress/explore/choices.h"

#include <fmt/format.h>

#include <algorithm>

namespace minusone {
namespace {

bool is_random(const TracedModule& module) {
  return module.calls("rand") || module.calls("random");
}

}  // namespace

bool chooses(const Subject& subject, const ExploreOptions& options) {
  const int modules = std::max(1, static_cast<int>(options.programs.size()));
  for (int i = 0; i < modules; ++i) {
    const TracedModule& module = subject.module_of(i);
    if (module.calls("minusone_choose") || module.calls_some("__VERIFIER_nondet_") ||
        (options.chosen.of_rand > 0 && is_random(module)))
      return true;
  }
  return false;
}

std::string values_left_out(const Machine& machine, const ChosenNumbers& numbers) {
  std::string left_out;
  if (machine.faults().chose_for(ChosenFor::number)) {
    left_out = fmt::format(
        "numbers that nothing determines (__VERIFIER_nondet_int() and the like) were {} to {} "
        "(--nondet)",
        numbers.least, numbers.most);
  }
  if (machine.faults().chose_for(ChosenFor::random)) {
    left_out += fmt::format("{}rand() came to 0 to {} (--choose-rand)",
                            left_out.empty() ? "" : ", and ", numbers.of_rand - 1);
  }
  return left_out;
}

}  // namespace minusone
