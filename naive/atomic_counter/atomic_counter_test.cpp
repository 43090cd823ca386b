#include "naive/atomic_counter/atomic_counter.cpp"

#include "naive/counter_law.h"

INSTANTIATE_TYPED_TEST_SUITE_P(Atomic, CounterLaw, AtomicCounter);
