#pragma once

#include <string>

#include "stress/modules/builder.h"
#include "stress/modules/tools.h"

/// From sources to objects.
namespace minusone {

/// Whether accesses of the module are to be steps.
bool is_traced(ModuleKind kind);

/// The compiler and all its flags for one source, output apart.
Words compile_line(const BuildRequest& request, const std::string& source);

/// @throws UsageError
[[noreturn]] void refuse_source(const std::string& source, const std::string& compiler);

/// Compiles each source of a request to the object of the same place. What the compiler says of a
/// source that compiles is passed on; of one that does not, the errors alone: warnings would stand
/// above them by the page.
/// @throws UsageError  one does not compile, or touches memory in a way that would be no step
void compile_all(const BuildRequest& request, const Words& objects);

}  // namespace minusone
