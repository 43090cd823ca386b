#include "stress/modules/source_lines.h"

#include <cxxabi.h>
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>

#include <cstdlib>
#include <filesystem>
#include <unordered_map>

#include "protocol/verdict.h"

namespace minusone {

namespace {

/// Where the compiler was given a relative name, it is so to where it ran.
std::filesystem::path whole(const char* file, const char* ran_in) {
  std::filesystem::path path(file);
  if (path.is_relative() && ran_in != nullptr) path = ran_in / path;
  return path.lexically_normal();
}

void set_path(SourceLine& found, const std::filesystem::path& path, int line) {
  found.path = path;
  found.file = path.filename();
  found.line = line;
}

/// Looks below a DIE for the innermost inlined call that an instruction is part of. A lambda's
/// stand below the function around it, whose own code lies elsewhere, and dwarf_getscopes() does
/// not look there.
bool find_inlined(Dwarf_Die& in, Dwarf_Addr pc, Dwarf_Die& found) {
  Dwarf_Die child;
  if (dwarf_child(&in, &child) != 0) return false;
  bool any = false;
  do {
    switch (dwarf_tag(&child)) {
      case DW_TAG_inlined_subroutine:
        if (dwarf_haspc(&child, pc) == 1) {
          found = child;
          any = true;
        }
        break;
      case DW_TAG_namespace:
      case DW_TAG_class_type:
      case DW_TAG_structure_type:
      case DW_TAG_subprogram:
      case DW_TAG_lexical_block:
        break;
      default:
        continue;
    }
    any |= find_inlined(child, pc, found);
  } while (dwarf_siblingof(&child, &child) == 0);
  return any;
}

/// An inlined call out of code that is no library's: there the step stands, for who reads it.
/// @param scope  innermost scope of the instruction
void go_to_caller(SourceLine& found, Dwarf_Die& unit, Dwarf_Die& scope) {
  Dwarf_Die* scopes = nullptr;
  const int count = dwarf_getscopes_die(&scope, &scopes);
  Dwarf_Files* files = nullptr;
  std::size_t number_of_files = 0;
  Dwarf_Attribute attribute;
  const char* const ran_in = dwarf_formstring(dwarf_attr(&unit, DW_AT_comp_dir, &attribute));
  if (dwarf_getsrcfiles(&unit, &files, &number_of_files) == 0) {
    for (int i = 0; i < count; ++i) {
      Dwarf_Word file = 0, line = 0;
      if (dwarf_tag(&scopes[i]) != DW_TAG_inlined_subroutine ||
          dwarf_formudata(dwarf_attr(&scopes[i], DW_AT_call_file, &attribute), &file) != 0 ||
          dwarf_formudata(dwarf_attr(&scopes[i], DW_AT_call_line, &attribute), &line) != 0)
        continue;
      const char* const name = dwarf_filesrc(files, file, nullptr, nullptr);
      if (name == nullptr || is_library(whole(name, ran_in).native())) continue;
      set_path(found, whole(name, ran_in), static_cast<int>(line));
      break;
    }
  }
  std::free(scopes);
}

}  // namespace

struct SourceLines::Impl {
  Dwfl_Callbacks callbacks{};
  Dwfl* session = nullptr;
  Dwfl_Module* module = nullptr;
  GElf_Addr base = 0;
  std::unordered_map<std::uintptr_t, SourceLine> calls;  ///< that were asked for
};

std::string demangled(const std::string& name) {
  if (!name.starts_with("_Z")) return name;
  int status = -1;
  char* const plain = abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status);
  std::string result = status == 0 ? plain : name;
  std::free(plain);
  return result;
}

SourceLines::SourceLines(const std::string& module) : impl_(std::make_unique<Impl>()) {
  impl_->callbacks.section_address = dwfl_offline_section_address;
  impl_->callbacks.find_debuginfo = dwfl_standard_find_debuginfo;
  impl_->session = dwfl_begin(&impl_->callbacks);
  if (impl_->session == nullptr) return;
  dwfl_report_begin(impl_->session);
  impl_->module = dwfl_report_offline(impl_->session, "", module.c_str(), -1);
  dwfl_report_end(impl_->session, nullptr, nullptr);
  if (impl_->module != nullptr) {
    dwfl_module_info(impl_->module, nullptr, &impl_->base, nullptr, nullptr, nullptr, nullptr,
                     nullptr);
  }
}

SourceLines::~SourceLines() {
  if (impl_->session != nullptr) dwfl_end(impl_->session);
}

SourceLine SourceLines::of_call(std::uintptr_t address) const {
  if (impl_->module == nullptr || address == 0) return {};
  const auto [known, is_new] = impl_->calls.try_emplace(address);
  SourceLine& found = known->second;
  if (!is_new) return found;
  const GElf_Addr at = impl_->base + address - 1;  // the call itself
  if (Dwfl_Line* line = dwfl_module_getsrc(impl_->module, at)) {
    int number = 0;
    if (const char* file = dwfl_lineinfo(line, nullptr, &number, nullptr, nullptr, nullptr))
      set_path(found, whole(file, dwfl_line_comp_dir(line)), number);
  }
  if (is_library(found.path)) {
    Dwarf_Addr bias = 0;
    Dwarf_Die* const unit = dwfl_module_addrdie(impl_->module, at, &bias);
    Dwarf_Die* scopes = nullptr;
    const int count = unit == nullptr ? 0 : dwarf_getscopes(unit, at - bias, &scopes);
    Dwarf_Die inlined;
    if (count > 1) {
      go_to_caller(found, *unit, scopes[0]);
    } else if (unit != nullptr && find_inlined(*unit, at - bias, inlined)) {
      go_to_caller(found, *unit, inlined);
    }
    std::free(scopes);
  }
  if (const char* name = dwfl_module_addrname(impl_->module, at)) {
    found.function = demangled(name);
  }
  return found;
}

std::string SourceLines::variable(std::uintptr_t address) const {
  if (impl_->module == nullptr || address == 0) return {};
  GElf_Off offset = 0;
  GElf_Sym symbol;
  const char* const name = dwfl_module_addrinfo(impl_->module, impl_->base + address, &offset,
                                                &symbol, nullptr, nullptr, nullptr);
  if (name == nullptr || offset >= symbol.st_size) return {};
  return offset == 0 ? demangled(name) : demangled(name) + "+" + std::to_string(offset);
}

}  // namespace minusone
