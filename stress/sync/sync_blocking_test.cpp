// The modelled primitives beside glibc's and the kernel's where calls block: real threads make the
// same random calls as the model's agents. Where a real one goes on, the model's must be able to,
// with the same result; where a real one sleeps, the model's must not be able to go on.
#include <gtest/gtest.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <climits>
#include <random>

#include "protocol/run_log.h"
#include "protocol/testing/on_one_cpu.h"
#include "stress/sync/sync_model.h"
#include "stress/sync/testing/real_agents.h"

namespace minusone {
namespace {

constexpr int agents = 3;
using Random = std::mt19937;

std::uint64_t at(const volatile void* p) { return reinterpret_cast<std::uint64_t>(p); }
std::int64_t answer(long result) { return result < 0 ? -errno : result; }

Context announced(Action action, std::uint64_t a, std::uint64_t b = 0, std::uint64_t c = 0,
                  std::uint64_t d = 0, std::uint64_t e = 0) {
  Context context;
  context.code = code_of(action);
  context.a = a;
  context.b = b;
  context.c = c;
  context.d = d;
  context.e = e;
  return context;
}

/// One call, real and modelled: of the model in one or two announcements, as the runtime makes
/// them.
struct Call {
  std::string name;
  RealAgents::Job real;
  Context first;
  std::optional<Context> then;  ///< announced when the first returned 0
  /// What the call returns, of what the last announcement did.
  std::function<std::int64_t(std::int64_t)> result = [](std::int64_t value) { return value; };
};

/// What is called: a primitive with its state.
class Primitive {
 public:
  virtual ~Primitive() = default;
  /// A random call; none where this agent has none that is defined.
  virtual std::optional<Call> next(Random& random, int agent) = 0;
  /// A call that lets others go on, for the end of a round.
  virtual std::optional<Call> release(int agent) = 0;
  /// Told of each call that has returned.
  virtual void returned(int, const std::string&, std::int64_t) {}
};

/// Both sides, step by step.
class Pair {
 public:
  Pair() { model_.set_processes(false); }

  SyncModel& model() { return model_; }
  bool busy(int agent) const { return calls_[static_cast<std::size_t>(agent)].has_value(); }
  bool anybody_is_busy() const {
    for (int agent = 0; agent < agents; ++agent) {
      if (busy(agent)) return true;
    }
    return false;
  }

  /// @return false after a difference
  bool call(int agent, Call call, Primitive& primitive) {
    said_ += std::to_string(agent) + ": " + call.name + "; ";
    call.first.id = agent;
    if (call.then) call.then->id = agent;
    auto real = call.real;
    const bool goes_on_at_once = call.then.has_value();
    calls_[static_cast<std::size_t>(agent)] = Running{std::move(call), false};
    if (goes_on_at_once) advance(agent);
    real_.start(agent, std::move(real));
    real_.settle();
    return compare(primitive);
  }

 private:
  struct Running {
    Call call;
    bool in_second = false;
    std::optional<std::int64_t> value{};
  };

  /// Lets the model's agent take what it can. @return its result, once it has one
  std::optional<std::int64_t> advance(int agent) {
    Running& now = *calls_[static_cast<std::size_t>(agent)];
    for (;;) {
      if (now.value) return now.value;
      const Context& context = now.in_second ? *now.call.then : now.call.first;
      if (!model_.enabled(context)) return std::nullopt;
      const auto value = model_.perform(context);
      if (!now.in_second && now.call.then && value == 0) {
        now.in_second = true;
        return std::nullopt;
      }
      now.value = now.call.result(value);
    }
  }

