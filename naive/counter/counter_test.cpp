#include "naive/counter/counter.cpp"

#include "naive/counter_law.h"

INSTANTIATE_TYPED_TEST_SUITE_P(Plain, CounterLaw, Counter);
