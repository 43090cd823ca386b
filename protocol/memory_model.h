#pragma once

#include <cstdint>
#include <string_view>

namespace minusone {

/// What a verdict takes memory for.
enum class MemoryModel : std::uint8_t {
  sc,    ///< sequential consistency: each read sees the last write
  tso,   ///< x86: a store may still be in its agent's buffer when others load
  rc11,  ///< C++20, as Lahav, Vafeiadis, Kang, Hur, Dreyer repair it ("Repairing Sequential
         ///< Consistency in C/C++11", PLDI 2017), over the memory orders that stand in the code
};

/// As the command and a result's JSON spell it.
constexpr std::string_view name_of(MemoryModel model) {
  switch (model) {
    case MemoryModel::sc:
      return "sc";
    case MemoryModel::tso:
      return "tso";
    case MemoryModel::rc11:
      return "rc11";
  }
  return {};
}

}  // namespace minusone
