#include "protocol/glibc.h"

#include <gnu/libc-version.h>

#include <charconv>

namespace minusone {

std::optional<GlibcVersion> glibc_version(std::string_view text) {
  GlibcVersion version;
  const char* const end = text.data() + text.size();
  const auto [dot, wrong] = std::from_chars(text.data(), end, version.major);
  if (wrong != std::errc{} || dot == end || *dot != '.') return std::nullopt;
  const auto [rest, also_wrong] = std::from_chars(dot + 1, end, version.minor);
  if (also_wrong != std::errc{} || rest != end || version.major != 2 || version.minor < 0)
    return std::nullopt;
  return version;
}

std::string to_string(const GlibcVersion& version) {
  return std::to_string(version.major) + "." + std::to_string(version.minor);
}

GlibcVersion running_glibc() {
  // A distribution's own may add to it: "2.41.9000".
  const std::string_view text = gnu_get_libc_version();
  const auto second_dot = text.find('.', text.find('.') + 1);
  return glibc_version(text.substr(0, second_dot)).value_or(GlibcVersion{});
}

}  // namespace minusone
