#pragma once

#include "stress/watch/arena.h"

/// Which segment something is, in whatever process.
namespace minusone::watch {

/// For memory without a file, which only children get.
Identity fresh_identity(Arena& arena) noexcept;

/// Kind::none: it is no regular file.
Identity identity_of_file(int file) noexcept;

/// Where a file lies, or lay: "/dev/shm/page". Cut where it is long.
struct FileName {
  char text[64];
};
FileName name_of_file(int file) noexcept;

}  // namespace minusone::watch
