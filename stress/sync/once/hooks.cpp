// What is done once: pthread_once, std::call_once, call_once, and a function's static variables.
#include "stress/sync/hooks.h"

#include <pthread.h>

using namespace minusone;
using namespace minusone::runtime;

namespace {

/// Whether the caller is to do it. While a module is loaded for which nobody keeps a state nothing
/// was done yet.
bool begins(const void* key) {
  const bool is_kept =
      minusone_runtime->current != nullptr || minusone_runtime->loading.perform != nullptr;
  return announce(code_of(Action::once_begin), address(key)) != 0 || !is_kept;
}

/// Runs `body` unless it was done; waits where another agent is at it.
template <class Body>
void once(const void* key, Body body) {
  if (!begins(key)) return;
  try {
    body();
  } catch (...) {
    announce(code_of(Action::once_end), address(key), 0);
    throw;
  }
  announce(code_of(Action::once_end), address(key), 1);
}

// Beside the byte that compiled code reads by itself.
const void* key_of(const std::uint64_t* guard) { return reinterpret_cast<const int*>(guard) + 1; }

}  // namespace

MINUSONE_HOOK int minusone_rt_pthread_once(pthread_once_t* control, void (*routine)()) {
  MINUSONE_CALLED_HERE;
  touch(control);
  once(control, routine);
  return 0;
}
// What std::call_once hands to pthread_once(): it finds the call in thread-local variables of the
// library, which here are the agent's (libc_misc.cpp).
MINUSONE_HOOK void minusone_rt___once_proxy() {
  reinterpret_cast<void (*)()>(minusone_runtime->current->once[1])();
}

// A function's static variable. The compiled code looks at the first byte by itself.
MINUSONE_HOOK int minusone_rt___cxa_guard_acquire(std::uint64_t* guard) {
  if (minusone_runtime->current == nullptr) return *reinterpret_cast<const char*>(guard) == 0;
  MINUSONE_CALLED_HERE;
  return static_cast<int>(announce(code_of(Action::once_begin), address(key_of(guard))));
}
MINUSONE_HOOK void minusone_rt___cxa_guard_release(std::uint64_t* guard) {
  if (minusone_runtime->current == nullptr) {
    *reinterpret_cast<char*>(guard) = 1;
    return;
  }
  MINUSONE_CALLED_HERE;
  if (is_step(guard)) {
    announce(code_of(Action::atomic_store, 1, __ATOMIC_RELEASE), address(guard), 1);
  } else {
    note_private_write(guard);
    *reinterpret_cast<char*>(guard) = 1;
  }
  announce(code_of(Action::once_end), address(key_of(guard)), 1);
}
MINUSONE_HOOK void minusone_rt___cxa_guard_abort(std::uint64_t* guard) {
  if (minusone_runtime->current == nullptr) return;
  MINUSONE_CALLED_HERE;
  announce(code_of(Action::once_end), address(key_of(guard)), 0);
}
MINUSONE_HOOK void minusone_rt_call_once(once_flag* flag, void (*routine)()) {
  minusone_rt_pthread_once(reinterpret_cast<pthread_once_t*>(flag), routine);
}
