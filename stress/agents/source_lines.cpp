#include "stress/agents/source_lines.h"

#include <cxxabi.h>
#include <elfutils/libdwfl.h>

#include <cstdlib>
#include <filesystem>

namespace minusone {

struct SourceLines::Impl {
  Dwfl_Callbacks callbacks{};
  Dwfl* session = nullptr;
  Dwfl_Module* module = nullptr;
  GElf_Addr base = 0;
};

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
  SourceLine found;
  if (impl_->module == nullptr || address == 0) return found;
  const GElf_Addr at = impl_->base + address - 1;  // the call itself
  if (Dwfl_Line* line = dwfl_module_getsrc(impl_->module, at)) {
    if (const char* file = dwfl_lineinfo(line, nullptr, &found.line, nullptr, nullptr, nullptr)) {
      std::filesystem::path path(file);
      // Where the compiler was given a relative name, it is so to where it ran.
      const char* const ran_in = dwfl_line_comp_dir(line);
      if (path.is_relative() && ran_in != nullptr) path = ran_in / path;
      found.path = path.lexically_normal();
      found.file = path.filename();
    }
  }
  if (const char* name = dwfl_module_addrname(impl_->module, at)) {
    int status = -1;
    char* plain = abi::__cxa_demangle(name, nullptr, nullptr, &status);
    found.function = status == 0 ? plain : name;
    std::free(plain);
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
  return offset == 0 ? name : std::string(name) + "+" + std::to_string(offset);
}

}  // namespace minusone
