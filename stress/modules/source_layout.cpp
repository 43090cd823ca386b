#include "stress/modules/source_layout.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string_view>

namespace minusone {
namespace {

using Members = std::vector<SourceLayout::Member>;

std::optional<Dwarf_Word> number(Dwarf_Die& die, unsigned attribute) {
  Dwarf_Attribute found;
  Dwarf_Word value = 0;
  if (dwarf_attr_integrate(&die, attribute, &found) == nullptr ||
      dwarf_formudata(&found, &value) != 0) {
    return std::nullopt;
  }
  return value;
}

/// Bytes of an array's element; 0: not known.
std::size_t element_of(Dwarf_Die& array) {
  Dwarf_Attribute attribute;
  Dwarf_Die type;
  Dwarf_Word bytes = 0;
  if (dwarf_formref_die(dwarf_attr(&array, DW_AT_type, &attribute), &type) == nullptr ||
      dwarf_aggregate_size(&type, &bytes) != 0) {
    return 0;
  }
  return bytes;
}

Members members_of(Dwarf_Die& structure) {
  Members members;
  Dwarf_Die child;
  if (dwarf_child(&structure, &child) != 0) return members;
  do {
    const char* const name = dwarf_diename(&child);
    if (dwarf_tag(&child) != DW_TAG_member || name == nullptr) continue;
    Dwarf_Attribute attribute;
    Dwarf_Die type;
    if (dwarf_formref_die(dwarf_attr(&child, DW_AT_type, &attribute), &type) == nullptr) continue;
    Dwarf_Die bare;
    if (dwarf_peel_type(&type, &bare) == 0) type = bare;
    Dwarf_Word bytes = 0;
    dwarf_aggregate_size(&type, &bytes);
    const bool is_array = dwarf_tag(&type) == DW_TAG_array_type;
    members.push_back({name, number(child, DW_AT_data_member_location).value_or(0), bytes, is_array,
                       is_array ? element_of(type) : 0});
  } while (dwarf_siblingof(&child, &child) == 0);
  return members;
}

/// The first structure below `die` that fits.
template <class Fits>
std::optional<Members> find(Dwarf_Die& die, const Fits& fits) {
  Dwarf_Die child;
  if (dwarf_child(&die, &child) != 0) return std::nullopt;
  do {
    const int tag = dwarf_tag(&child);
    if (tag == DW_TAG_structure_type || tag == DW_TAG_class_type) {
      auto members = members_of(child);
      if (fits(child, members)) return members;
    }
    if (tag == DW_TAG_namespace || tag == DW_TAG_structure_type) {
      if (auto inside = find(child, fits)) return inside;
    }
  } while (dwarf_siblingof(&child, &child) == 0);
  return std::nullopt;
}

/// The first structure of a module that fits.
template <class Fits>
std::optional<Members> find_in(const std::string& module, const Fits& fits) {
  const int file = open(module.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  Dwarf* const debug = dwarf_begin(file, DWARF_C_READ);
  std::optional<Members> found;
  Dwarf_CU* unit = nullptr;
  Dwarf_Die root;
  while (debug != nullptr && !found &&
         dwarf_get_units(debug, unit, &unit, nullptr, nullptr, &root, nullptr) == 0) {
    found = find(root, fits);
  }
  if (debug != nullptr) dwarf_end(debug);
  close(file);
  return found;
}

}  // namespace

SourceLayout::SourceLayout(const std::string& module, const Protocol& protocol) {
  const StateWord& word = protocol.word;
  if (!word.name.empty()) members_ = {{word.name, word.offset, sizeof(int), false}};
  const auto fits = [&](Dwarf_Die& structure, const Members& members) {
    Dwarf_Word bytes = 0;
    if (dwarf_aggregate_size(&structure, &bytes) != 0 || bytes != protocol.bytes) return false;
    return word.name.empty() ? members.size() > 1
                             : std::ranges::any_of(members, [&](const Member& member) {
                                 return member.name == word.name && member.offset == word.offset;
                               });
  };
  if (auto found = find_in(module, fits)) members_ = std::move(*found);
  for (Member& member : members_) member.element = 0;
}

SourceLayout::SourceLayout(const std::string& module, const ObjectDescription& object) {
  const std::string_view name = std::string_view(object.type);
  const auto bare = name.substr(name.rfind(':') + 1);
  const auto fits = [&](Dwarf_Die& structure, const Members&) {
    Dwarf_Word bytes = 0;
    const char* const its = dwarf_diename(&structure);
    return its != nullptr && its == bare && dwarf_aggregate_size(&structure, &bytes) == 0 &&
           bytes == object.bytes;
  };
  if (auto found = find_in(module, fits)) members_ = std::move(*found);
}

std::string SourceLayout::name(std::size_t offset, std::size_t bytes) const {
  for (const Member& member : members_) {
    if (offset < member.offset || offset >= member.offset + member.bytes) continue;
    const std::size_t first = offset - member.offset;
    if (first == 0 && (bytes >= member.bytes || !member.is_array)) return member.name;
    if (!member.is_array) return fmt::format("{}, byte {}", member.name, first);
    if (member.element > 0 && bytes <= member.element) {
      const auto element = fmt::format("{}[{}]", member.name, first / member.element);
      const auto within = first % member.element;
      return within == 0 ? element : fmt::format("{}, byte {}", element, within);
    }
    return fmt::format("{}[{}..{}]", member.name, first, first + bytes - 1);
  }
  return bytes == 1 ? fmt::format("byte {}", offset)
                    : fmt::format("bytes {} to {}", offset, offset + bytes - 1);
}

}  // namespace minusone
