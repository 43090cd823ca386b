#include "stress/modules/compiler_of.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <gelf.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

namespace minusone {
namespace {

std::string by_debugging_information(Elf* elf) {
  Dwarf* const debug = dwarf_begin_elf(elf, DWARF_C_READ, nullptr);
  if (debug == nullptr) return {};
  std::string producer;
  Dwarf_CU* unit = nullptr;
  Dwarf_Die root;
  while (producer.empty() &&
         dwarf_get_units(debug, unit, &unit, nullptr, nullptr, &root, nullptr) == 0) {
    Dwarf_Attribute attribute;
    if (const char* const text = dwarf_formstring(dwarf_attr(&root, DW_AT_producer, &attribute)))
      producer = text;
  }
  dwarf_end(debug);
  return producer.substr(0, producer.find(" -"));  // GCC's options follow its name
}

/// Each compiler of an object file adds its name, the C library's start-up files GCC's in any case:
/// where another is named it compiled the module.
std::string by_comment(Elf* elf) {
  std::size_t names = 0;
  if (elf_getshdrstrndx(elf, &names) != 0) return {};
  std::string found;
  for (Elf_Scn* section = elf_nextscn(elf, nullptr); section != nullptr;
       section = elf_nextscn(elf, section)) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr) continue;
    const char* const name = elf_strptr(elf, names, header.sh_name);
    const Elf_Data* const data = elf_getdata(section, nullptr);
    if (name == nullptr || std::string_view(name) != ".comment" || data == nullptr) continue;
    std::string_view all(static_cast<const char*>(data->d_buf), data->d_size);
    while (!all.empty()) {
      const auto one = all.substr(0, all.find('\0'));
      all.remove_prefix(std::min(all.size(), one.size() + 1));
      if (found.empty() || (!one.empty() && !one.starts_with("GCC"))) found = one;
    }
  }
  return found;
}

}  // namespace

std::string compiler_of(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file == -1) return {};
  elf_version(EV_CURRENT);
  std::string compiler;
  if (Elf* const elf = elf_begin(file, ELF_C_READ_MMAP, nullptr)) {
    if (elf_kind(elf) == ELF_K_ELF) {
      compiler = by_debugging_information(elf);
      if (compiler.empty()) compiler = by_comment(elf);
    }
    elf_end(elf);
  }
  close(file);
  return compiler;
}

}  // namespace minusone
