#include "stress/modules/traced_module.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "stress/instrument/announcement.h"
#include "stress/modules/whole_file.h"

/// Of the dynamic linker (ELF Handling For Thread-Local Storage, 3.4.2).
/// @param index  the module's number, and the variable's offset in its block
extern "C" void* __tls_get_addr(std::size_t* index);

namespace minusone {

namespace {

// The dynamic linker takes two files for the same module when their inodes are: a copy in memory
// has its own, and leaves nothing behind.
int private_copy(const std::string& path) {
  const int from = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status {};
  const int to = memfd_create("minusone-module", MFD_CLOEXEC);
  bool copied = from >= 0 && to >= 0 && fstat(from, &status) == 0;
  for (off_t done = 0; copied && done < status.st_size;) {
    copied = sendfile(to, from, &done, static_cast<std::size_t>(status.st_size - done)) > 0;
  }
  if (from >= 0) close(from);
  if (!copied) {
    const std::string reason = std::strerror(errno);
    if (to >= 0) close(to);
    throw ModuleRefused(path + ": cannot be copied into memory: " + reason);
  }
  return to;
}

/// dlopen(3), which runs the module's constructors. One that cannot go on is left in the middle,
/// and the module with it: what was read of it stays, and is not used.
void* open_module(const char* name) {
  Loading& loading = minusone_runtime->loading;
  loading.why = nullptr;
  loading.context = {};
  if (sigsetjmp(loading.out, 1) != 0) {
    loading.in_constructors = false;
    return nullptr;
  }
  loading.in_constructors = true;
  void* const handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  loading.in_constructors = false;
  return handle;
}

}  // namespace

TracedModule::TracedModule(const std::string& path, Runtime& runtime)
    : path_(path), runtime_(runtime) {
  check_module(path);
  copy_ = private_copy(path);
  const RuntimeScope loading(runtime_);
  std::byte* const allocated = runtime_.load_heap.next;
  // By our number, not as /proc/self: a debugger opens it by the same name.
  const auto name = "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(copy_);
  handle_ = open_module(name.c_str());
  if (handle_ == nullptr) {
    const std::string reason =
        minusone_runtime->loading.why == nullptr
            ? dlerror()
            : std::string("a constructor that runs before main() does not come to its end: ") +
                  minusone_runtime->loading.why;
    close(copy_);
    throw ModuleRefused(path + ": cannot be loaded: " + reason);
  }
  load_heap_ = {allocated, runtime_.load_heap.next};
  find_memory();
}

TracedModule::~TracedModule() {
  const RuntimeScope unloading(runtime_);
  dlclose(handle_);
  close(copy_);
}

bool TracedModule::is_program(const std::string& path) {
  check_module(path);
  return !exports(path, protocol_symbol) && exports(path, "minusone_main");
}

bool TracedModule::is_object(const std::string& path) {
  check_module(path);
  return exports(path, object_symbol);
}

bool module_calls(const std::string& path, std::string_view function) {
  return text_of(path).find("minusone_rt_" + std::string(function) + '\0') != std::string::npos;
}

bool TracedModule::calls_some(const std::string& beginning) const {
  return text_of(path_).find("minusone_rt_" + beginning) != std::string::npos;
}

void* TracedModule::symbol(const char* name) const { return dlsym(handle_, name); }

const Protocol& TracedModule::protocol() const {
  const auto entry = reinterpret_cast<ProtocolEntry>(symbol(protocol_symbol));
  if (entry == nullptr) {
    throw ModuleRefused(
        symbol(object_symbol) == nullptr
            ? path_ + ": exports no minusone_protocol(): it is not a protocol"
            : path_ + ": is an object with operations of its own, and here a channel is expected");
  }
  const RuntimeScope here(runtime_);
  const Protocol* const described = entry();
  if (described->abi != Protocol::current_abi) {
    throw ModuleRefused(path_ + ": was built for another version of minusone; build it again");
  }
  return *described;
}

const ObjectDescription& TracedModule::object() const {
  const auto entry = reinterpret_cast<ObjectEntry>(symbol(object_symbol));
  if (entry == nullptr) throw ModuleRefused(path_ + ": exports no minusone_object()");
  const RuntimeScope here(runtime_);
  const ObjectDescription* const described = entry();
  if (described->abi != ObjectDescription::current_abi)
    throw ModuleRefused(path_ + ": was built for another version of minusone; build it again");
  return *described;
}

void TracedModule::find_memory() {
  link_map* map = nullptr;
  dlinfo(handle_, RTLD_DI_LINKMAP, &map);
  base_ = map->l_addr;
  const auto visit = [](dl_phdr_info* info, std::size_t, void* argument) {
    auto& self = *static_cast<TracedModule*>(argument);
    if (info->dlpi_addr != self.base_) return 0;
    std::uintptr_t low = 0;
    std::uintptr_t high = 0;
    std::uintptr_t relro_end = 0;
    for (int i = 0; i < info->dlpi_phnum; ++i) {
      const ElfW(Phdr)& part = info->dlpi_phdr[i];
      const std::uintptr_t at = self.base_ + part.p_vaddr;
      if (part.p_type == PT_LOAD && at + part.p_memsz > self.end_) self.end_ = at + part.p_memsz;
      if (part.p_type == PT_LOAD && (part.p_flags & PF_W) != 0) {
        low = at;
        high = at + part.p_memsz;
      }
      if (part.p_type == PT_GNU_RELRO) relro_end = at + part.p_memsz;
      if (part.p_type == PT_TLS) {
        self.tls_module_ = info->dlpi_tls_modid;
        const auto* const image = reinterpret_cast<const std::byte*>(at);
        self.tls_image_.assign(image, image + part.p_filesz);
        self.tls_image_.resize(part.p_memsz);
        if (info->dlpi_tls_data != nullptr)
          self.tls_ = {static_cast<std::byte*>(info->dlpi_tls_data), part.p_memsz};
      }
    }
    // What relocation made read-only ends at a page.
    relro_end = relro_end / 4096 * 4096;
    if (relro_end > low && relro_end <= high) low = relro_end;
    self.data_ = {reinterpret_cast<std::byte*>(low), high - low};
    return 1;
  };
  dl_iterate_phdr(visit, this);
}

void TracedModule::begin_tls() {
  std::size_t first[] = {tls_module_, 0};
  if (tls_module_ != 0) __tls_get_addr(first);
}

void TracedModule::remember() {
  find_memory();  // constructors may have been the first use of the TLS block
  start_data_.assign(data_.begin(), data_.end());
  start_load_heap_.assign(load_heap_.begin(), load_heap_.end());
  start_tls_ = tls_image_;
  if (!tls_.empty()) start_tls_.assign(tls_.begin(), tls_.end());
}

std::span<const std::byte> TracedModule::tls_start() const {
  const auto refuse = [this](const char* what) {
    throw ModuleRefused(path_ + ": a constructor that runs before main() " + what +
                        " a thread-local variable, and the thread that runs it is none of the "
                        "program's here; do that in main()");
  };
  if (tls_.empty()) return start_tls_;
  if (start_tls_ != tls_image_) refuse("writes to");
  const auto begin = reinterpret_cast<std::uintptr_t>(tls_.data());
  for (const auto memory : {data_, load_heap_}) {
    for (std::size_t at = 0; at + sizeof begin <= memory.size(); at += sizeof begin) {
      std::uintptr_t word = 0;
      std::memcpy(&word, memory.data() + at, sizeof word);
      if (word - begin < tls_.size()) refuse("keeps the address of");
    }
  }
  return start_tls_;
}

void TracedModule::restart() {
  if (!data_.empty()) std::memcpy(data_.data(), start_data_.data(), data_.size());
  if (!load_heap_.empty())
    std::memcpy(load_heap_.data(), start_load_heap_.data(), load_heap_.size());
  if (!tls_.empty()) std::memcpy(tls_.data(), start_tls_.data(), tls_.size());
}

std::uintptr_t TracedModule::file_address(const void* pc) const {
  const auto address = reinterpret_cast<std::uintptr_t>(pc);
  return address >= base_ && address < end_ ? address - base_ : 0;
}

}  // namespace minusone
