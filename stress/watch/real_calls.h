#pragma once

#include <dlfcn.h>

/// The library's own function behind one that the runtime takes over. dlsym(3) is asked once; two
/// threads that ask at a time get the same answer.
namespace minusone::watch {

template <class Function>
Function real_call(Function, const char* name, const char* version) noexcept {
  void* found = version == nullptr ? nullptr : dlvsym(RTLD_NEXT, name, version);
  if (found == nullptr) found = dlsym(RTLD_NEXT, name);
  return reinterpret_cast<Function>(found);
}

}  // namespace minusone::watch

#define MINUSONE_REAL_OF(name, version)                                                          \
  ([] {                                                                                          \
    static decltype(&::name) found;                                                              \
    if (found == nullptr)                                                                        \
      found =                                                                                    \
          ::minusone::watch::real_call(static_cast<decltype(&::name)>(nullptr), #name, version); \
    return found;                                                                                \
  }())
#define MINUSONE_REAL(name) MINUSONE_REAL_OF(name, nullptr)
