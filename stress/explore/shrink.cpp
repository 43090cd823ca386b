#include <rapidcheck.h>

#include <algorithm>

#include "stress/explore/counterexample.h"
#include "stress/explore/dpor.h"

namespace minusone {
namespace {

constexpr std::uint64_t few = 20'000;  // executions that a smaller workload is given

bool breaks_with(const std::string& module, const Workload& workload, int copy_steps,
                 Property broken) {
  const auto subject = make_channel(module, workload);
  subject->machine().copy_steps(copy_steps);
  Dpor search(subject->machine(), {.executions = few});
  bool found = false;
  search.run([&](const Execution& execution) {
    found = breaks(*subject, execution, broken);
    return !found;
  });
  return found;
}

template <class T>
rc::Seq<Workload> towards(const Workload& workload, T Workload::*field, T least) {
  return rc::seq::map(rc::shrink::towards(workload.*field, least), [=](T value) {
    Workload smaller = workload;
    smaller.*field = value;
    return smaller;
  });
}

rc::Seq<Workload> smaller_ones(const Workload& workload) {
  return rc::seq::concat(
      towards(workload, &Workload::messages, 1), towards(workload, &Workload::writers, 1),
      towards(workload, &Workload::readers, 1),
      towards(workload, &Workload::text, std::min<std::size_t>(workload.text, 8)));
}

}  // namespace

Workload smallest_workload(const std::string& module, const Workload& workload, int copy_steps,
                           Property broken) {
  const auto shrinkable = rc::shrinkable::shrinkRecur(workload, smaller_ones);
  return rc::shrinkable::findLocalMin(shrinkable,
                                      [&](const Workload& smaller) {
                                        return breaks_with(module, smaller, copy_steps, broken);
                                      })
      .first;
}

}  // namespace minusone
