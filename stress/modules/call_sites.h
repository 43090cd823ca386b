#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace minusone {

/// Where a shared object's code calls or takes the address of what others define: by symbol, the
/// addresses in the file behind the instructions, in order. Of calls through the procedure linkage
/// table and through the global offset table, on x86-64. Found by their bytes, so that a place may
/// be missing or, very rarely, one too many: for messages only.
std::map<std::string, std::vector<std::uintptr_t>> call_sites(const std::string& path);

}  // namespace minusone
