#include "stress/machine/step.h"

#include <cstdio>
#include <cstdlib>

namespace minusone {

void too_many_accesses(Action action) {
  std::fprintf(stderr,
               "minusone: a mistake of its own: action %d touches more than the %zu places that a "
               "step has room for\n",
               static_cast<int>(action), Step::most_accesses);
  std::abort();
}

}  // namespace minusone
