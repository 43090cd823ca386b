// Where code and objects of this process stand, for those in others.
#include <elf.h>
#include <link.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "stress/watch/runtime.h"

namespace minusone::watch {

LoadedCode program_code;

namespace {

constexpr auto relaxed = std::memory_order_relaxed;

constexpr unsigned most_loaded = 64;
LoadedCode loaded[most_loaded];
std::atomic<unsigned> loaded_used;

/// Its place among the modules of the session. The last one, where there is no room.
unsigned module_named(Arena& arena, const char* path) {
  const RobustGuard guard(arena.processes_lock);
  for (unsigned i = 0; i < Arena::most_modules; ++i) {
    Module& module = arena.modules[i];
    if (module.is_there.load() == 0) {
      std::snprintf(module.path, sizeof module.path, "%s", path);
      module.is_there.store(1);
      return i;
    }
    if (std::strcmp(module.path, path) == 0) return i;
  }
  return Arena::most_modules - 1;
}

int take_down(dl_phdr_info* info, std::size_t, void*) {
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& part = info->dlpi_phdr[i];
    if (part.p_type != PT_LOAD || (part.p_flags & PF_X) == 0) continue;
    const std::uintptr_t first = info->dlpi_addr + part.p_vaddr;
    const unsigned used = loaded_used.load(relaxed);
    bool is_known = used == most_loaded;
    for (unsigned k = 0; k < used; ++k) is_known |= loaded[k].first == first;
    if (is_known) continue;
    char path[508];
    if (info->dlpi_name == nullptr || *info->dlpi_name == '\0') {
      const ssize_t size = readlink("/proc/self/exe", path, sizeof path - 1);
      path[size > 0 ? size : 0] = '\0';
    } else {
      std::snprintf(path, sizeof path, "%s", info->dlpi_name);
    }
    loaded[used] = {first, part.p_memsz, info->dlpi_addr, module_named(*here.arena, path)};
    loaded_used.store(used + 1, std::memory_order_release);
  }
  return 0;
}

const LoadedCode* loaded_at(std::uintptr_t address) {
  const unsigned used = loaded_used.load(std::memory_order_acquire);
  for (unsigned i = 0; i < used; ++i) {
    if (address - loaded[i].first < loaded[i].size) return &loaded[i];
  }
  return nullptr;
}

/// Objects of this process's own memory that order its threads. Of what is full the last is all's.
struct OwnObject {
  std::atomic<std::uintptr_t> address;
  SyncObject sync;
};
constexpr unsigned most_own = 16384;
OwnObject own_objects[most_own + 1];

SyncObject* own_object(std::uintptr_t address, bool may_make) {
  auto at = static_cast<unsigned>((address * 0x9e3779b97f4a7c15U) >> 50);
  for (unsigned look = 0; look < 256; ++look) {
    OwnObject& object = own_objects[at];
    std::uintptr_t its = object.address.load(std::memory_order_acquire);
    if (its == 0 && !may_make) return nullptr;
    if (its == 0 && object.address.compare_exchange_strong(its, address)) its = address;
    if (its == address) return &object.sync;
    at = (at + 1) % most_own;
  }
  own_objects[most_own].sync.is_of_many.store(1, relaxed);
  return &own_objects[most_own].sync;
}

SyncObject* object_at(const void* pointer, bool may_make) {
  if (here.arena == nullptr) return nullptr;
  const auto address = reinterpret_cast<std::uintptr_t>(pointer);
  if (here.segments.may_hold(address)) {
    const Place place = here.segments.find(address);
    if (place.sync != nullptr) {
      if (!may_make && place.sync->load(std::memory_order_acquire) == 0) return nullptr;
      return &sync_at(*here.arena, *place.sync);
    }
  }
  return here.has_threads.load(relaxed) ? own_object(address, may_make) : nullptr;
}

}  // namespace

void find_modules() noexcept {
  dl_iterate_phdr(take_down, nullptr);
  program_code = loaded[0];  // it comes first (dl_iterate_phdr(3))
}

Site site_elsewhere(const void* call) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(call);
  const LoadedCode* found = loaded_at(address);
  if (found == nullptr && address != 0) {
    // dlopen(3) has brought it.
    const RobustGuard guard(here.lock);
    find_modules();
    found = loaded_at(address);
  }
  return found == nullptr ? 0 : site_in(found->module, address - found->base);
}

SyncObject* sync_of(const void* address) noexcept { return object_at(address, true); }
SyncObject* known_sync_of(const void* address) noexcept { return object_at(address, false); }

}  // namespace minusone::watch
