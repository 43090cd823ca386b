#include "stress/subjects/call_order.h"

namespace minusone {

std::vector<CallSet> begun_before_return(std::span<const Step> steps, std::span<const int> call_of,
                                         std::size_t calls) {
  std::vector<CallSet> begun(calls);
  std::vector<CallSet> behind(steps.size());  ///< calls with a step before it, or it
  for (std::size_t i = 0; i < calls; ++i) begun[i] = CallSet{1} << i;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto call = static_cast<std::size_t>(call_of[i]);
    if (call_of[i] >= 0) behind[i] = CallSet{1} << call;
    for (std::size_t k = 0; k < i; ++k) {
      const bool ordered = steps[k].agent == steps[i].agent || may_depend(steps[k], steps[i]);
      if (ordered) behind[i] |= behind[k];
    }
    if (call_of[i] >= 0) begun[call] |= behind[i];
  }
  return begun;
}

}  // namespace minusone
