#include "stress/assembly/operands.h"

#include <algorithm>
#include <charconv>

namespace minusone::assembly {

std::string_view symbol_of(std::string_view operand) {
  operand = operand.substr(0, operand.find('('));
  while (!operand.empty()) {
    const auto part = operand.substr(0, operand.find_first_of("+-"));
    if (!part.empty() && (part[0] < '0' || part[0] > '9')) return part;
    operand.remove_prefix(std::min(operand.size(), part.size() + 1));
  }
  return {};
}

Address address_of(std::string_view operand) {
  Address found;
  const auto open = operand.find('(');
  found.has_symbol = open == operand.npos;
  if (found.has_symbol) return found;
  auto inner = operand.substr(open + 1, operand.find(')') - open - 1);
  const auto comma = inner.find(',');
  const auto base = inner.substr(0, comma);
  found.base = register_of(base);
  found.has_symbol = base == "%rip" || base.empty();
  if (comma == inner.npos) return found;
  inner.remove_prefix(comma + 1);
  found.index = register_of(inner.substr(0, inner.find(',')));
  found.is_scaled = inner.find(',') != inner.npos && !inner.ends_with(",1");
  return found;
}

std::optional<std::size_t> place_of(std::string_view operand) {
  if (const auto general = register_of(operand)) return static_cast<std::size_t>(general->number);
  std::size_t number = 0;
  const char* const end = operand.data() + operand.size();
  if (!operand.starts_with("%xmm") || std::from_chars(operand.data() + 4, end, number).ptr != end ||
      number > 15)
    return std::nullopt;
  return 16 + number;
}

std::optional<int> place_in_frame(std::string_view operand) {
  if (!operand.ends_with("(%rbp)")) return std::nullopt;
  int offset = 0;
  std::from_chars(operand.data(), operand.data() + operand.size(), offset);
  return offset;
}

}  // namespace minusone::assembly
