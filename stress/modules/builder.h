#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "stress/modules/module.h"

namespace minusone {

/// C or C++ files that become one module: a protocol, or a whole program with its main().
struct BuildRequest {
  std::vector<std::string> sources;
  ModuleKind kind = ModuleKind::traced;
  std::string compiler = "g++";  ///< or clang++, or a path of either; C goes to its C compiler
  std::vector<std::string> definitions;  ///< X or X=1
  std::vector<std::string> includes;     ///< directories
  /// Volatile accesses of 1, 2, 4 or 8 aligned bytes are atomic, with the order that the machine
  /// gives them. Else they are plain, as C and C++ say.
  bool volatile_atomic = false;
  std::string flags;  ///< more for the compiler, spaces between: "-std=gnu17 -w"
};

/// A signal ended a build. Exit status 3.
struct BuildInterrupted : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The machine lacks what a build needs: which package brings it. Exit status 4.
struct ToolMissing : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A compiler or a linker did not end by itself: the kernel ended it, where memory is short, or
/// somebody did. Exit status 4.
struct ToolEnded : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Whether a name is that of a C or C++ file: .c, .cc, .cpp, .cxx.
bool is_source(const std::string& name);

/// Of the sources, those that define a main(), in their order. They are compiled for that.
/// @throws as build_module
std::vector<std::string> with_main(const BuildRequest& request);

/// Compiles the sources with the flags of stress/instrument/module_flags.txt and makes the module,
/// which appears at `output` whole or not at all. Nothing else is left, nor after Ctrl-C, nor of
/// tools that were killed.
/// The compiler's own messages go to stderr.
/// @throws UsageError   no such file; it does not compile or link; it is neither protocol nor
/// program
/// @throws ToolMissing  no such compiler  @throws ToolEnded
void build_module(const BuildRequest& request, const std::filesystem::path& output);

/// The module of a request from the cache, $XDG_CACHE_HOME/minusone or ~/.cache/minusone, built
/// when it is not there. Its key is a hash of the preprocessed sources, the flags, the compiler's
/// version, the runtime and this command's own code, so the same request finds the same build, and
/// a changed header another. What others may have written there is not used: neither the
/// cache, nor a folder, nor a module.
/// @throws as build_module; OsError `EPERM` the cache is another's, a link, or open to others
std::filesystem::path cached_module(const BuildRequest& request);

}  // namespace minusone
