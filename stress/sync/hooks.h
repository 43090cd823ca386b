#pragma once

#include <threads.h>

#include "stress/instrument/runtime.h"

/// What the hooks of several families have in common: hooks.cpp in a family's folder takes its
/// calls over. They are part of the runtime (stress/instrument), and not of what performs the
/// calls.
namespace minusone::runtime {

/// Of the pthread family: what the engine left is 0 or the errno.
inline int call(Action action, const void* object, std::uint64_t b = 0, std::uint64_t c = 0,
                std::uint64_t d = 0) {
  touch(object);
  return static_cast<int>(announce(code_of(action), address(object), b, c, d));
}

/// An errno as <threads.h> has it.
inline int c11(int error) {
  switch (error) {
    case 0:
      return thrd_success;
    case EBUSY:
      return thrd_busy;
    case ETIMEDOUT:
      return thrd_timedout;
    case ENOMEM:
      return thrd_nomem;
    default:
      return thrd_error;
  }
}

}  // namespace minusone::runtime
