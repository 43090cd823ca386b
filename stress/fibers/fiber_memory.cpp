#include "stress/fibers/fiber_memory.h"

#include <sys/mman.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace minusone {

namespace {

constexpr std::size_t page = 4096;

std::byte* map(std::size_t bytes) {
  void* const at = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
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

// The end of the arena is as close to the upper page that faults as its alignment allows.
SharedArena::SharedArena(std::size_t bytes, std::size_t alignment) {
  const std::size_t room = (bytes + alignment + page - 1) / page * page;
  mapped_ = room + 2 * page;
  memory_ = map(mapped_);
  open_up(memory_ + page, room);
  std::size_t offset = page + room - bytes;
  offset -= offset % alignment;
  bytes_ = {memory_ + offset, bytes};
}

SharedArena::~SharedArena() { munmap(memory_, mapped_); }

}  // namespace minusone
