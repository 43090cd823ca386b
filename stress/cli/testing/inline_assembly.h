#pragma once

#include <cstdlib>
#include <string>

#include "stress/cli/testing/source_file.h"

namespace minusone::cli {

/// Sources with inline assembly, as each compiler takes them.
class InlineAssembly : public SourceFile {
 protected:
  int minusone(const std::string& arguments) const {
    return SourceFile::minusone(arguments).status;
  }

  /// What every compiler that is here makes of it, at -O0 and at -O2.
  template <class Check>
  void with_each_compiler(const Check& check) const {
    for (const std::string compiler : {"g++", "clang++"}) {
      if (std::system(("command -v " + compiler + " >/dev/null").c_str()) != 0) continue;
      for (const std::string level : {"", " --optimized"}) check(" --compiler " + compiler + level);
    }
  }

  /// The same, of the two that differ most.
  template <class Check>
  void with_two_compilers(const Check& check) const {
    check(" --compiler g++");
    if (std::system("command -v clang++ >/dev/null") == 0) check(" --compiler clang++ --optimized");
  }
};

}  // namespace minusone::cli
