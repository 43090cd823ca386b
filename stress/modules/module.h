#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "protocol/object.h"
#include "protocol/protocol.h"

namespace minusone {

/// `watched` is no module's: the kind of a program that runs by itself (stress/watch).
enum class ModuleKind { native, widened, traced, optimized, watched };

/// A request that names something which is not there, or is not of the right form: what was wrong,
/// what was expected, what to do. Exit status 2.
class UsageError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Where a module lies, without loading it.
struct ModuleFile {
  std::filesystem::path path;
  std::string build_id;  ///< first 12 hex digits of the ELF note; empty where there is none
};

/// @param name  "naive/counter", or the path of a shared object
/// @throws UsageError  no such protocol (the nearest name is told), or no such file
ModuleFile find_module(const std::string& name, ModuleKind kind);

/// Where the traced module of a whole program lies, and its id.
/// @param name  as it was built, "shmread", or the path of a shared object
/// @throws UsageError  no such program
ModuleFile find_program(const std::string& name);

/// What a widened module calls at each basic block (widen.h).
using WidenCallback = void (*)();

/// One protocol's shared object, loaded. Stays loaded as long as the program lives, for agents and
/// results point into it.
class Module {
 public:
  /// @param name  "naive/counter", or the path of a shared object
  /// @throws UsageError  no such protocol (the nearest name is told), or not a module of ours
  static Module load(const std::string& name, ModuleKind kind);

  const Protocol& protocol() const { return *protocol_; }
  const std::string& build_id() const {
    return build_id_;
  }  ///< first 12 hex digits of the ELF note
  const std::filesystem::path& path() const { return path_; }

  /// Where a widened module finds the engine's callback; null in other modules (see widen.h).
  WidenCallback* widen_callback() const { return widen_; }

 private:
  const Protocol* protocol_ = nullptr;
  std::string build_id_;
  std::filesystem::path path_;
  WidenCallback* widen_ = nullptr;
};

/// The object that a native module describes, with its specification. It stays loaded.
/// @throws UsageError  it cannot be loaded, or describes none
const ObjectDescription& load_object(const std::filesystem::path& native);

/// Where the modules lie, and what is told of them: MINUSONE_MODULES in the environment, else
/// beside the folder bin/ that holds the command, else where this build put them.
std::filesystem::path modules_directory();

/// The names of all protocols of this build, sorted.
std::vector<std::string> protocol_names();

/// Where this build has its traced whole programs.
std::filesystem::path programs_directory();

/// What is listed beside the protocols without being a module: whole programs that are only looked
/// at. Sorted by name.
struct Program {
  std::string name;    ///< as a protocol has one
  std::string claims;  ///< its claims.txt: a line of summary, then a line a claim
};
std::vector<Program> listed_programs();

/// The one of `names` with the least edit distance to `name`; empty where none is near.
std::string nearest(const std::string& name, const std::vector<std::string>& names);

}  // namespace minusone
