#pragma once

#include <string>

namespace minusone {

/// The compiler that made a module, as it names itself there: "GNU C++20 12.2.0", "Debian clang
/// version 14.0.6". Told by the debugging information of the module's own first file (its
/// DW_AT_producer without the options), else by the section .comment. Empty where neither says.
/// @param path  of an ELF file; one that cannot be read says nothing
std::string compiler_of(const std::string& path);

}  // namespace minusone
