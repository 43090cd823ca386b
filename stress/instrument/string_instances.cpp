// All of std::string's functions, traced. A module takes from this archive what it would otherwise
// call in libstdc++.so, where no access is a step: all of std::string up to C++17, and from GCC 14
// on _M_replace_cold(), for which the library's headers allow no other way. Where a module defines
// what it calls, as in C++20 before GCC 14, nothing is taken.
#include <string>

template class std::basic_string<char>;