  bool compare(Primitive& primitive) {
    for (bool moved = true; moved;) {
      moved = false;
      for (int agent = 0; agent < agents; ++agent) {
        const auto real = real_.result(agent);
        if (!busy(agent) || !real) continue;
        const auto modelled = advance(agent);
        if (!modelled) continue;
        EXPECT_EQ(*modelled, *real) << said_ << "agent " << agent;
        if (*modelled != *real) return false;
        const auto name = calls_[static_cast<std::size_t>(agent)]->call.name;
        calls_[static_cast<std::size_t>(agent)].reset();
        primitive.returned(agent, name, *real);
        moved = true;
      }
    }
    for (int agent = 0; agent < agents; ++agent) {
      if (!busy(agent)) continue;
      const Running& now = *calls_[static_cast<std::size_t>(agent)];
      const bool model_can =
          now.value || model_.enabled(now.in_second ? *now.call.then : now.call.first);
      EXPECT_FALSE(real_.result(agent)) << said_ << "agent " << agent << " waits in the model only";
      EXPECT_FALSE(model_can) << said_ << "agent " << agent << " waits in reality only";
      if (real_.result(agent) || model_can) return false;
    }
    return true;
  }

  RealAgents real_{agents};
  SyncModel model_;
  std::array<std::optional<Running>, agents> calls_;
  std::string said_;
};

/// Random calls of idle agents, then calls that let everybody finish. The same each time, unless
/// --gtest_shuffle --gtest_repeat=N asks for others.
template <class P, class... Arguments>
void compare_randomly(unsigned seed, int rounds, int calls, Arguments... arguments) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "ThreadSanitizer knows nothing of how these threads are led";
#endif
  const OnOneCpu on_one_cpu;
  const auto shift = static_cast<unsigned>(testing::UnitTest::GetInstance()->random_seed());
  Random random(seed + 100 * shift);
  for (int round = 0; round < rounds; ++round) {
    auto pair = std::make_unique<Pair>();
    P primitive(pair->model(), arguments...);
    bool equal = true;
    for (int i = 0; i < calls && equal; ++i) {
      const int agent = static_cast<int>(random() % agents);
      if (pair->busy(agent)) continue;
      // Somebody must be left to let the others go on.
      const bool last = pair->busy((agent + 1) % agents) && pair->busy((agent + 2) % agents);
      if (auto call = last ? primitive.release(agent) : primitive.next(random, agent))
        equal = pair->call(agent, *call, primitive);
    }
    for (int i = 0; i < 1000 && equal && pair->anybody_is_busy(); ++i) {
      const int agent = i % agents;
      if (pair->busy(agent)) continue;
      if (auto call = primitive.release(agent)) equal = pair->call(agent, *call, primitive);
    }
    if (!equal || pair->anybody_is_busy()) {
      // Who sleeps cannot be brought back: its thread, and what it sleeps on, stay.
      static_cast<void>(pair.release());
      FAIL() << "round " << round << (equal ? ": somebody sleeps on" : "");
    }
  }
}

constexpr timespec past{1, 0};

class Mutex : public Primitive {
 public:
  Mutex(SyncModel& model, int type) : type_(type) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, type);
    pthread_mutex_init(&mutex_, &attributes);
    model.perform(announced(Action::mutex_init, at(&mutex_), static_cast<std::uint64_t>(type)));
  }
  std::optional<Call> next(Random& random, int agent) override {
    switch (random() % 4) {
      case 0:
        // Who has a normal one and takes it again waits for ever.
        if (type_ == PTHREAD_MUTEX_NORMAL && held(agent) > 0) return std::nullopt;
        return Call{"lock", [this] { return pthread_mutex_lock(&mutex_); },
                    announced(Action::mutex_lock, at(&mutex_))};
      case 1:
        return Call{"trylock", [this] { return pthread_mutex_trylock(&mutex_); },
                    announced(Action::mutex_trylock, at(&mutex_))};
      case 2:
        return Call{"timedlock", [this] { return pthread_mutex_timedlock(&mutex_, &past); },
                    announced(Action::mutex_timedlock, at(&mutex_), 1)};
      default:
        return unlock(agent);
    }
  }
  std::optional<Call> release(int agent) override {
    return held(agent) > 0 ? unlock(agent) : std::nullopt;
  }
  void returned(int agent, const std::string& call, std::int64_t result) override {
    if (result == 0) held(agent) += call == "unlock" ? -1 : 1;
  }

 private:
  std::optional<Call> unlock(int agent) {
    if (type_ == PTHREAD_MUTEX_NORMAL && held(agent) == 0) return std::nullopt;  // undefined
    return Call{"unlock", [this] { return pthread_mutex_unlock(&mutex_); },
                announced(Action::mutex_unlock, at(&mutex_))};
  }
  int& held(int agent) { return held_[static_cast<std::size_t>(agent)]; }

  int type_;
  pthread_mutex_t mutex_;
  std::array<int, agents> held_{};
};

