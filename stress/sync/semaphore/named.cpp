#include "stress/sync/semaphore/named.h"

#include <fcntl.h>
#include <semaphore.h>

#include <string>
#include <vector>

#include "stress/sync/semaphore/semaphore.h"
#include "stress/sync/sync_model.h"

namespace minusone {

namespace semaphore {

namespace {

std::string_view name_in(std::span<const std::byte> tail) {
  return {reinterpret_cast<const char*>(tail.data()), tail.size()};
}

bool is_fresh_name(const KernelObject&) { return false; }

void add_name_to(const KernelObject& object, std::span<const std::byte>, StateSink& sink) {
  const auto& name = object.as<SemaphoreName>();
  sink.add(name.leads_to);
  sink.add_detail(name.made);
}

std::string title_of_name(const KernelObject&, const std::string& place) { return place; }

std::string shown_name(const KernelObject& object, std::span<const std::byte>, const AgentNames&) {
  const auto& name = object.as<SemaphoreName>();
  return name.leads_to == 0 ? "no semaphore" : "semaphore " + std::to_string(name.leads_to);
}

void add_nothing_to(const KernelObject&, std::span<const std::byte>, StateSink&) {}

std::string title_of_named(const KernelObject&, const std::string& place) {
  return place + ", a semaphore";
}

std::string shown_named(const KernelObject&, std::span<const std::byte>, const AgentNames&) {
  return "made";
}

bool is_fresh_open(const KernelObject& object) { return object.as<OpenSemaphore>().times == 0; }

void add_open_to(const KernelObject& object, std::span<const std::byte>, StateSink& sink) {
  sink.add_detail(object.as<OpenSemaphore>().times);
}

std::string title_of_open(const KernelObject& object, const std::string& place) {
  return place + ", open in process " + std::to_string((object.key & 0xff) + 1);
}

std::string shown_open(const KernelObject& object, std::span<const std::byte>, const AgentNames&) {
  return std::to_string(object.as<OpenSemaphore>().times) + " times";
}

std::string called(const KernelObject&, std::span<const std::byte> tail) {
  return "/" + std::string(name_in(tail));
}

/// In which the caller's process has it open.
std::uint64_t opened_by(const SyncModel& model, const Context& call, std::uint64_t address) {
  return opened(address, model.processes() ? call.id : 0);
}

constexpr std::uint64_t address_of(std::uint64_t number) { return first_address | number; }

/// Of the name itself.
std::uint64_t key_of_name(const Context& call) { return address_of(number_of_name(name_of(call))); }

/// The number of the semaphore that the name leads to; 0: it leads nowhere.
std::uint64_t number_at(const SyncModel& model, const Context& call) {
  const auto* const name = model.find<SemaphoreName>(key_of_name(call));
  if (name == nullptr || name->leads_to == 0) return 0;
  return number_of_name(name_of(call)) | name->leads_to * bytes_of_one;
}

/// Whether another name has the same number.
bool is_taken(const SyncModel& model, const Context& call) {
  const std::uint64_t key = key_of_name(call);
  return model.find<SemaphoreName>(key) != nullptr &&
         name_in(model.tail_of<SemaphoreName, std::byte>(key)) != name_of(call);
}

OpenSemaphore& opened_object(SyncModel& model, std::uint64_t key, std::string_view name) {
  const bool is_new = model.find<OpenSemaphore>(key) == nullptr;
  auto& object = model.object<OpenSemaphore>(key);
  if (is_new) model.give_tail<OpenSemaphore>(key, std::as_bytes(std::span(name)));
  return object;
}

/// @return 0: too many of this name
std::uint64_t make(SyncModel& model, Context& call) {
  const auto tail = std::as_bytes(std::span(name_of(call)));
  const std::uint64_t key = key_of_name(call);
  const bool is_new = model.find<SemaphoreName>(key) == nullptr;
  auto& name = model.object<SemaphoreName>(key);
  if (name.made == most_of_one_name) return 0;
  name.leads_to = ++name.made;
  if (is_new) model.give_tail<SemaphoreName>(key, tail);
  const std::uint64_t number = number_at(model, call);
  model.object<NamedSemaphore>(address_of(number));
  model.give_tail<NamedSemaphore>(address_of(number), tail);
  model.object<Semaphore>(address_of(number)).value = static_cast<int>(call.c);
  call.result_upper = 1;  // for only_opened()
  return number;
}

}  // namespace

}  // namespace semaphore

const ObjectKind SemaphoreName::kind{.name = "semaphore's name",
                                     .is_fresh = semaphore::is_fresh_name,
                                     .add_to = semaphore::add_name_to,
                                     .title = semaphore::title_of_name,
                                     .value = semaphore::shown_name,
                                     .unused = "no semaphore",
                                     .called = semaphore::called,
                                     .lent = nullptr,
                                     .own_bytes = 0};

const ObjectKind NamedSemaphore::kind{.name = "named semaphore",
                                      .is_fresh = semaphore::is_fresh_name,
                                      .add_to = semaphore::add_nothing_to,
                                      .title = semaphore::title_of_named,
                                      .value = semaphore::shown_named,
                                      .unused = "not made",
                                      .called = semaphore::called,
                                      .lent = nullptr,
                                      .own_bytes = 0};

const ObjectKind OpenSemaphore::kind{.name = "open semaphore",
                                     .is_fresh = semaphore::is_fresh_open,
                                     .add_to = semaphore::add_open_to,
                                     .title = semaphore::title_of_open,
                                     .value = semaphore::shown_open,
                                     .unused = "0 times",
                                     .called = semaphore::called,
                                     .lent = nullptr,
                                     .own_bytes = 0};

namespace semaphore {

bool is_not_open(const SyncModel& model, const Context& call) {
  if (!is_named(call.a)) return false;
  const auto* const open = model.find<OpenSemaphore>(opened_by(model, call, call.a));
  return open == nullptr || open->times == 0;
}

// Whether the process has it open is of all threads that use it.
void touches_name_and_all(const Context& call, Step& step) {
  touches_name(call, step);
  step.add(key_of_name(call) + bytes_of_one, most_of_one_name * bytes_of_one, true, true);
}

void touches_name(const Context& call, Step& step) { step.add(key_of_name(call), 1, true, true); }

void touches_opened(const Context& call, Step& step) {
  if (!is_named(call.a)) return;
  step.add(opened(call.a, call.id), 1, true, true);
  step.add(call.a, bytes_of_one, true, true);
}

// In the order in which glibc looks: for the semaphore, then at the value, then whether it may be
// there already.
std::int64_t open(SyncModel& model, Context& call) {
  const std::uint64_t known = number_at(model, call);
  const bool creates = (call.b & O_CREAT) != 0;
  const bool exclusive = creates && (call.b & O_EXCL) != 0;
  call.result_upper = 0;
  if (is_taken(model, call)) return -ENFILE;
  if (known == 0 && !creates) return -ENOENT;
  if ((known == 0 || exclusive) && call.c > SEM_VALUE_MAX) return -EINVAL;
  if (known != 0 && exclusive) return -EEXIST;
  const std::uint64_t number = known != 0 ? known : make(model, call);
  if (number == 0) return -ENFILE;
  auto& open = opened_object(model, opened_by(model, call, address_of(number)), name_of(call));
  if (open.times == UINT8_MAX) return -ENFILE;
  ++open.times;
  return static_cast<std::int64_t>(number);
}

std::int64_t close(SyncModel& model, Context& call) {
  if (!is_named(call.a) || is_not_open(model, call)) return -EINVAL;
  --model.object<OpenSemaphore>(opened_by(model, call, call.a)).times;
  return 0;
}

std::int64_t unlink(SyncModel& model, Context& call) {
  if (is_taken(model, call) || number_at(model, call) == 0) return -ENOENT;
  model.object<SemaphoreName>(key_of_name(call)).leads_to = 0;
  return 0;
}

// Where each agent is a process, what one has open is no matter of the others'.
void only_opened(const SyncModel& model, const Context& call, Step& step) {
  const bool failed = static_cast<std::int64_t>(call.result) < 0;
  if (failed || call.result_upper == 0) step.accesses[0].writes = false;
  if (failed || model.processes()) step.count = 1;
}

void only_closed(const SyncModel& model, const Context& call, Step& step) {
  if (step.count == 0) return;
  step.accesses[0].address = opened_by(model, call, call.a);
  if (model.processes()) step.count = 1;
  for (Access& access : step.accesses) access.writes &= static_cast<std::int64_t>(call.result) == 0;
}

namespace {

/// What a process has open others have too.
void share_open(SyncModel& model, int from, int first, int last) {
  std::vector<std::pair<std::uint64_t, std::uint8_t>> its;
  model.each<OpenSemaphore>([&](std::uint64_t key, const OpenSemaphore& open) {
    if ((key & 0xff) == static_cast<std::uint64_t>(from))
      its.emplace_back(key & ~0xffULL, open.times);
    return false;
  });
  for (const auto& [key, times] : its) {
    const auto known = key | static_cast<std::uint64_t>(from);
    const std::string name(name_in(model.tail_of<OpenSemaphore, std::byte>(known)));
    for (int other = first; other <= last; ++other)
      opened_object(model, key | static_cast<std::uint64_t>(other), name).times = times;
  }
}

}  // namespace

void inherited(SyncModel& model) {
  if (model.processes()) share_open(model, 0, 1, max_agents - 1);
}

void forked(SyncModel& model, int parent, int child) { share_open(model, parent, child, child); }

}  // namespace semaphore

}  // namespace minusone
