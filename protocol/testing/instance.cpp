#include "protocol/testing/instance.h"

#include <sys/mman.h>

#include <cerrno>

#include "protocol/os_error.h"

namespace minusone {

Instance::Instance(const Protocol& protocol)
    : protocol_(protocol),
      at_(mmap(nullptr, protocol.bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
               0)) {
  if (at_ == MAP_FAILED) throw OsError(errno, "mmap", "an instance");
  protocol.init(at_, log_.reserve_key("sem"));
}

Instance::~Instance() {
  protocol_.destroy(at_);
  munmap(at_, protocol_.bytes);
}

}  // namespace minusone