TEST(SyncModelBlocks, AsMutexesOfAllTypesDo) {
  for (int type : {PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_ERRORCHECK})
    compare_randomly<Mutex>(static_cast<unsigned>(type), 3, 50, type);
}

class ReadWriteLock : public Primitive {
 public:
  explicit ReadWriteLock(SyncModel&) {}
  std::optional<Call> next(Random& random, int agent) override {
    const std::uint64_t how = random() % 3;  // for ever, try, with a deadline that has passed
    const bool writes = random() % 2 == 0;
    if (random() % 3 == 0) return release(agent);
    // A reader that would write waits for itself.
    if (how == 0 && writes && reads(agent) > 0) return std::nullopt;
    const auto model =
        announced(writes ? Action::rwlock_write : Action::rwlock_read, at(&lock_), how);
    return Call{writes ? "wrlock" : "rdlock", [=, this] { return take(writes, how); }, model};
  }
  std::optional<Call> release(int agent) override {
    if (reads(agent) == 0 && writer_ != agent) return std::nullopt;
    return Call{"unlock", [this] { return pthread_rwlock_unlock(&lock_); },
                announced(Action::rwlock_unlock, at(&lock_))};
  }
  void returned(int agent, const std::string& call, std::int64_t result) override {
    if (result != 0) return;
    if (call == "rdlock") ++reads(agent);
    if (call == "wrlock") writer_ = agent;
    if (call == "unlock" && writer_ != agent) --reads(agent);
    if (call == "unlock" && writer_ == agent) writer_ = -1;
  }

 private:
  int take(bool writes, std::uint64_t how) {
    switch (how) {
      case 0:
        return writes ? pthread_rwlock_wrlock(&lock_) : pthread_rwlock_rdlock(&lock_);
      case 1:
        return writes ? pthread_rwlock_trywrlock(&lock_) : pthread_rwlock_tryrdlock(&lock_);
      default:
        return writes ? pthread_rwlock_timedwrlock(&lock_, &past)
                      : pthread_rwlock_timedrdlock(&lock_, &past);
    }
  }
  int& reads(int agent) { return reads_[static_cast<std::size_t>(agent)]; }

  pthread_rwlock_t lock_ = PTHREAD_RWLOCK_INITIALIZER;
  std::array<int, agents> reads_{};
  int writer_ = -1;
};

TEST(SyncModelBlocks, AsReadWriteLocksDo) { compare_randomly<ReadWriteLock>(4, 6, 50); }

class Condition : public Primitive {
 public:
  explicit Condition(SyncModel&) {}
  std::optional<Call> next(Random& random, int agent) override {
    const bool holds = holder_ == agent;
    switch (random() % 5) {
      case 0:
        if (!holds) return lock();
        return Call{"wait", [this] { return pthread_cond_wait(&condition_, &mutex_); },
                    announced(Action::cond_release, at(&condition_), at(&mutex_)),
                    announced(Action::cond_awake, at(&condition_), at(&mutex_))};
      case 1: {
        if (!holds) return lock();
        // As the runtime makes it of a deadline that has passed.
        Call call{"timedwait",
                  [this] { return pthread_cond_timedwait(&condition_, &mutex_, &past); },
                  announced(Action::cond_release, at(&condition_), at(&mutex_), 1),
                  announced(Action::mutex_lock, at(&mutex_))};
        call.result = [](std::int64_t value) { return value == 0 ? ETIMEDOUT : value; };
        return call;
      }
      case 2:
        return Call{"signal", [this] { return pthread_cond_signal(&condition_); },
                    announced(Action::cond_signal, at(&condition_))};
      case 3:
        return broadcast();
      default:
        if (!holds) return lock();
        return unlock();
    }
  }
  std::optional<Call> release(int agent) override {
    if (holder_ == agent) return unlock();
    return broadcast();
  }
  void returned(int agent, const std::string& call, std::int64_t) override {
    if (call == "lock" || call == "wait" || call == "timedwait") holder_ = agent;
  }

