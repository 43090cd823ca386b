// A module may only call what the runtime takes over and what cannot matter. A call that nobody
// watches would be a silent "holds".
#include <dlfcn.h>
#include <elf.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <string_view>

#include "stress/modules/call_sites.h"
#include "stress/modules/source_lines.h"
#include "stress/modules/traced_module.h"
#include "stress/modules/whole_file.h"
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

Dynamic dynamic_symbols(const std::string& file, const std::string& path) {
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

std::string read(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw ModuleRefused(path + ": cannot be opened: " + std::strerror(errno));
  return whole(stream);
}

/// "prog.c:12, 30 and 31": the first lines that call it; empty where none is known.
std::string lines_of(const std::vector<std::uintptr_t>& sites, const SourceLines& lines) {
  constexpr std::size_t most = 3;
  std::vector<std::string> told;
  std::string file;
  for (const std::uintptr_t site : sites) {
    const SourceLine at = lines.of_call(site);
    if (at.file.empty()) continue;
    auto place = at.file == file ? std::to_string(at.line) : fmt::format("{}:{}", at.file, at.line);
    if (std::ranges::find(told, place) != told.end() ||
        (!told.empty() && told.front().ends_with(":" + place)))
      continue;
    file = at.file;
    told.push_back(std::move(place));
  }
  const bool all = told.size() <= most;
  if (!all) told.resize(most);
  return fmt::format("{}{}", fmt::join(told, ", "), all ? "" : ", ...");
}

/// All at once, so that nobody learns of the next when the first is mended.
[[noreturn]] void refuse_calls(const std::string& path, const std::vector<std::string>& unknown) {
  const auto sites = call_sites(path);
  const SourceLines lines(path);
  std::vector<std::string> calls, undefined;
  bool uses_streams = false;
  std::string streams;  ///< where
  for (const auto& name : unknown) {
    const auto found = sites.find(name);
    const auto where = found == sites.end() ? std::string() : lines_of(found->second, lines);
    if (is_of_iostream(name)) {
      uses_streams = true;
      if (streams.empty()) streams = where;
      continue;
    }
    const bool is_defined = dlsym(RTLD_DEFAULT, name.c_str()) != nullptr;
    (is_defined ? calls : undefined)
        .push_back(fmt::format("`{}`{}", demangled(name), where.empty() ? "" : " (" + where + ")"));
  }
  std::vector<std::string> sentences;
  if (!calls.empty()) {
    sentences.push_back(
        fmt::format("calls {}, which {} neither modelled nor known to be harmless, so {} steps "
                    "would go unseen; "
                    "use calls that are modelled, or take {} over in stress/sync",
                    fmt::join(calls, ", "), calls.size() == 1 ? "is" : "are",
                    calls.size() == 1 ? "its" : "their", calls.size() == 1 ? "this one" : "these"));
  }
  if (!undefined.empty()) {
    sentences.push_back(fmt::format(
        "calls {}, which {} defined neither here nor in C's and C++'s libraries; is a source file "
        "missing, or a name misspelt?",
        fmt::join(undefined, ", "), undefined.size() == 1 ? "is" : "are"));
  }
  if (uses_streams) {
    sentences.push_back(fmt::format(
        "uses <iostream>{}, which is not modelled; print with printf(), whose output goes nowhere "
        "while exploring",
        streams.empty() ? "" : " (" + streams + ")"));
  }
  throw ModuleRefused(fmt::format("{}: {}", path, fmt::join(sentences, "; it ")));
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
  std::vector<std::string> unknown;
  for (std::size_t i = 1; i < dynamic.count; ++i) {
    if (dynamic.symbols[i].st_shndx != SHN_UNDEF) continue;
    const std::string name = dynamic.names + dynamic.symbols[i].st_name;
    if (name.rfind("minusone_rt_", 0) == 0) {
      if (name.rfind("minusone_rt___tsan_", 0) == 0) instrumented = true;
      if (dlsym(RTLD_DEFAULT, name.c_str()) != nullptr) continue;
    } else if (name.rfind("__tsan_", 0) != 0 && (is_pure(name) || is_harmless(name))) {
      continue;
    }
    unknown.push_back(name);
  }
  std::ranges::sort(unknown);
  if (!instrumented) {
    throw ModuleRefused(path +
                        ": is not instrumented: no access to memory would be a step; build "
                        "it with `minusone build`");
  }
  if (!unknown.empty()) refuse_calls(path, unknown);
}

}  // namespace minusone
