// Objects of shared memory: their names, who has them open, their sizes.
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "stress/sync/mapping/places.h"
#include "stress/sync/sync_model.h"

namespace minusone {

namespace mapping {

namespace {

/// Which objects there are, how large, and where: what a call that takes a descriptor may touch.
constexpr std::uint64_t sizes = kernel_table('p');

std::string_view text_of(std::span<const std::byte> tail) {
  return {reinterpret_cast<const char*>(tail.data()), tail.size()};
}

bool is_never_fresh(const KernelObject&) { return false; }

std::string called(const KernelObject&, std::span<const std::byte> tail) {
  return tail.empty() ? "" : "/" + std::string(text_of(tail));
}

void add_object_to(const KernelObject& object, std::span<const std::byte>, StateSink& sink) {
  const auto& memory = object.as<MemoryObject>();
  sink.add(memory.bytes);
  sink.add_detail(memory.offset);
  sink.add_detail(memory.extent);
  sink.add_detail(memory.mode);
}

std::string value_of_object(const KernelObject& object, std::span<const std::byte>,
                            const AgentNames&) {
  return std::to_string(object.as<MemoryObject>().bytes) + " bytes";
}

std::span<const std::byte> lent(const SyncModel& model, const KernelObject& object) {
  const auto& memory = object.as<MemoryObject>();
  if (memory.extent == 0) return {};
  return model.room().subspan(memory.offset, std::min(memory.bytes, memory.extent));
}

std::pair<std::uint64_t, std::uint64_t> place_of(const KernelObject& object) {
  const auto& memory = object.as<MemoryObject>();
  return {memory.offset, memory.extent};
}

void add_name_to(const KernelObject& object, std::span<const std::byte>, StateSink& sink) {
  const auto& name = object.as<MemoryName>();
  sink.add(name.leads_to);
  sink.add_detail(name.made);
}

std::string value_of_name(const KernelObject& object, std::span<const std::byte>,
                          const AgentNames&) {
  const auto& name = object.as<MemoryName>();
  return name.leads_to == 0 ? "no memory" : "memory " + std::to_string(name.leads_to);
}

void add_descriptors_to(const KernelObject& object, std::span<const std::byte>, StateSink& sink) {
  const auto& open = object.as<Descriptors>();
  for (std::size_t i = 0; i < Descriptors::most; ++i)
    sink.add_detail(open.object[i] | std::uint64_t{open.access[i]} << 60);
  sink.add_detail(open.unnamed);
}

std::string title_of_descriptors(const KernelObject& object, const std::string&) {
  return "open in process " + std::to_string(object.key + 1);
}

std::string value_of_descriptors(const KernelObject& object, std::span<const std::byte>,
                                 const AgentNames&) {
  const auto& open = object.as<Descriptors>().object;
  const auto count = Descriptors::most - static_cast<std::size_t>(std::ranges::count(open, 0U));
  return std::to_string(count) + " descriptors";
}

constexpr std::uint64_t bytes_of_one = 8;
constexpr std::uint8_t most_of_one_name = 31;

std::uint64_t key_of_name(const Context& call) {
  return kernel_object('p', semaphore::number_of_name(name_of(call)));
}
std::uint64_t key_of_object(const Context& call, std::uint8_t which) {
  return kernel_object('p', semaphore::number_of_name(name_of(call)) | which * bytes_of_one);
}

/// Whether another name has the same number.
bool is_taken(const SyncModel& model, std::uint64_t key, std::string_view name) {
  return model.find<MemoryName>(key) != nullptr &&
         text_of(model.tail_of<MemoryName, std::byte>(key)) != name;
}

/// @return the first free descriptor, which is then the object's; minus the errno
std::int64_t open_descriptor(SyncModel& model, const Context& call, std::uint64_t object,
                             std::uint8_t access) {
  auto& open = model.object<Descriptors>(process_of(model, call));
  const auto free = std::ranges::find(open.object, 0U);
  if (free == open.object.end()) {
    return model.not_modelled("more than " + std::to_string(Descriptors::most) +
                              " descriptors of shared memory are open in one process, which is "
                              "not modelled");
  }
  const auto at = static_cast<std::size_t>(free - open.object.begin());
  open.object[at] = object;
  open.access[at] = access;
  return Descriptors::first + static_cast<int>(at);
}

/// What is cut off is zero when it comes back.
void resize(SyncModel& model, MemoryObject& memory, std::uint64_t bytes) {
  const std::uint64_t end = std::min(memory.bytes, memory.extent);
  const auto room = model.room().subspan(memory.extent == 0 ? 0 : memory.offset);
  if (bytes < end) std::memset(room.data() + bytes, 0, end - bytes);
  memory.bytes = bytes;
}

/// The part of the room where a size that was `before` makes a difference, as the object's access.
void add_resized(const SyncModel& model, const MemoryObject& memory, std::uint64_t before,
                 Step& step) {
  std::uint64_t from = memory.bytes, to = whole_pages(before);
  if (memory.bytes >= before) from = whole_pages(before), to = whole_pages(memory.bytes);
  from = std::min(from, memory.extent);
  to = std::min(to, memory.extent);
  if (to <= from) return;
  const auto start = reinterpret_cast<std::uint64_t>(model.room().data()) + memory.offset;
  step.add(start + from, to - from, false, true);
}

}  // namespace

const Descriptors* descriptors_of(const SyncModel& model, const Context& call) {
  return model.find<Descriptors>(process_of(model, call));
}

std::uint64_t object_of(const SyncModel& model, const Context& call, std::uint64_t descriptor) {
  const auto* const open = descriptors_of(model, call);
  const auto at = static_cast<std::int32_t>(descriptor) - Descriptors::first;
  if (open == nullptr || at < 0 || at >= static_cast<int>(Descriptors::most)) return 0;
  return open->object[static_cast<std::size_t>(at)];
}

std::uint8_t access_of(const SyncModel& model, const Context& call, std::uint64_t descriptor) {
  const auto at = static_cast<std::int32_t>(descriptor) - Descriptors::first;
  return descriptors_of(model, call)->access[static_cast<std::size_t>(at)];
}

}  // namespace mapping

const ObjectKind MemoryObject::kind{.name = "shared memory",
                                    .is_fresh = mapping::is_never_fresh,
                                    .add_to = mapping::add_object_to,
                                    .title = title_of_place,
                                    .value = mapping::value_of_object,
                                    .unused = "0 bytes",
                                    .called = mapping::called,
                                    .lent = mapping::lent,
                                    .own_bytes = 0,
                                    .place = mapping::place_of,
                                    .lends = mapping::lends};

const ObjectKind MemoryName::kind{.name = "name of shared memory",
                                  .is_fresh = mapping::is_never_fresh,
                                  .add_to = mapping::add_name_to,
                                  .title = title_of_place,
                                  .value = mapping::value_of_name,
                                  .unused = "no memory",
                                  .called = mapping::called,
                                  .lent = nullptr,
                                  .own_bytes = 0};

const ObjectKind Descriptors::kind{.name = "descriptors",
                                   .is_fresh = mapping::is_never_fresh,
                                   .add_to = mapping::add_descriptors_to,
                                   .title = mapping::title_of_descriptors,
                                   .value = mapping::value_of_descriptors,
                                   .unused = "0 descriptors",
                                   .called = nullptr,
                                   .lent = nullptr,
                                   .own_bytes = 0};

namespace mapping {

void touches_name(const Context& call, Step& step) { step.add(key_of_name(call), 1, true, true); }

// O_TRUNC sets the size too.
void touches_name_and_memory(const Context& call, Step& step) {
  touches_name(call, step);
  if ((call.b & O_TRUNC) != 0) touches_size(call, step);
}

// Who may use the memory that the size cuts off or adds is told by its size: all of the room here,
// for the step does not know yet which part it is.
void touches_size(const Context& call, Step& step) {
  step.add(sizes, 1, true, true);
  step.add(call.d, call.e, false, true);
}

void touches_place(const Context&, Step& step) { step.add(sizes, 1, true, true); }
void looks_at_size(const Context&, Step& step) { step.add(sizes, 1, true, false); }

// In the order in which open(2) looks.
std::int64_t open(SyncModel& model, Context& call) {
  const std::uint64_t key = key_of_name(call);
  const auto flags = static_cast<int>(call.b);
  const auto access =
      static_cast<std::uint8_t>((flags & O_ACCMODE) == O_RDONLY   ? may_read
                                : (flags & O_ACCMODE) == O_WRONLY ? may_write
                                                                  : may_read | may_write);
  call.result_upper = 0;
  if (is_taken(model, key, name_of(call)))
    return model.not_modelled("two names of shared memory have one number here: rename one");
  const auto* const known = model.find<MemoryName>(key);
  const bool is_new = known == nullptr || known->leads_to == 0;
  if (is_new && (flags & O_CREAT) == 0) return -ENOENT;
  if (!is_new && (flags & O_CREAT) != 0 && (flags & O_EXCL) != 0) return -EEXIST;
  if (is_new) {
    const bool has_name = known != nullptr;
    auto& name = model.object<MemoryName>(key);
    if (name.made == most_of_one_name)
      return model.not_modelled("a name of shared memory is made more often than is modelled");
    name.leads_to = ++name.made;
    const auto tail = std::as_bytes(std::span(name_of(call)));
    const std::uint64_t made = key_of_object(call, name.made);
    if (!has_name) model.give_tail<MemoryName>(key, tail);
    model.object<MemoryObject>(made).mode = static_cast<std::uint16_t>(call.c & 0777);
    model.give_tail<MemoryObject>(made, tail);
    call.result_upper = 1;
  }
  const std::uint64_t object = key_of_object(call, model.find<MemoryName>(key)->leads_to);
  auto& memory = model.object<MemoryObject>(object);
  const bool truncates = (flags & O_TRUNC) != 0;
  const std::uint16_t asked = static_cast<std::uint16_t>(
      ((access & may_read) != 0 ? 0400 : 0) | ((access & may_write) != 0 || truncates ? 0200 : 0));
  if (!is_new && (memory.mode & asked) != asked) return -EACCES;
  if (truncates && memory.bytes > 0) {
    call.result_upper |= memory.bytes << 1;
    resize(model, memory, 0);
  }
  return open_descriptor(model, call, object, access);
}

std::int64_t unlink(SyncModel& model, Context& call) {
  const std::uint64_t key = key_of_name(call);
  const auto* const known = model.find<MemoryName>(key);
  if (known == nullptr || known->leads_to == 0 || is_taken(model, key, name_of(call)))
    return -ENOENT;
  model.object<MemoryName>(key).leads_to = 0;
  return 0;
}

std::int64_t make_unnamed(SyncModel& model, Context& call) {
  return open_descriptor(model, call, new_object(model, call), may_read | may_write);
}

// In the order in which ftruncate(2) looks.
std::int64_t set_size(SyncModel& model, Context& call) {
  const std::uint64_t object = object_of(model, call, call.a);
  if (static_cast<std::int64_t>(call.b) < 0) return -EINVAL;
  if (object == 0) return -EBADF;
  if ((access_of(model, call, call.a) & may_write) == 0) return -EINVAL;
  auto& memory = model.object<MemoryObject>(object);
  call.result_upper = memory.bytes;
  resize(model, memory, call.b);
  return 0;
}

std::int64_t get_size(SyncModel& model, Context& call) {
  const std::uint64_t object = object_of(model, call, call.a);
  if (object == 0) return -EBADF;
  const auto& memory = *model.find<MemoryObject>(object);
  call.result_upper = memory.mode;
  return static_cast<std::int64_t>(memory.bytes);
}

// The object's memory stays: nobody can tell whether the last has closed it.
std::int64_t close(SyncModel& model, Context& call) {
  if (object_of(model, call, call.a) == 0) return -EBADF;
  const auto at = static_cast<std::size_t>(call.a) - Descriptors::first;
  model.object<Descriptors>(process_of(model, call)).object[at] = 0;
  return 0;
}

void only_opened(const SyncModel& model, const Context& call, Step& step) {
  const auto result = static_cast<std::int64_t>(call.result);
  step.accesses[0].writes = result >= 0 && (call.result_upper & 1) != 0;
  const std::uint64_t before = call.result_upper >> 1;
  step.count = 1;
  if (result < 0 || (call.b & O_TRUNC) == 0) return;
  step.add(sizes, 1, true, before != 0);  // another may give it a size before
  if (before != 0)
    add_resized(model, *model.find<MemoryObject>(object_of(model, call, call.result)), before,
                step);
}

void only_resized(const SyncModel& model, const Context& call, Step& step) {
  step.count = 1;
  if (call.result != 0) {
    step.accesses[0].writes = false;
  } else {
    add_resized(model, *model.find<MemoryObject>(object_of(model, call, call.a)), call.result_upper,
                step);
  }
}

void may_only_look(const SyncModel&, const Context& call, Step& step) {
  step.accesses[0].writes = call.result == 0;
}

}  // namespace mapping

}  // namespace minusone