 private:
  Call lock() {
    return {"lock", [this] { return pthread_mutex_lock(&mutex_); },
            announced(Action::mutex_lock, at(&mutex_))};
  }
  Call unlock() {
    holder_ = -1;
    return {"unlock", [this] { return pthread_mutex_unlock(&mutex_); },
            announced(Action::mutex_unlock, at(&mutex_))};
  }
  Call broadcast() {
    return {"broadcast", [this] { return pthread_cond_broadcast(&condition_); },
            announced(Action::cond_broadcast, at(&condition_))};
  }

  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t condition_ = PTHREAD_COND_INITIALIZER;
  int holder_ = -1;
};

TEST(SyncModelBlocks, AsConditionVariablesDo) { compare_randomly<Condition>(5, 8, 50); }

class Semaphore : public Primitive {
 public:
  explicit Semaphore(SyncModel& model) {
    sem_init(&semaphore_, 0, 1);
    model.perform(announced(Action::sem_init, at(&semaphore_), 1));
  }
  std::optional<Call> next(Random& random, int agent) override {
    switch (random() % 6) {
      case 0:
      case 1:
        return Call{"wait", [this] { return answer(sem_wait(&semaphore_)); },
                    announced(Action::sem_wait, at(&semaphore_))};
      case 2:
        return Call{"trywait", [this] { return answer(sem_trywait(&semaphore_)); },
                    announced(Action::sem_trywait, at(&semaphore_))};
      case 3:
        return Call{"timedwait", [this] { return answer(sem_timedwait(&semaphore_, &past)); },
                    announced(Action::sem_timedwait, at(&semaphore_), 1)};
      case 4:
        return Call{"getvalue",
                    [this] {
                      int value = -1;
                      return sem_getvalue(&semaphore_, &value) == 0 ? value : -errno;
                    },
                    announced(Action::sem_getvalue, at(&semaphore_))};
      default:
        return release(agent);
    }
  }
  std::optional<Call> release(int) override {
    return Call{"post", [this] { return answer(sem_post(&semaphore_)); },
                announced(Action::sem_post, at(&semaphore_))};
  }

 private:
  sem_t semaphore_;
};

TEST(SyncModelBlocks, AsPosixSemaphoresDo) { compare_randomly<Semaphore>(6, 6, 50); }

class Futex : public Primitive {
 public:
  explicit Futex(SyncModel&) {}
  std::optional<Call> next(Random& random, int agent) override {
    static constexpr std::uint32_t sets[] = {1, 2, 3, FUTEX_BITSET_MATCH_ANY, 0};
    const std::uint32_t set = sets[random() % 8 == 0 ? 4 : random() % 4];
    const std::uint32_t value = random() % 2;
    switch (random() % 6) {
      case 0:
      case 1:
        return Call{"wait " + std::to_string(value) + " set " + std::to_string(set),
                    [=, this] { return call(FUTEX_WAIT_BITSET, value, nullptr, set); },
                    announced(Action::futex_wait, at(&word_), value, set, 1),
                    announced(Action::futex_awake, at(&word_), value, set, 1)};
      case 2:
        return Call{"wait with a deadline that has passed",
                    [=, this] {
                      const timespec none{0, 0};
                      return call(FUTEX_WAIT, value, &none, 0);
                    },
                    announced(Action::futex_wait, at(&word_), value, FUTEX_BITSET_MATCH_ANY, 1, 1),
                    announced(Action::futex_awake, at(&word_), value, FUTEX_BITSET_MATCH_ANY, 1)};
      case 3:
        word_ = value;
        return std::nullopt;
      case 4: {
        const std::uint32_t most = 1 + random() % 3;
        return Call{"wake " + std::to_string(most) + " set " + std::to_string(set),
                    [=, this] { return call(FUTEX_WAKE_BITSET, most, nullptr, set); },
                    announced(Action::futex_wake, at(&word_), most, set, 1)};
      }
      default:
        return random() % 4 == 0 ? release(agent) : std::nullopt;
    }
  }
  std::optional<Call> release(int) override {
    return Call{"wake all", [this] { return call(FUTEX_WAKE, INT_MAX, nullptr, 0); },
                announced(Action::futex_wake, at(&word_), INT_MAX, FUTEX_BITSET_MATCH_ANY, 1)};
  }

