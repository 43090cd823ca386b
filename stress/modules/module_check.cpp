// A module may only call what the runtime takes over and what cannot matter. A call that nobody
// watches would be a silent "holds".
#include <dlfcn.h>
#include <elf.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <string_view>

#include "stress/modules/traced_module.h"
#include "stress/sync/family.h"

namespace minusone {

namespace {

// Functions of their arguments, or of the C++ language's own bookkeeping; none reads memory that
// agents share, except as said. What belongs to a primitive its family says (is_harmless).
constexpr std::string_view pure[] = {
    "_ITM_deregisterTMCloneTable",
    "_ITM_registerTMCloneTable",
    "__gmon_start__",
    "__cxa_finalize",
    "__cxa_allocate_exception",
    "__cxa_free_exception",
    "__cxa_throw",
    "__cxa_rethrow",
    "__cxa_begin_catch",
    "__cxa_end_catch",
    "__cxa_get_exception_ptr",
    "__cxa_pure_virtual",
    "__cxa_throw_bad_array_new_length",
    "__cxa_bad_cast",
    "__dynamic_cast",
    "__gxx_personality_v0",
    "__gcc_personality_v0",
    "_Unwind_Resume",
    "__errno_location",
    "__stack_chk_fail",
    "stdin",
    "stdout",
    "stderr",
    "abs",
    "labs",
    "llabs",
    "div",
    "toupper",
    "tolower",
    "isdigit",
    "isalpha",
    "isspace",
    "__ctype_b_loc",
    "__ctype_toupper_loc",
    "__ctype_tolower_loc",
    "isupper",
    "islower",
    "isalnum",
    "isprint",
    "ispunct",
    "isxdigit",
    "strerror",
    "sqrt",
    "pow",
    "sin",
    "cos",
    "exp",
    "log",
    "floor",
    "ceil",
    "fabs",
    "sysconf",
    "getpagesize",
    // Of GCC's own library, in place of instructions that not every machine has.
    "__popcountdi2",
    "__popcountti2",
    "__paritydi2",
    "__clzti2",
    "__ctzti2",
    "__ffsti2",
    "__divti3",
    "__modti3",
    "__udivti3",
    "__umodti3",
    "__multi3",
};

// Throwing helpers, allocators without state, exception types and type information.
constexpr std::string_view pure_prefixes[] = {
    "_ZNSa",
    "_ZNKSa",
    "_ZTI",
    "_ZTV",
    "_ZTS",
    "_ZNSt9exception",
    "_ZNKSt9exception",
    "_ZNSt13runtime_error",
    "_ZNKSt13runtime_error",
    "_ZNSt11logic_error",
    "_ZNKSt11logic_error",
    "_ZNSt16invalid_argument",
    "_ZNSt12length_error",
    "_ZNSt12out_of_range",
    "_ZNSt9bad_alloc",
    "_ZNSt12system_error",
    "_ZNKSt12system_error",
    "_ZNSt3_V2",
    "_ZNKSt8__detail20_Prime_rehash_policy",
};

bool is_pure(std::string_view name) {
  for (std::string_view known : pure) {
    if (name == known) return true;
  }
  for (std::string_view prefix : pure_prefixes) {
    if (name.substr(0, prefix.size()) == prefix) return true;
  }
  return name.substr(0, 4) == "_ZSt" && name.find("__throw_") != name.npos;
}

/// The streams, their base classes and what writes to them.
bool is_of_iostream(std::string_view name) {
  for (std::string_view part : {"_ZSt4cout", "_ZSt4cerr", "_ZSt4clog", "_ZSt3cin", "_ZNSo", "_ZNSi",
                                "_ZNSt8ios_base", "_ZNSt9basic_ios", "_ZStls", "_ZSt4endl",
                                "_ZNSt7__cxx1118basic_stringstream", "_ZSt16__ostream_insert"}) {
    if (name.substr(0, part.size()) == part) return true;
  }
  return false;
}

struct Dynamic {
  const Elf64_Sym* symbols = nullptr;
  std::size_t count = 0;
  const char* names = nullptr;
};

Dynamic dynamic_symbols(const std::vector<char>& file, const std::string& path) {
  const auto refuse = [&] {
    throw ModuleRefused(path +
                        ": not a module: expected a 64-bit ELF shared object; build it with "
                        "`minusone build`");
  };
  if (file.size() < sizeof(Elf64_Ehdr) || std::memcmp(file.data(), ELFMAG, SELFMAG) != 0 ||
      file[EI_CLASS] != ELFCLASS64) {
    refuse();
  }
  const auto& header = *reinterpret_cast<const Elf64_Ehdr*>(file.data());
  if (header.e_shoff + header.e_shnum * sizeof(Elf64_Shdr) > file.size()) refuse();
  const auto* const sections = reinterpret_cast<const Elf64_Shdr*>(file.data() + header.e_shoff);
  for (int i = 0; i < header.e_shnum; ++i) {
    const Elf64_Shdr& section = sections[i];
    if (section.sh_type != SHT_DYNSYM || section.sh_link >= header.e_shnum) continue;
    const Elf64_Shdr& strings = sections[section.sh_link];
    if (section.sh_offset + section.sh_size > file.size() || strings.sh_offset > file.size()) {
      refuse();
    }
    return {reinterpret_cast<const Elf64_Sym*>(file.data() + section.sh_offset),
            section.sh_size / sizeof(Elf64_Sym), file.data() + strings.sh_offset};
  }
  refuse();
  return {};
}

std::vector<char> read(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw ModuleRefused(path + ": cannot be opened: " + std::strerror(errno));
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

bool exports(const std::string& path, std::string_view symbol) {
  const auto file = read(path);
  const Dynamic dynamic = dynamic_symbols(file, path);
  for (std::size_t i = 1; i < dynamic.count; ++i) {
    if (dynamic.symbols[i].st_shndx != SHN_UNDEF &&
        dynamic.names + dynamic.symbols[i].st_name == symbol) {
      return true;
    }
  }
  return false;
}

void check_module(const std::string& path) {
  const auto file = read(path);
  const Dynamic dynamic = dynamic_symbols(file, path);
  bool instrumented = false;
  std::string unknown;
  for (std::size_t i = 1; i < dynamic.count; ++i) {
    if (dynamic.symbols[i].st_shndx != SHN_UNDEF) continue;
    const std::string name = dynamic.names + dynamic.symbols[i].st_name;
    if (name.rfind("minusone_rt_", 0) == 0) {
      if (name.rfind("minusone_rt___tsan_", 0) == 0) instrumented = true;
      if (dlsym(RTLD_DEFAULT, name.c_str()) != nullptr) continue;
    } else if (name.rfind("__tsan_", 0) != 0 && (is_pure(name) || is_harmless(name))) {
      continue;
    }
    if (unknown.empty() || is_of_iostream(name)) unknown = name;
  }
  if (!instrumented) {
    throw ModuleRefused(path +
                        ": is not instrumented: no access to memory would be a step; build "
                        "it with `minusone build`");
  }
  if (is_of_iostream(unknown)) {
    throw ModuleRefused(path + ": uses <iostream> (`" + unknown +
                        "`), which is not modelled; print with printf(), whose output goes nowhere "
                        "while exploring");
  }
  if (!unknown.empty()) {
    throw ModuleRefused(path + ": calls `" + unknown +
                        "`, which is neither modelled nor known to be harmless, so its steps would "
                        "go unseen; use a call that is modelled, or take this one over in "
                        "stress/sync");
  }
}

}  // namespace minusone
