#include <exception>

#include "stress/instrument/runtime.h"

using namespace minusone;

extern "C" void minusone_fiber_main() {
  Context* const agent = minusone_current;
  try {
    agent->body(agent->argument);
  } catch (...) {
    runtime::violation("an exception was not caught");
  }
  runtime::announce(code_of(Action::finished));
  __builtin_unreachable();
}