 private:
  std::int64_t call(int operation, std::uint32_t value, const timespec* timeout,
                    std::uint32_t set) {
    return answer(
        syscall(SYS_futex, &word_, operation | FUTEX_PRIVATE_FLAG, value, timeout, nullptr, set));
  }

  std::uint32_t word_ = 0;
};

TEST(SyncModelBlocks, AsFutexesWithBitSetsDo) { compare_randomly<Futex>(7, 8, 60); }

class Barrier : public Primitive {
 public:
  Barrier(SyncModel& model, unsigned count) {
    pthread_barrier_init(&barrier_, nullptr, count);
    model.perform(announced(Action::barrier_init, at(&barrier_), count));
  }
  std::optional<Call> next(Random&, int agent) override { return release(agent); }
  std::optional<Call> release(int) override {
    Call call{"wait", [this] { return pthread_barrier_wait(&barrier_); },
              announced(Action::barrier_arrive, at(&barrier_)),
              announced(Action::barrier_awake, at(&barrier_))};
    call.result = [](std::int64_t value) {
      return value == 1 ? PTHREAD_BARRIER_SERIAL_THREAD : value;
    };
    return call;
  }

 private:
  pthread_barrier_t barrier_;
};

TEST(SyncModelBlocks, AsBarriersDo) {
  for (unsigned count : {1U, 2U, 3U}) compare_randomly<Barrier>(8 + count, 2, 20, count);
}

class SpinLock : public Primitive {
 public:
  explicit SpinLock(SyncModel&) { pthread_spin_init(&lock_, PTHREAD_PROCESS_PRIVATE); }
  std::optional<Call> next(Random& random, int agent) override {
    if (random() % 2 == 0 && holder_ == agent) return release(agent);
    const bool would_spin = holder_ != -1;
    if (would_spin || random() % 2 == 0) {
      return Call{"trylock", [this] { return pthread_spin_trylock(&lock_); },
                  announced(Action::spin_trylock, at(&lock_))};
    }
    return Call{"lock", [this] { return pthread_spin_lock(&lock_); },
                announced(Action::spin_lock, at(&lock_))};
  }
  std::optional<Call> release(int) override {
    return Call{"unlock", [this] { return pthread_spin_unlock(&lock_); },
                announced(Action::spin_unlock, at(&lock_))};
  }
  void returned(int agent, const std::string& call, std::int64_t result) override {
    if (result == 0) holder_ = call == "unlock" ? -1 : agent;
  }

 private:
  pthread_spinlock_t lock_;
  int holder_ = -1;
};

TEST(SyncModelBlocks, AsSpinLocksDo) { compare_randomly<SpinLock>(12, 4, 60); }

class SystemVSet : public Primitive {
 public:
  explicit SystemVSet(SyncModel& model)
      : id_(semget(log_.reserve_key("sem"), number, IPC_CREAT | IPC_EXCL | 0600)),
        modelled_(static_cast<std::uint64_t>(
            model.perform(announced(Action::semget, IPC_PRIVATE, number, 0600)))) {}
  ~SystemVSet() override { semctl(id_, 0, IPC_RMID); }

  std::optional<Call> next(Random& random, int agent) override {
    static_cast<void>(agent);
    const auto index = static_cast<std::uint64_t>(random() % number);
    switch (random() % 6) {
      case 0:
        return control("SETVAL", index, SETVAL, random() % 4);
      case 1: {
        for (auto& value : values_) value = static_cast<unsigned short>(random() % 3);
        return control("SETALL", 0, SETALL, at(values_.data()));
      }
      case 2:
        return all_values();
      default:
        // Once it is removed: whether a call came before or after decides between two errors.
        return removed_ ? std::nullopt : std::optional(operate(random));
    }
  }
  std::optional<Call> release(int) override {
    removed_ = true;
    return control("IPC_RMID", 0, IPC_RMID, 0);
  }

