#include "stress/modules/module.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <link.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <numeric>
#include <sstream>

#include "stress/modules/whole_file.h"

namespace minusone {
namespace {

namespace fs = std::filesystem;

std::string file_name(ModuleKind kind) {
  switch (kind) {
    case ModuleKind::native:
      return "native.so";
    case ModuleKind::widened:
      return "widened.so";
    case ModuleKind::traced:
      return "traced.so";
    case ModuleKind::optimized:
      return "optimized.so";
    case ModuleKind::watched:
      break;
  }
  return "?";
}

fs::path find(const std::string& name, ModuleKind kind) {
  std::error_code none;
  if (name.ends_with(".so")) {
    if (!fs::exists(name, none)) {
      throw UsageError(fmt::format("no file '{}': expected the path of a protocol module", name));
    }
    if (!fs::is_regular_file(name, none)) {
      throw UsageError(fmt::format(
          "'{}' is a folder, a pipe or a device: expected the path of a protocol module", name));
    }
    return fs::absolute(name);
  }
  const auto path = modules_directory() / name / file_name(kind);
  if (!name.empty() && !name.starts_with('/') && name.find("..") == std::string::npos &&
      fs::is_regular_file(path, none)) {
    return path;
  }
  const auto names = protocol_names();
  if (std::ranges::find(names, name) != names.end()) {
    throw UsageError(fmt::format("'{}' is not built whole: '{}' is missing; build all of minusone",
                                 name, path.string()));
  }
  const auto near = nearest(name, names);
  throw UsageError(
      fmt::format("no protocol '{}'{}: expected one of those that `minusone list` names, or the "
                  "path of a module",
                  name, near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near)));
}

/// The first 12 hex digits of the ELF note that the linker left in a file, or nothing: elf(5).
std::string build_id_of(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  const std::string file = whole(stream);
  const auto at = [&]<class T>(std::uint64_t offset, T& value) {
    if (offset > file.size() || file.size() - offset < sizeof value) return false;
    std::memcpy(&value, file.data() + offset, sizeof value);
    return true;
  };
  ElfW(Ehdr) header;
  if (!at(0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return {};
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    ElfW(Phdr) part;
    if (!at(header.e_phoff + i * sizeof part, part)) return {};
    if (part.p_type != PT_NOTE) continue;
    ElfW(Nhdr) note;
    for (auto next = part.p_offset; next < part.p_offset + part.p_filesz && at(next, note);) {
      const auto name = next + sizeof note;
      const auto value = name + ((note.n_namesz + 3U) & ~3U);
      std::array<unsigned char, 6> id;
      if (note.n_type == NT_GNU_BUILD_ID && note.n_descsz >= id.size() && at(value, id)) {
        std::string digits;
        for (const unsigned char byte : id) digits += fmt::format("{:02x}", byte);
        return digits;
      }
      next = value + ((note.n_descsz + 3U) & ~3U);
    }
  }
  return {};
}

}  // namespace

fs::path modules_directory() {
  if (const char* given = std::getenv("MINUSONE_MODULES")) return given;
  std::error_code none;
  const auto folder = fs::read_symlink("/proc/self/exe", none).parent_path();
  const auto beside = folder.parent_path() / "modules";
  if (folder.filename() == "bin" && fs::is_directory(beside, none)) return beside;
  return MINUSONE_MODULES_DIRECTORY;
}

ModuleFile find_module(const std::string& name, ModuleKind kind) {
  const auto path = find(name, kind);
  return {path, build_id_of(path)};
}

ModuleFile find_program(const std::string& name) {
  std::error_code none;
  fs::path path = name;
  if (!name.ends_with(".so")) path = modules_directory() / "program" / (name + ".so");
  if (name.empty() || name.find("..") != std::string::npos || !fs::is_regular_file(path, none)) {
    throw UsageError(
        fmt::format("no program '{}': expected the name of a whole program that was built for "
                    "exploring (it lies in {}), the path of its module, or its C or C++ source",
                    name, programs_directory().string()));
  }
  return {fs::absolute(path), build_id_of(path)};
}

Module Module::load(const std::string& name, ModuleKind kind) {
  Module module;
  module.path_ = find(name, kind);
  void* handle = dlopen(module.path_.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    throw UsageError(fmt::format("'{}' cannot be loaded as a protocol module: {}",
                                 module.path_.string(), dlerror()));
  }
  const auto entry = reinterpret_cast<ProtocolEntry>(dlsym(handle, protocol_symbol));
  if (entry == nullptr) {
    throw UsageError(
        dlsym(handle, object_symbol) == nullptr
            ? fmt::format("'{}' is no protocol module: it does not export {}()",
                          module.path_.string(), protocol_symbol)
            : fmt::format("'{}' is an object with operations of its own, and here a channel with "
                          "write and read is expected: `minusone explore` takes objects",
                          module.path_.string()));
  }
  module.protocol_ = entry();
  if (module.protocol_->abi != Protocol::current_abi) {
    throw UsageError(
        fmt::format("'{}' was built for version {} of the description, this is {}: "
                    "build it again",
                    module.path_.string(), module.protocol_->abi, Protocol::current_abi));
  }
  module.build_id_ = build_id_of(module.path_);
  module.widen_ = reinterpret_cast<WidenCallback*>(dlsym(handle, "minusone_widen_callback"));
  return module;
}

const ObjectDescription& load_object(const fs::path& native) {
  void* handle = dlopen(native.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr)
    throw UsageError(fmt::format("'{}' cannot be loaded: {}", native.string(), dlerror()));
  const auto entry = reinterpret_cast<ObjectEntry>(dlsym(handle, object_symbol));
  if (entry == nullptr || entry()->abi != ObjectDescription::current_abi) {
    throw UsageError(
        fmt::format("'{}' describes no object of this version of minusone: build it "
                    "again",
                    native.string()));
  }
  return *entry();
}

std::vector<std::string> protocol_names() {
  std::vector<std::string> names;
  std::error_code none;
  const auto root = modules_directory();
  for (const auto& entry : fs::recursive_directory_iterator(root, none)) {
    if (entry.path().filename() != file_name(ModuleKind::native)) continue;
    names.push_back(fs::relative(entry.path().parent_path(), root).string());
  }
  std::ranges::sort(names);
  return names;
}

std::filesystem::path programs_directory() { return modules_directory() / "program"; }

std::vector<Program> listed_programs() {
  std::vector<Program> programs;
  std::error_code none;
  const auto root = modules_directory();
  for (const auto& entry : fs::recursive_directory_iterator(root, none)) {
    if (entry.path().filename() != "claims.txt") continue;
    std::ostringstream claims;
    claims << std::ifstream(entry.path()).rdbuf();
    programs.push_back({entry.path().parent_path().lexically_relative(root), claims.str()});
  }
  std::ranges::sort(programs, {}, &Program::name);
  return programs;
}

std::string nearest(const std::string& name, const std::vector<std::string>& names) {
  std::string best;
  std::size_t least = std::max<std::size_t>(3, name.size() / 2);
  for (const auto& candidate : names) {
    // Levenshtein's distance, a row at a time.
    std::vector<std::size_t> row(candidate.size() + 1);
    std::iota(row.begin(), row.end(), 0);
    for (std::size_t i = 0; i < name.size(); ++i) {
      std::size_t diagonal = std::exchange(row[0], i + 1);
      for (std::size_t j = 0; j < candidate.size(); ++j) {
        const auto replaced = diagonal + (name[i] == candidate[j] ? 0 : 1);
        diagonal = row[j + 1];
        row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
      }
    }
    // "counter" is as good as "naive/counter".
    const auto distance = candidate.ends_with("/" + name) ? 0 : row.back();
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace minusone
