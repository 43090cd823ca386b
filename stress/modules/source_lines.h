#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace minusone {

/// A place in the source.
struct SourceLine {
  std::string file;  ///< without its directories; empty where debug information says nothing
  int line = 0;
  std::string function;
  std::string path;  ///< with its directories; empty where debug information says nothing
};

/// A C++ symbol as it is written in the source. Only what begins with _Z is one: C's `i` is no
/// `int`.
std::string demangled(const std::string& name);

/// The debug information of one module (elfutils libdw).
class SourceLines {
 public:
  /// A file without debug information, or none, gives empty answers.
  explicit SourceLines(const std::string& module);
  ~SourceLines();
  SourceLines(const SourceLines&) = delete;
  SourceLines& operator=(const SourceLines&) = delete;

  /// Where a call stands; of one inside an inlined function of a library (std::atomic's), where
  /// that was called.
  /// @param address  in the file, of the instruction behind a call
  SourceLine of_call(std::uintptr_t address) const;
  /// The variable that the bytes at an address in the file belong to: "turn", "flag+4"; empty where
  /// none does.
  std::string variable(std::uintptr_t address) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace minusone
