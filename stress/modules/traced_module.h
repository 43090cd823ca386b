#pragma once

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/object.h"
#include "protocol/protocol.h"
#include "stress/instrument/announcement.h"
#include "stress/machine/order_table.h"

namespace minusone {

/// A module that must not be explored: it names the module, the reason and what to do.
struct ModuleRefused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Whether a module exports a symbol, without loading it: that would run its constructors.
/// @throws ModuleRefused  it is no module
bool exports(const std::string& path, std::string_view symbol);

/// Whether a module calls a function that the runtime takes over: "fgets".
bool module_calls(const std::string& path, std::string_view function);

/// Checks that a traced module calls nothing that the runtime does not know.
/// @throws ModuleRefused not an ELF file; not instrumented; an undefined symbol that is neither
///         instrumentation, nor taken over, nor known to be pure: by its name
void check_module(const std::string& path);

/// One copy of a traced module in memory, with globals, statics and thread-local variables of its
/// own. Agents that are processes have a copy each; threads share one.
class TracedModule {
 public:
  /// @param runtime  that its constructors and destructors run with, which outlives it
  /// @throws ModuleRefused as check_module; or the dynamic linker's reason
  explicit TracedModule(const std::string& path, Runtime& runtime = idle_runtime());
  ~TracedModule();
  TracedModule(const TracedModule&) = delete;
  TracedModule& operator=(const TracedModule&) = delete;

  /// Whether the file is a whole program: exports a main(), and no protocol.
  /// @throws ModuleRefused as check_module
  static bool is_program(const std::string& path);
  /// Whether it describes an object: operations of any names (protocol/object.h).
  /// @throws ModuleRefused  as check_module
  static bool is_object(const std::string& path);

  const std::string& path() const { return path_; }
  /// Whether it calls a function that the runtime takes over: "fgets".
  bool calls(std::string_view function) const { return module_calls(path_, function); }
  /// Whether it calls one whose name begins so.
  bool calls_some(const std::string& beginning) const;
  /// The exported symbol, or null.
  void* symbol(const char* name) const;
  /// Its description. @throws ModuleRefused the module exports no protocol
  const Protocol& protocol() const;
  /// The object that it describes, without a specification.
  /// @throws ModuleRefused  it exports none, or one of another version
  const ObjectDescription& object() const;

  /// Its writable memory: .data and .bss, without what relocation made read-only.
  std::span<std::byte> data() const { return data_; }
  /// What its constructors allocated.
  std::span<std::byte> load_heap() const { return load_heap_; }
  /// Its TLS block of the calling thread, as remember() found it.
  std::span<std::byte> tls() const { return tls_; }
  /// The dynamic linker's number for its thread-local variables; 0: it has none.
  std::size_t tls_module() const { return tls_module_; }
  /// What they are when a thread starts. @pre remember()
  /// @throws ModuleRefused  a constructor has written to one of them, or keeps its address: that is
  ///         the loading thread's, which none of the agents is
  std::span<const std::byte> tls_start() const;
  /// Lets this thread have its block of thread-local variables before their first use.
  void begin_tls();
  /// Takes the state that restart() goes back to.
  void remember();
  /// Puts globals, statics and thread-local variables back.
  void restart();

  /// Where it lies in memory, from the first byte to behind the last.
  std::uintptr_t base() const { return base_; }
  std::uintptr_t end() const { return end_; }
  /// The address in the file of an address in this copy, for symbols; 0 where it is not in it.
  std::uintptr_t file_address(const void* pc) const;
  FileAddress locate(const void* at) const { return {&path_, file_address(at)}; }

 private:
  void find_memory();

  std::string path_;
  Runtime& runtime_;
  /// Open as long as the copy is loaded: the dynamic linker also goes by the file's name, and a
  /// number used again would silently be the copy that has it already.
  int copy_ = -1;
  void* handle_ = nullptr;
  std::uintptr_t base_ = 0;
  std::uintptr_t end_ = 0;
  std::span<std::byte> data_;
  std::span<std::byte> tls_;  ///< this thread's block, which exists only after its first use
  std::size_t tls_module_ = 0;
  std::vector<std::byte> tls_image_;
  std::span<std::byte> load_heap_;  ///< what its constructors allocated
  std::vector<std::byte> start_load_heap_;
  std::vector<std::byte> start_data_;
  std::vector<std::byte> start_tls_;
};

}  // namespace minusone
