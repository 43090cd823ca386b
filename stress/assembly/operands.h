#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "stress/assembly/instruction.h"
#include "stress/assembly/registers.h"

/// What an operand in AT&T's syntax names.
namespace minusone::assembly {

/// "x(%rip)", "8+x(%rip)", "x+8(%rip)": x.
std::string_view symbol_of(std::string_view operand);

/// "8(%rax,%rbx,4)".
struct Address {
  std::optional<Register> base, index;
  bool is_scaled = false;
  bool has_symbol = false;  ///< and no base but rip
};

Address address_of(std::string_view operand);

/// A register's place among Registers. Null: it is none of those.
std::optional<std::size_t> place_of(std::string_view operand);

/// Where an operand lies in its function's frame: "-20(%rbp)". Null: not there, or not said so.
std::optional<int> place_in_frame(std::string_view operand);

}  // namespace minusone::assembly
