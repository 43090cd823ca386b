#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

/// Which version of glibc the model of its objects is of: where they differ, one is not the other.
namespace minusone {

struct GlibcVersion {
  int major = 2;
  int minor = 0;
  auto operator<=>(const GlibcVersion&) const = default;
};

/// "2.36". @return nothing: it is none
std::optional<GlibcVersion> glibc_version(std::string_view text);
std::string to_string(const GlibcVersion& version);

/// The one that this process, and so the modules that it loads, runs on (gnu_get_libc_version(3)).
GlibcVersion running_glibc();

/// From here on pthread_cond_signal() and pthread_cond_broadcast() do not wait for those who were
/// woken earlier to have left (glibc bug 25847).
inline constexpr GlibcVersion signals_without_waiting{2, 41};

}  // namespace minusone
