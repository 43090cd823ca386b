#include <rapidcheck.h>

#include <algorithm>

#include "stress/explore/counterexample.h"
#include "stress/explore/search.h"

namespace minusone {
namespace {

constexpr std::uint64_t few = 20'000;  // executions that a smaller workload is given

bool breaks_with(const std::string& module, const Trouble& trouble, int copy_steps,
                 Property broken) {
  const auto subject = make_channel(module, trouble.workload);
  subject->machine().copy_steps(copy_steps);
  const auto search = make_search({.faults = trouble.faults}, subject->machine(),
                                  trouble.workload.writers, {.executions = few}, 1);
  bool found = false;
  search->run([&](const Execution& execution) {
    found = breaks(*subject, execution, broken);
    return !found;
  });
  return found;
}

template <class Part, class T>
rc::Seq<Trouble> towards(const Trouble& trouble, Part Trouble::*part, T Part::*field, T least) {
  return rc::seq::map(rc::shrink::towards(trouble.*part.*field, least), [=](T value) {
    Trouble smaller = trouble;
    smaller.*part.*field = value;
    return smaller;
  });
}

rc::Seq<Trouble> smaller_ones(const Trouble& trouble) {
  const auto less = [&](auto field, auto least) {
    return towards(trouble, &Trouble::workload, field, least);
  };
  const auto fewer = [&](int FaultBudget::*field) {
    return towards(trouble, &Trouble::faults, field, 0);
  };
  return rc::seq::concat(fewer(&FaultBudget::deaths), fewer(&FaultBudget::eintr),
                         fewer(&FaultBudget::spurious), fewer(&FaultBudget::weak_cas),
                         fewer(&FaultBudget::timeouts), less(&Workload::messages, 1),
                         less(&Workload::writers, 1), less(&Workload::readers, 1),
                         less(&Workload::text, std::min<std::size_t>(trouble.workload.text, 8)));
}

}  // namespace

Trouble smallest_trouble(const std::string& module, const Trouble& trouble, int copy_steps,
                         Property broken) {
  const auto shrinkable = rc::shrinkable::shrinkRecur(trouble, smaller_ones);
  return rc::shrinkable::findLocalMin(shrinkable,
                                      [&](const Trouble& smaller) {
                                        return breaks_with(module, smaller, copy_steps, broken);
                                      })
      .first;
}

}  // namespace minusone
