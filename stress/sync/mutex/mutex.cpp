#include "stress/sync/mutex/mutex.h"

#include "stress/sync/life.h"
#include "stress/sync/sync_model.h"

namespace minusone {

namespace mutex {

namespace {

bool is_fresh(const KernelObject& object) {
  const auto& mutex = object.as<Mutex>();
  return mutex.owner < 0 && !mutex.robust && !mutex.owner_died && !mutex.not_recoverable &&
         mutex.type == 0 && mutex.depth == 0 && is_fresh(mutex.life);
}

void add_to(const KernelObject& object, std::span<const std::byte>, StateSink& sink) {
  const auto& mutex = object.as<Mutex>();
  sink.add(static_cast<std::uint64_t>(mutex.owner));
  sink.add(static_cast<std::uint64_t>(mutex.depth));
  sink.add(std::uint64_t{mutex.owner_died} | std::uint64_t{mutex.not_recoverable} << 1);
  sink.add_detail(mutex.robust);
  sink.add_detail(static_cast<std::uint64_t>(mutex.type));
  add_life(mutex.life, sink);
}

std::string value(const KernelObject& object, std::span<const std::byte>, const AgentNames& name) {
  const auto& mutex = object.as<Mutex>();
  if (mutex.life.stage == Life::Stage::destroyed) return "destroyed";
  const auto text = mutex.owner < 0           ? "free"
                    : mutex.owner == stranger ? "held by nobody"
                                              : "held by " + name(mutex.owner);
  return mutex.owner_died ? text + ", its owner died" : text;
}

constexpr std::int32_t type_bits = 3, known_bits = 0x3f3, stranger_lock = 2;

constexpr ObjectWords words{"mutex", "pthread_mutex_init() or an initialiser",
                            "pthread_mutexattr_setpshared(PTHREAD_PROCESS_SHARED) is missing"};

}  // namespace

}  // namespace mutex

const ObjectKind Mutex::kind{.name = "mutex",
                             .is_fresh = mutex::is_fresh,
                             .add_to = mutex::add_to,
                             .title = title_of_place,
                             .value = mutex::value,
                             .unused = "free",
                             .called = nullptr,
                             .lent = nullptr,
                             .own_bytes = sizeof(Mutex::Bytes)};

Mutex Mutex::of(const Bytes& bytes) {
  Mutex mutex{.robust = (bytes.kind & mutex::robust_bit) != 0,
              .type = bytes.kind & mutex::type_bits,
              .life = {.shared = (bytes.kind & mutex::shared_bit) != 0}};
  if (bytes.kind == mutex::glibcs_mark) {
    mutex.life.stage = Life::Stage::destroyed;
  } else if ((bytes.kind & ~mutex::known_bits) != 0) {
    mutex.life.stage = Life::Stage::never_initialised;
  }
  if (bytes.lock == 0 && bytes.owner == 0 && bytes.count == 0) return mutex;
  // A copy of one that was held: so is the copy.
  mutex.owner = is_thread_id(bytes.owner) ? agent_of(bytes.owner) : stranger;
  mutex.depth = static_cast<int>(bytes.count);
  const bool is_held = bytes.lock == 1 || bytes.lock == mutex::stranger_lock || mutex.robust;
  if (!is_held && mutex.life.stage == Life::Stage::in_use)
    mutex.life.stage = Life::Stage::never_initialised;
  return mutex;
}

Mutex Mutex::unseen(const Bytes& bytes) {
  return {.type = bytes.kind & mutex::type_bits,
          .life = {.shared = (bytes.kind & mutex::shared_bit) != 0}};
}

namespace mutex {

bool is_free(const SyncModel& model, std::uint64_t address, int agent) {
  // Mostly its bytes alone tell: it is free, or none at all, and nobody waits for that either; or
  // another holds it, and lives.
  if (const auto bytes = model.bytes_of<Mutex>(address)) {
    if (bytes->lock == 0 && bytes->owner == 0) return true;
    const bool is_others = is_thread_id(bytes->owner) && bytes->owner != thread_id_of(agent);
    if (bytes->lock == 1 && is_others && (bytes->kind & ~known_bits) == 0) return false;
  }
  const Mutex mutex = model.in_bytes<Mutex>(address);
  if (mutex.owner < 0 || is_refused(mutex.life)) return true;
  // Of its own mutex an agent learns at once, unless it is one that deadlocks.
  return mutex.owner == agent &&
         (mutex.type == PTHREAD_MUTEX_RECURSIVE || mutex.type == PTHREAD_MUTEX_ERRORCHECK);
}

std::int64_t lock_at(SyncModel& model, const Context& call, std::uint64_t address, bool only_try) {
  Mutex* const mutex = used<Mutex>(model, call, address, words);
  if (mutex == nullptr) return EINVAL;
  if (mutex->not_recoverable) return ENOTRECOVERABLE;
  if (mutex->owner == call.id) {
    if (mutex->type == PTHREAD_MUTEX_RECURSIVE) {
      ++mutex->depth;
      model.leave_bytes(address, *mutex);
      return 0;
    }
    // glibc's trylock of an error-checking mutex tells of the deadlock only where it is robust.
    const bool tells = mutex->robust && mutex->type == PTHREAD_MUTEX_ERRORCHECK;
    return only_try && !tells ? EBUSY : EDEADLK;
  }
  if (mutex->owner >= 0) return EBUSY;
  mutex->owner = static_cast<std::int8_t>(call.id);
  mutex->depth = 1;
  model.leave_bytes(address, *mutex);
  return mutex->owner_died ? EOWNERDEAD : 0;
}

std::int64_t unlock_at(SyncModel& model, const Context& call, std::uint64_t address) {
  Mutex* const mutex = used<Mutex>(model, call, address, words);
  if (mutex == nullptr) return EINVAL;
  if (mutex->owner != call.id) {
    // glibc checks the owner of these; a normal mutex it just opens, which POSIX leaves undefined.
    if (mutex->robust || mutex->type == PTHREAD_MUTEX_RECURSIVE ||
        mutex->type == PTHREAD_MUTEX_ERRORCHECK) {
      return EPERM;
    }
    return model.misused(not_by_holder("mutex", "unlocked", mutex->owner));
  }
  if (mutex->type == PTHREAD_MUTEX_RECURSIVE && --mutex->depth > 0) {
    model.leave_bytes(address, *mutex);
    return 0;
  }
  mutex->owner = -1;
  mutex->depth = 0;
  if (mutex->owner_died) mutex->not_recoverable = true;
  mutex->owner_died = false;
  model.leave_bytes(address, *mutex);
  return 0;
}

bool can_lock(const SyncModel& model, const Context& call) {
  return is_free(model, call.a, call.id);
}

bool can_lock_in_time(const SyncModel& model, const Context& call) {
  return call.b != 0 || is_free(model, call.a, call.id);
}

std::int64_t initialise(SyncModel& model, Context& call) {
  begin_life<Mutex>(
      model, call.a,
      {.robust = call.c != 0, .type = static_cast<int>(call.b), .life = {.shared = call.d != 0}});
  return 0;
}

std::int64_t destroy(SyncModel& model, Context& call) {
  const Mutex& mutex = model.object_in_bytes<Mutex>(call.a);
  if (!may_end(model, mutex.life, words)) return EINVAL;
  if (mutex.owner >= 0) return model.misused(while_held("mutex", mutex.owner));
  end_life<Mutex>(model, call, call.a);
  return 0;
}

std::int64_t lock(SyncModel& model, Context& call) { return lock_at(model, call, call.a, false); }

std::int64_t try_lock(SyncModel& model, Context& call) {
  return lock_at(model, call, call.a, true);
}

std::int64_t lock_in_time(SyncModel& model, Context& call) {
  const std::int64_t result = lock_at(model, call, call.a, false);
  // Of a normal one that it holds itself nobody is told: it waits until then, too.
  const int type = model.object<Mutex>(call.a).type;
  const bool waits = result == EDEADLK && type != PTHREAD_MUTEX_ERRORCHECK;
  const int over = call.b == 2 ? EINVAL : ETIMEDOUT;
  return result == EBUSY || waits ? over : result;
}

std::int64_t unlock(SyncModel& model, Context& call) { return unlock_at(model, call, call.a); }

std::int64_t make_consistent(SyncModel& model, Context& call) {
  Mutex* const mutex = used<Mutex>(model, call, call.a, words);
  if (mutex == nullptr || !mutex->robust || !mutex->owner_died) return EINVAL;
  mutex->owner_died = false;
  model.leave_bytes(call.a, *mutex);
  return 0;
}

void may_only_look(const SyncModel&, const Context& call, Step& step) {
  const auto result = static_cast<std::int64_t>(call.result);
  if (result == EBUSY || result == ETIMEDOUT || result == EINVAL) step.accesses[0].writes = false;
}

int holder_of(const SyncModel& model, std::uint64_t address) {
  const int owner = model.in_bytes<Mutex>(address).owner;
  return owner == stranger ? -1 : owner;
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
  model.each<Mutex>([&](std::uint64_t key, Mutex& mutex) {
    if (mutex.robust && mutex.owner == agent) {
      mutex.owner = -1;
      mutex.depth = 0;
      mutex.owner_died = true;
      model.leave_bytes(key, mutex);
    }
    return false;
  });
}

}  // namespace mutex

}  // namespace minusone
