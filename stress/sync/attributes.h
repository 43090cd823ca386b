#pragma once

#include "stress/sync/hooks.h"

/// Attributes of the pthread family's objects, as hooks: glibc's own function works on a copy, and
/// the attributes themselves are read and written in steps where agents share them.
namespace minusone::runtime {

/// As they are at this step.
template <class Attributes>
Attributes held(const Attributes* at) {
  Attributes all;
  copy(&all, at, sizeof all);
  return all;
}

}  // namespace minusone::runtime

#define MINUSONE_ATTRIBUTES_MADE(Attributes, function)       \
  MINUSONE_HOOK int minusone_rt_##function(Attributes* at) { \
    MINUSONE_CALLED_HERE;                                    \
    Attributes all;                                          \
    const int error = function(&all);                        \
    if (error == 0) minusone::runtime::leave(at, all);       \
    return error;                                            \
  }

#define MINUSONE_ATTRIBUTES_ENDED(Attributes, function)      \
  MINUSONE_HOOK int minusone_rt_##function(Attributes* at) { \
    MINUSONE_CALLED_HERE;                                    \
    Attributes all = minusone::runtime::held(at);            \
    const int error = function(&all);                        \
    minusone::runtime::leave(at, all);                       \
    return error;                                            \
  }

#define MINUSONE_ATTRIBUTES_SET(Attributes, function, Value)              \
  MINUSONE_HOOK int minusone_rt_##function(Attributes* at, Value value) { \
    MINUSONE_CALLED_HERE;                                                 \
    Attributes all = minusone::runtime::held(at);                         \
    const int error = function(&all, value);                              \
    if (error == 0) minusone::runtime::leave(at, all);                    \
    return error;                                                         \
  }

#define MINUSONE_ATTRIBUTES_GOT(Attributes, function, Value)                     \
  MINUSONE_HOOK int minusone_rt_##function(const Attributes* at, Value* value) { \
    MINUSONE_CALLED_HERE;                                                        \
    const Attributes all = minusone::runtime::held(at);                          \
    Value its{};                                                                 \
    const int error = function(&all, &its);                                      \
    if (error == 0) minusone::runtime::leave(value, its);                        \
    return error;                                                                \
  }
