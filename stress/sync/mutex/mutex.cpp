#include "stress/sync/mutex/mutex.h"

#include "stress/sync/sync_model.h"

namespace minusone {

namespace mutex {

namespace {

bool is_fresh(const KernelObject& object) {
  const auto& mutex = object.as<Mutex>();
  return mutex.owner < 0 && !mutex.robust && !mutex.owner_died && !mutex.not_recoverable &&
         mutex.type == 0 && mutex.depth == 0;
}

void add_to(const KernelObject& object, std::span<const std::byte>, StateSink& sink) {
  const auto& mutex = object.as<Mutex>();
  sink.add(static_cast<std::uint64_t>(mutex.owner));
  sink.add(static_cast<std::uint64_t>(mutex.depth));
  sink.add(std::uint64_t{mutex.owner_died} | std::uint64_t{mutex.not_recoverable} << 1);
  sink.add_detail(mutex.robust);
  sink.add_detail(static_cast<std::uint64_t>(mutex.type));
}

std::string value(const KernelObject& object, std::span<const std::byte>, const AgentNames& name) {
  const auto& mutex = object.as<Mutex>();
  const auto text = mutex.owner < 0 ? "free" : "held by " + name(mutex.owner);
  return mutex.owner_died ? text + ", its owner died" : text;
}

// A mutex that was never initialised by a call carries its type in its bytes
// (PTHREAD_*_INITIALIZER).
int static_type(std::uint64_t address) {
  return reinterpret_cast<const pthread_mutex_t*>(address)->__data.__kind & 3;
}

}  // namespace

}  // namespace mutex

const ObjectKind Mutex::kind{.name = "mutex",
                             .is_fresh = mutex::is_fresh,
                             .add_to = mutex::add_to,
                             .title = title_of_place,
                             .value = mutex::value,
                             .unused = "free",
                             .called = nullptr,
                             .lent = nullptr};

namespace mutex {

bool is_free(const SyncModel& model, std::uint64_t address, int agent) {
  const Mutex* const mutex = model.find<Mutex>(address);
  if (mutex == nullptr || mutex->owner < 0) return true;
  // Of its own mutex an agent learns at once, unless it is one that deadlocks.
  return mutex->owner == agent &&
         (mutex->type == PTHREAD_MUTEX_RECURSIVE || mutex->type == PTHREAD_MUTEX_ERRORCHECK);
}

std::int64_t lock_at(SyncModel& model, std::uint64_t address, int agent, bool only_try) {
  const bool is_new = model.find<Mutex>(address) == nullptr;
  Mutex& mutex = model.object<Mutex>(address);
  if (is_new) mutex.type = static_type(address);
  if (mutex.not_recoverable) return ENOTRECOVERABLE;
  if (mutex.owner == agent) {
    if (mutex.type == PTHREAD_MUTEX_RECURSIVE) {
      ++mutex.depth;
      return 0;
    }
    // glibc's trylock of an error-checking mutex tells of the deadlock only where it is robust.
    const bool tells = mutex.robust && mutex.type == PTHREAD_MUTEX_ERRORCHECK;
    return only_try && !tells ? EBUSY : EDEADLK;
  }
  if (mutex.owner >= 0) return EBUSY;
  mutex.owner = static_cast<std::int8_t>(agent);
  mutex.depth = 1;
  return mutex.owner_died ? EOWNERDEAD : 0;
}

std::int64_t unlock_at(SyncModel& model, std::uint64_t address, int agent) {
  Mutex& mutex = model.object<Mutex>(address);
  if (mutex.owner != agent) {
    // glibc checks the owner of these; a normal mutex it just opens.
    if (mutex.robust || mutex.type == PTHREAD_MUTEX_RECURSIVE ||
        mutex.type == PTHREAD_MUTEX_ERRORCHECK) {
      return EPERM;
    }
  }
  if (mutex.type == PTHREAD_MUTEX_RECURSIVE && --mutex.depth > 0) return 0;
  mutex.owner = -1;
  mutex.depth = 0;
  if (mutex.owner_died) mutex.not_recoverable = true;
  mutex.owner_died = false;
  return 0;
}

bool can_lock(const SyncModel& model, const Context& call) {
  return is_free(model, call.a, call.id);
}

bool can_lock_in_time(const SyncModel& model, const Context& call) {
  return call.b != 0 || is_free(model, call.a, call.id);
}

std::int64_t initialise(SyncModel& model, Context& call) {
  model.object<Mutex>(call.a) = {.robust = call.c != 0, .type = static_cast<int>(call.b)};
  return 0;
}

std::int64_t destroy(SyncModel& model, Context& call) {
  return model.object<Mutex>(call.a).owner >= 0 ? EBUSY : 0;
}

std::int64_t lock(SyncModel& model, Context& call) {
  return lock_at(model, call.a, call.id, false);
}

std::int64_t try_lock(SyncModel& model, Context& call) {
  return lock_at(model, call.a, call.id, true);
}

std::int64_t lock_in_time(SyncModel& model, Context& call) {
  const std::int64_t result = lock_at(model, call.a, call.id, false);
  // Of a normal one that it holds itself nobody is told: it waits until then, too.
  const int type = model.object<Mutex>(call.a).type;
  const bool waits = result == EDEADLK && type != PTHREAD_MUTEX_ERRORCHECK;
  return result == EBUSY || waits ? ETIMEDOUT : result;
}

std::int64_t unlock(SyncModel& model, Context& call) { return unlock_at(model, call.a, call.id); }

std::int64_t make_consistent(SyncModel& model, Context& call) {
  Mutex& mutex = model.object<Mutex>(call.a);
  if (!mutex.robust || !mutex.owner_died) return EINVAL;
  mutex.owner_died = false;
  return 0;
}

void may_only_look(const SyncModel&, const Context& call, Step& step) {
  const auto result = static_cast<std::int64_t>(call.result);
  if (result == EBUSY || result == ETIMEDOUT) step.accesses[0].writes = false;
}

int holder_of(const SyncModel& model, std::uint64_t address) {
  const Mutex* const mutex = model.find<Mutex>(address);
  return mutex == nullptr ? -1 : mutex->owner;
}

int holder(const SyncModel& model, const Context& call) { return holder_of(model, call.a); }

bool has_deadline(const Context& call) { return call.b == 0; }

void undone_by_end(const SyncModel& model, int agent, UndoneByEnd& undone) {
  model.each<Mutex>([&](std::uint64_t key, const Mutex& mutex) {
    if (mutex.robust && mutex.owner == agent) undone.add(key, sizeof(pthread_mutex_t));
    return false;
  });
}

void ends(SyncModel& model, int agent) {
  model.each<Mutex>([&](std::uint64_t, Mutex& mutex) {
    if (mutex.robust && mutex.owner == agent) {
      mutex.owner = -1;
      mutex.depth = 0;
      mutex.owner_died = true;
    }
    return false;
  });
}

}  // namespace mutex

}  // namespace minusone