 private:
  static constexpr int number = 2;

  Call control(const char* name, std::uint64_t index, int command, std::uint64_t argument) {
    return {
        name, [=, this] { return answer(semctl(id_, static_cast<int>(index), command, argument)); },
        announced(Action::semctl, modelled_, index, static_cast<std::uint64_t>(command), argument)};
  }
  /// GETALL, as one number.
  Call all_values() {
    auto call = control("GETALL", 0, GETALL, 0);
    call.first.d = at(modelled_values_.data());
    call.real = [this] {
      std::array<unsigned short, number> values{};
      return semctl(id_, 0, GETALL, values.data()) < 0 ? -errno : values[0] * 100000 + values[1];
    };
    call.result = [this](std::int64_t value) {
      return value < 0 ? value : modelled_values_[0] * 100000 + modelled_values_[1];
    };
    return call;
  }
  Call operate(Random& random) {
    const std::size_t count = 1 + random() % 2;
    auto operations = std::make_shared<std::array<sembuf, 2>>();
    std::string name = "semop";
    // One flag for all: of a sleeper whose other operation is no longer possible, and has
    // IPC_NOWAIT, the kernel tells at its next look only, the model at once.
    const auto flag = static_cast<short>(random() % 3 == 0 ? IPC_NOWAIT : 0);
    for (std::size_t i = 0; i < count; ++i) {
      auto& operation = (*operations)[i];
      operation.sem_num = static_cast<unsigned short>(random() % number);
      operation.sem_op = static_cast<short>(static_cast<int>(random() % 5) - 2);
      operation.sem_flg = flag;
      name += " " + std::to_string(operation.sem_num) + ":" + std::to_string(operation.sem_op);
    }
    return {name, [=, this] { return answer(semop(id_, operations->data(), count)); },
            announced(Action::semop, modelled_, at(operations->data()), count)};
  }

  bool removed_ = false;
  RunLog log_;
  int id_;
  std::uint64_t modelled_;
  std::array<unsigned short, number> values_{};
  std::array<unsigned short, number> modelled_values_{};
};

TEST(SyncModelBlocks, AsSystemVSemaphoresDo) { compare_randomly<SystemVSet>(13, 8, 50); }

// A real process takes and gives with SEM_UNDO, and ends.
TEST(SyncModel, UndoesAtAnExitWhatTheKernelUndoes) {
  constexpr int number = 3;
  Random random(14);
  for (int round = 0; round < 20; ++round) {
    RunLog log;
    const int set = semget(log.reserve_key("sem"), number, IPC_CREAT | IPC_EXCL | 0600);
    ASSERT_GE(set, 0);
    SyncModel model;
    const auto modelled = static_cast<std::uint64_t>(
        model.perform(announced(Action::semget, IPC_PRIVATE, number, 0600)));
    std::vector<sembuf> operations(12);
    for (auto& operation : operations) {
      operation.sem_num = static_cast<unsigned short>(random() % number);
      operation.sem_op = static_cast<short>(static_cast<int>(random() % 7) - 3);
      operation.sem_flg = static_cast<short>(IPC_NOWAIT | (random() % 3 != 0 ? SEM_UNDO : 0));
      model.perform(announced(Action::semop, modelled, at(&operation), 1));
    }
    const pid_t child = fork();
    if (child == 0) {
      for (auto& operation : operations) semop(set, &operation, 1);
      _exit(0);
    }
    ASSERT_EQ(waitpid(child, nullptr, 0), child);
    model.agent_ends(0);
    for (unsigned i = 0; i < number; ++i) {
      EXPECT_EQ(semctl(set, static_cast<int>(i), GETVAL),
                model.perform(announced(Action::semctl, modelled, i, GETVAL)))
          << "round " << round;
      const int last = semctl(set, static_cast<int>(i), GETPID);
      EXPECT_EQ(last == child ? 1 : last,
                model.perform(announced(Action::semctl, modelled, i, GETPID)))
          << "agent 0 is told as 1, nobody as 0";
    }
    semctl(set, 0, IPC_RMID);
  }
}

}  // namespace
}  // namespace minusone
