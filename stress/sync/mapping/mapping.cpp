#include "stress/sync/mapping/mapping.h"

#include <algorithm>
#include <bit>
#include <cerrno>

#include "stress/sync/mapping/places.h"

namespace minusone {

namespace mapping {

namespace {

bool is_fresh(const KernelObject& object) { return object.as<MappedPages>().mapped == 0; }

void add_to(const KernelObject& object, std::span<const std::byte>, StateSink& sink) {
  const auto& pages = object.as<MappedPages>();
  for (const auto set : {pages.mapped, pages.readable, pages.writable, pages.never_writable})
    sink.add_detail(set);
}

std::string title(const KernelObject& object, const std::string&) {
  return "mapped in process " + std::to_string(object.key + 1);
}

std::string value(const KernelObject& object, std::span<const std::byte>, const AgentNames&) {
  return std::to_string(std::popcount(object.as<MappedPages>().mapped)) + " pages";
}

/// Pages of the room, a bit each. @pre they lie in it
std::uint64_t pages_of(std::uint64_t from, std::uint64_t bytes) {
  const std::uint64_t first = from / page;
  const std::uint64_t end = std::min(whole_pages(from + bytes) / page, MappedPages::most);
  const auto below = [](std::uint64_t number) {
    return number >= MappedPages::most ? ~std::uint64_t{0} : (std::uint64_t{1} << number) - 1;
  };
  return below(end) & ~below(first);
}

std::string in_room(const SyncModel& model, std::uint64_t bytes) {
  return "a mapping of " + std::to_string(bytes) +
         " bytes is not modelled: all memory that is mapped together may have " +
         std::to_string(model.room().size());
}

/// Gives the object so many bytes of the room, at least. @return minus the errno
std::int64_t place(SyncModel& model, Context& call, std::uint64_t key, std::uint64_t bytes) {
  auto& memory = model.object<MemoryObject>(key);
  call.result_upper = bytes > memory.extent;
  if (bytes <= memory.extent) return 0;
  const std::uint64_t size = whole_pages(std::min(memory.bytes, model.room().size()));
  const std::uint64_t top = model.top_of_room();
  if (memory.extent > 0 && memory.offset + memory.extent != top) {
    return model.not_modelled(
        "shared memory is mapped beyond the end that it had when it was first mapped, and other "
        "memory lies behind it, which is not modelled: set its size before it is mapped");
  }
  const std::uint64_t offset = memory.extent > 0 ? memory.offset : top;
  const std::uint64_t room = model.room().size() - offset;
  if (bytes > room) return model.not_modelled(in_room(model, bytes));
  memory.offset = offset;
  memory.extent = std::max(bytes, size <= room ? size : bytes);
  return 0;
}

}  // namespace

std::uint64_t new_object(SyncModel& model, const Context& call) {
  auto& open = model.object<Descriptors>(process_of(model, call));
  const std::uint64_t key =
      kernel_object('q', process_of(model, call) << 8 | std::uint64_t{++open.unnamed});
  model.object<MemoryObject>(key).mode = 0777;
  return key;
}

Lent lends(const SyncModel& model, const KernelObject& object, int agent, std::uint64_t from,
           std::uint64_t bytes, bool writes) {
  const auto& memory = object.as<MemoryObject>();
  const auto* const its =
      model.find<MappedPages>(model.processes() ? static_cast<std::uint64_t>(agent) : 0);
  const std::uint64_t pages = pages_of(memory.offset + from, std::max<std::uint64_t>(bytes, 1));
  if (its == nullptr || (pages & ~its->mapped) != 0) return Lent::unmapped;
  if ((pages & ~its->readable) != 0) return Lent::no_access;
  if (writes && (pages & ~its->writable) != 0) return Lent::read_only;
  return from + bytes > whole_pages(memory.bytes) ? Lent::beyond_end : Lent::yes;
}

}  // namespace mapping

const ObjectKind MappedPages::kind{.name = "mapped pages",
                                   .is_fresh = mapping::is_fresh,
                                   .add_to = mapping::add_to,
                                   .title = mapping::title,
                                   .value = mapping::value,
                                   .unused = "0 pages",
                                   .called = nullptr,
                                   .lent = nullptr,
                                   .own_bytes = 0};

namespace mapping {

// In the order in which mmap(2) looks.
std::int64_t map(SyncModel& model, Context& call) {
  constexpr std::uint64_t most = 0x7fff'ffff'f000;  // of a process's addresses
  const bool anonymous = (call.c & MAP_ANONYMOUS) != 0;
  const std::uint64_t offset = anonymous ? 0 : call.e;
  std::uint64_t key = 0;
  call.result_upper = 0;
  if (call.e % page != 0) return -EINVAL;
  if (!anonymous && (key = object_of(model, call, call.d)) == 0) return -EBADF;
  if (call.a == 0) return -EINVAL;
  const std::uint64_t bytes = whole_pages(call.a);
  if (bytes == 0) return -ENOMEM;
  if (static_cast<std::int64_t>(offset) < 0) return -EOVERFLOW;
  if (bytes > most) return -ENOMEM;
  if ((call.c & MAP_TYPE) != MAP_SHARED) return -EINVAL;
  const std::uint8_t access = anonymous ? may_read | may_write : access_of(model, call, call.d);
  if ((call.b & PROT_WRITE) != 0 && (access & may_write) == 0) return -EACCES;
  if ((access & may_read) == 0) return -EACCES;
  if (!model.lends()) {
    return model.not_modelled(
        "mmap() of shared memory is modelled in programs that are processes: not in a protocol, "
        "nor beside threads");
  }
  if (bytes > model.room().size() || offset > model.room().size())
    return model.not_modelled(in_room(model, call.a));
  if (anonymous) {
    key = new_object(model, call);
    model.object<MemoryObject>(key).bytes = call.a;
  }
  if (const auto refused = place(model, call, key, offset + bytes); refused < 0) return refused;
  const std::uint64_t from = model.find<MemoryObject>(key)->offset + offset;
  const std::uint64_t pages = pages_of(from, bytes);
  auto& its = model.object<MappedPages>(process_of(model, call));
  // The kernel gives another address for it.
  if ((its.mapped & pages) != 0) {
    return model.not_modelled(
        "mmap() of memory that the process has mapped already is not modelled");
  }
  its.mapped |= pages;
  if (call.b != PROT_NONE) its.readable |= pages;  // x86-64 has no pages that are only written
  if ((call.b & PROT_WRITE) != 0) its.writable |= pages;
  if ((access & may_write) == 0) its.never_writable |= pages;
  return static_cast<std::int64_t>(reinterpret_cast<std::uint64_t>(model.room().data()) + from);
}

namespace {

/// The part of the room that a call names. Nothing: it lies elsewhere.
std::uint64_t pages_named(const SyncModel& model, const Context& call) {
  const std::uint64_t from = call.a - reinterpret_cast<std::uint64_t>(model.room().data());
  const std::uint64_t room = model.room().size();
  return from < room ? pages_of(from, std::min(call.b, room - from)) : 0;
}

}  // namespace

std::int64_t unmap(SyncModel& model, Context& call) {
  if (call.a % page != 0 || call.b == 0) return -EINVAL;
  const std::uint64_t pages = pages_named(model, call);
  auto& its = model.object<MappedPages>(process_of(model, call));
  for (auto* set : {&its.mapped, &its.readable, &its.writable, &its.never_writable}) *set &= ~pages;
  return 0;
}

// Page by page, up to the first that cannot be.
std::int64_t protect(SyncModel& model, Context& call) {
  if (call.a % page != 0) return -EINVAL;
  auto& its = model.object<MappedPages>(process_of(model, call));
  for (std::uint64_t left = pages_named(model, call); left != 0; left &= left - 1) {
    const std::uint64_t one = left & -left;
    if ((its.mapped & one) == 0) return -ENOMEM;
    if ((call.c & PROT_WRITE) != 0 && (its.never_writable & one) != 0) return -EACCES;
    its.readable = call.c != PROT_NONE ? its.readable | one : its.readable & ~one;
    its.writable = (call.c & PROT_WRITE) != 0 ? its.writable | one : its.writable & ~one;
  }
  return 0;
}

void forked(SyncModel& model, int parent, int child) {
  const auto from = static_cast<std::uint64_t>(parent), to = static_cast<std::uint64_t>(child);
  if (const auto* const open = model.find<Descriptors>(from)) {
    const Descriptors its = *open;
    model.object<Descriptors>(to) = its;
    model.object<Descriptors>(to).unnamed = 0;
  }
  if (const auto* const pages = model.find<MappedPages>(from)) {
    const MappedPages its = *pages;
    model.object<MappedPages>(to) = its;
  }
}

void only_placed(const SyncModel&, const Context& call, Step& step) {
  const bool is_done = static_cast<std::int64_t>(call.result) >= 0;
  step.accesses[0].writes = is_done && call.result_upper != 0;
}

}  // namespace mapping

}  // namespace minusone
