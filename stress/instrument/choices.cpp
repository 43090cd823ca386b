// Values that the search chooses: every one is tried (FaultKind::choice).
#include <algorithm>
#include <type_traits>

#include "stress/instrument/runtime.h"

using namespace minusone;
using namespace minusone::runtime;

std::int64_t minusone::runtime::choose(std::int64_t least, std::int64_t most, ChosenFor what) {
  if (most - least >= most_values) not_modelled("a choice among more than 10 000 values");
  return static_cast<std::int64_t>(
      announce(code_of(Action::choose), static_cast<std::uint64_t>(most - least + 1),
               static_cast<std::uint64_t>(most), static_cast<std::uint64_t>(what)));
}

MINUSONE_HOOK int minusone_rt_minusone_choose(int values) {
  MINUSONE_CALLED_HERE;
  if (values < 1) violation("minusone_choose() among no values: expected 1 or more");
  return static_cast<int>(choose(0, values - 1, ChosenFor::all));
}
MINUSONE_HOOK bool minusone_rt___VERIFIER_nondet_bool() {
  MINUSONE_CALLED_HERE;
  return choose(0, 1, ChosenFor::all) != 0;
}
MINUSONE_HOOK bool minusone_rt___VERIFIER_nondet__Bool() {
  MINUSONE_CALLED_HERE;
  return choose(0, 1, ChosenFor::all) != 0;
}

// SV-COMP's names: https://sv-comp.sosy-lab.org/2024/rules.php
#define NONDET(name, Type)                                                                     \
  MINUSONE_HOOK Type minusone_rt___VERIFIER_nondet_##name() {                                  \
    MINUSONE_CALLED_HERE;                                                                      \
    const ChosenNumbers& numbers = minusone_runtime->chosen;                                   \
    const int least = std::is_signed_v<Type> ? numbers.least : std::max(numbers.least, 0);     \
    return static_cast<Type>(choose(least, std::max(numbers.most, least), ChosenFor::number)); \
  }
NONDET(char, signed char)
NONDET(uchar, unsigned char)
NONDET(short, short)
NONDET(ushort, unsigned short)
NONDET(int, int)
NONDET(uint, unsigned)
NONDET(unsigned, unsigned)
NONDET(unsigned_int, unsigned)
NONDET(long, long)
NONDET(ulong, unsigned long)
NONDET(longlong, long long)
NONDET(ulonglong, unsigned long long)
NONDET(size_t, std::size_t)
NONDET(u8, std::uint8_t)
NONDET(u16, std::uint16_t)
NONDET(u32, std::uint32_t)
NONDET(u64, std::uint64_t)
NONDET(float, float)
NONDET(double, double)
