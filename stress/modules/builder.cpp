#include "stress/modules/builder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <system_error>

#include "stress/modules/compiling.h"
#include "stress/modules/kit.h"
#include "stress/modules/making.h"
#include "stress/modules/whole_file.h"
#include "stress/modules/work_folder.h"

namespace minusone {
namespace {

namespace fs = std::filesystem;

/// Absolute and without links, so that one file is always the same to the compiler.
std::string found(const std::string& source) {
  std::error_code error;
  const auto path = fs::canonical(source, error);
  if (error || !fs::is_regular_file(path)) {
    throw UsageError(
        fmt::format("no file '{}': expected a C or C++ source, .c, .cc, .cpp or .cxx", source));
  }
  return path.string();
}

enum class Defines { protocol, program };  // an object, as a protocol, has an entry of its own

Words link_line(const BuildRequest& request, Defines defines, const Words& objects,
                const fs::path& module) {
  const auto exports = (kit() / "module.map").string();
  const auto vocabulary = (kit() / "libminusone_protocol_plain.a").string();
  Words words;
  if (is_traced(request.kind)) {
    words = {(kit() / "trace_module.sh").string(), request.compiler,
             (kit() / "runtime.names").string(), exports, module.string()};
    words.insert(words.end(), objects.begin(), objects.end());
    if (defines == Defines::program) words.push_back((kit() / "program_entry.o").string());
    words.push_back(vocabulary);
    words.push_back((kit() / "libminusone_string_instances.a").string());
    return words;
  }
  words = {request.compiler,
           "-shared",
           "-o",
           module.string(),
           "-Wl,--version-script=" + exports,
           "-Wl,-z,now,-z,defs",
           "-Wl,--build-id"};
  words.insert(words.end(), objects.begin(), objects.end());
  if (request.kind == ModuleKind::widened) {
    words.push_back((kit() / "widen.o").string());
    words.push_back("-Wl,--wrap=memcpy");
  }
  words.push_back(vocabulary);
  words.push_back("-pthread");
  return words;
}

Words objects_of(const BuildRequest& request, const WorkFolder& scratch) {
  Words objects;
  for (std::size_t i = 0; i < request.sources.size(); ++i)
    objects.push_back((scratch.path() / fmt::format("{}.o", i)).string());
  return objects;
}

/// What nm(1) says of the objects.
std::string symbols_of(const Words& objects, const WorkFolder& scratch) {
  Words words{"nm"};
  words.insert(words.end(), objects.begin(), objects.end());
  const auto listing = scratch.path() / "symbols";
  return run_tool(words, listing) == 0 ? text_of(listing) : "";
}

/// Whether a symbol is listed so, "T main" or "U memcpy".
bool lists(const std::string& symbols, const std::string& symbol) {
  return symbols.find(" " + symbol + "\n") != std::string::npos;
}

/// libatomic's calls of any size: it takes a lock of its own, which lies in each process.
bool has_locked_atomics(const std::string& symbols) {
  return std::ranges::any_of(
      std::array{"load", "store", "exchange", "compare_exchange"},
      [&](const char* call) { return lists(symbols, std::string("U __atomic_") + call); });
}

/// @throws UsageError  neither, or of the wrong kind of module
Defines what_is_defined(const BuildRequest& request, const Words& objects,
                        const WorkFolder& scratch) {
  const auto names = fmt::format("{}", fmt::join(request.sources, ", "));
  const auto symbols = symbols_of(objects, scratch);
  const bool is_program = lists(symbols, "T main");
  const bool is_object = lists(symbols, std::string("T ") + object_symbol);
  if (!is_program && !is_object && !lists(symbols, std::string("T ") + protocol_symbol)) {
    throw UsageError(
        fmt::format("{} is neither a protocol nor a program: it defines neither {}() (see "
                    "protocol/protocol.h), nor an object (protocol/object.h), nor main()",
                    names, protocol_symbol));
  }
  if (!is_program && !is_traced(request.kind) && has_locked_atomics(symbols)) {
    throw UsageError(
        fmt::format("{} has a std::atomic that no instruction updates: the library takes a lock of "
                    "each process's own for it, so that between processes it is not atomic; use 1, "
                    "2, 4, 8 or 16 bytes",
                    names));
  }
  if (is_program && (request.kind == ModuleKind::native || request.kind == ModuleKind::widened)) {
    throw UsageError(
        fmt::format("{} is a whole program, it has a main(): `minusone explore` runs it, but real "
                    "agents run protocols only",
                    names));
  }
  return is_program ? Defines::program : Defines::protocol;
}

}  // namespace

bool is_source(const std::string& name) {
  const auto extension = fs::path(name).extension();
  return extension == ".c" || extension == ".cc" || extension == ".cpp" || extension == ".cxx";
}

void make_module(const BuildRequest& request, const fs::path& output) {
  const WorkFolder scratch(output.parent_path());
  const TemporaryFiles in_it(scratch.path());
  const auto objects = objects_of(request, scratch);
  compile_all(request, objects);
  const auto defines = what_is_defined(request, objects, scratch);
  const auto module = scratch.path() / output.filename();
  if (run_tool(link_line(request, defines, objects, module)) != 0) {
    throw UsageError(fmt::format("{} cannot be linked: what the linker says of it stands above",
                                 fmt::join(request.sources, ", ")));
  }
  // It will be loaded: whatever the umask, nobody else may write to it.
  fs::permissions(module, fs::perms::group_write | fs::perms::others_write,
                  fs::perm_options::remove);
  fs::rename(module, output);
}

BuildRequest with_paths(BuildRequest request) {
  if (!fs::exists(kit() / "stamp")) {
    throw ToolMissing(
        fmt::format("what modules are made of is not at '{}': build the target minusone_kit, or "
                    "set MINUSONE_KIT",
                    kit().string()));
  }
  for (auto& source : request.sources) source = found(source);
  return request;
}

std::vector<std::string> with_main(const BuildRequest& given) {
  const Interruptible interruptible;
  const auto request = with_paths(given);
  const WorkFolder scratch;
  const TemporaryFiles in_it(scratch.path());
  const auto objects = objects_of(request, scratch);
  compile_all(request, objects);
  std::vector<std::string> found;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    if (lists(symbols_of({objects[i]}, scratch), "T main")) found.push_back(given.sources[i]);
  }
  return found;
}

void build_module(const BuildRequest& request, const fs::path& output) {
  const Interruptible interruptible;
  const auto absolute = fs::absolute(output);
  if (!fs::is_directory(absolute.parent_path())) {
    throw UsageError(fmt::format("'{}': expected the path of a module in a directory that exists",
                                 output.string()));
  }
  make_module(with_paths(request), absolute);
}

}  // namespace minusone
