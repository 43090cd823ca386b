#include "stress/fibers/fiber_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "stress/sync/objects.h"

namespace minusone {

namespace {

std::byte* map(std::size_t bytes) {
  void* const at =
      mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) {
    throw std::system_error(errno, std::generic_category(),
                            "mmap of " + std::to_string(bytes) + " bytes for agents");
  }
  return static_cast<std::byte*>(at);
}

void open_up(std::byte* at, std::size_t bytes) {
  if (mprotect(at, bytes, PROT_READ | PROT_WRITE) != 0) {
    throw std::system_error(errno, std::generic_category(), "mprotect of agents' memory");
  }
}

}  // namespace

AgentStacks::AgentStacks() : memory_(map(stride * max_agents)) {
  for (int i = 0; i < max_agents; ++i) open_up(low(i), bytes);
}

AgentStacks::~AgentStacks() { munmap(memory_, stride * max_agents); }

SharedViews::SharedViews(std::size_t bytes, int views)
    : bytes_(bytes),
      stride_(whole_pages(bytes) + page),
      mapped_(stride_ * static_cast<std::size_t>(views)) {
  const int file = memfd_create("minusone-segments", MFD_CLOEXEC);
  const bool is_there = file >= 0 && ftruncate(file, static_cast<off_t>(stride_ - page)) == 0;
  const int error = errno;
  memory_ = map(mapped_);
  for (int i = 0; is_there && i < views; ++i) {
    const auto at = view(i);
    if (mmap(at.data(), stride_ - page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, 0) ==
        MAP_FAILED)
      throw std::system_error(errno, std::generic_category(), "mmap of agents' shared memory");
  }
  if (file >= 0) close(file);
  if (!is_there) {
    munmap(memory_, mapped_);
    throw std::system_error(error, std::generic_category(), "memory that agents share");
  }
}

SharedViews::~SharedViews() { munmap(memory_, mapped_); }

// The end of the arena is as close to the upper page that faults as its alignment allows.
SharedArena::SharedArena(std::size_t bytes, std::size_t alignment) {
  const std::size_t room = whole_pages(bytes + alignment);
  mapped_ = room + 2 * page;
  memory_ = map(mapped_);
  open_up(memory_ + page, room);
  std::size_t offset = page + room - bytes;
  offset -= offset % alignment;
  bytes_ = {memory_ + offset, bytes};
}

SharedArena::~SharedArena() { munmap(memory_, mapped_); }

}  // namespace minusone
