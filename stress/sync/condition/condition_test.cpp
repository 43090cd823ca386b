// Condition variables beside glibc's.
#include "stress/sync/condition/condition.h"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <vector>

#include "stress/sync/testing/beside_the_real.h"

namespace minusone {
namespace {

class TestedCondition : public Primitive {
 public:
  explicit TestedCondition(SyncModel&) {}
  std::optional<TestedCall> next(Random& random, int agent) override {
    const bool holds = holder_ == agent;
    switch (random() % 5) {
      case 0:
        if (!holds) return lock();
        return TestedCall{"wait", [this] { return pthread_cond_wait(&condition_, &mutex_); },
                          announced(Action::cond_release, at(&condition_), at(&mutex_)),
                          announced(Action::cond_awake, at(&condition_), at(&mutex_))};
      case 1: {
        if (!holds) return lock();
        // As the runtime makes it of a deadline that has passed.
        TestedCall call{"timedwait",
                        [this] { return pthread_cond_timedwait(&condition_, &mutex_, &past); },
                        announced(Action::cond_release, at(&condition_), at(&mutex_), 1),
                        announced(Action::mutex_lock, at(&mutex_))};
        call.result = [](std::int64_t value) { return value == 0 ? ETIMEDOUT : value; };
        return call;
      }
      case 2:
        return TestedCall{"signal", [this] { return pthread_cond_signal(&condition_); },
                          announced(Action::cond_signal, at(&condition_))};
      case 3:
        return broadcast();
      default:
        if (!holds) return lock();
        return unlock();
    }
  }
  std::optional<TestedCall> release(int agent) override {
    if (holder_ == agent) return unlock();
    return broadcast();
  }
  void returned(int agent, const std::string& call, std::int64_t) override {
    if (call == "lock" || call == "wait" || call == "timedwait") holder_ = agent;
  }

 private:
  TestedCall lock() {
    return {"lock", [this] { return pthread_mutex_lock(&mutex_); },
            announced(Action::mutex_lock, at(&mutex_))};
  }
  TestedCall unlock() {
    holder_ = -1;
    return {"unlock", [this] { return pthread_mutex_unlock(&mutex_); },
            announced(Action::mutex_unlock, at(&mutex_))};
  }
  TestedCall broadcast() {
    return {"broadcast", [this] { return pthread_cond_broadcast(&condition_); },
            announced(Action::cond_broadcast, at(&condition_))};
  }

  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t condition_ = PTHREAD_COND_INITIALIZER;
  int holder_ = -1;
};

/// A mutex and a condition variable between processes, each of which makes one call and ends.
class Processes {
 public:
  Processes() : shared_(map()) {
    pthread_mutexattr_t of_mutex;
    pthread_mutexattr_init(&of_mutex);
    pthread_mutexattr_setpshared(&of_mutex, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&shared_->mutex, &of_mutex);
    pthread_condattr_t of_condition;
    pthread_condattr_init(&of_condition);
    pthread_condattr_setpshared(&of_condition, PTHREAD_PROCESS_SHARED);
    pthread_cond_init(&shared_->condition, &of_condition);
  }
  ~Processes() {
    for (const pid_t process : living_) end(process);
    munmap(shared_, sizeof *shared_);
  }
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;

  pid_t waits() {
    return makes([this] {
      pthread_mutex_lock(&shared_->mutex);
      pthread_cond_wait(&shared_->condition, &shared_->mutex);
      pthread_mutex_unlock(&shared_->mutex);
    });
  }
  pid_t signals() {
    return makes([this] { pthread_cond_signal(&shared_->condition); });
  }
  pid_t broadcasts() {
    return makes([this] { pthread_cond_broadcast(&shared_->condition); });
  }
  void kill(pid_t process) {
    end(process);
    std::erase(living_, process);
  }
  /// Waits until each has ended or sleeps, judged by what the kernel says.
  void settle() {
    for (int quiet = 0; quiet < 3;) {
      const auto before = living_;
      std::erase_if(living_,
                    [](pid_t process) { return waitpid(process, nullptr, WNOHANG) == process; });
      const bool rest = living_ == before && std::ranges::all_of(living_, sleeps);
      quiet = rest ? quiet + 1 : 0;
      std::this_thread::yield();
    }
  }
  bool lives(pid_t process) const { return std::ranges::find(living_, process) != living_.end(); }

 private:
  struct Shared {
    pthread_mutex_t mutex;
    pthread_cond_t condition;
  };

  static Shared* map() {
    return static_cast<Shared*>(
        mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  }
  static void end(pid_t process) {
    ::kill(process, SIGKILL);
    waitpid(process, nullptr, 0);
  }
  static bool sleeps(pid_t process) {
    std::string line;
    std::getline(std::ifstream("/proc/" + std::to_string(process) + "/syscall"), line);
    return line.starts_with(std::to_string(SYS_futex) + " ");
  }
  template <class Call>
  pid_t makes(Call call) {
    const pid_t process = fork();
    if (process == 0) {
      call();
      _exit(0);
    }
    living_.push_back(process);
    settle();
    return process;
  }

  Shared* shared_;
  std::vector<pid_t> living_;
};

/// The same calls of the model's agents.
class Modelled {
 public:
  void waits(int agent) {
    make(agent, Action::mutex_lock, mutex_);
    make(agent, Action::cond_release, condition_, mutex_);
    waiting_.push_back(agent);
  }
  /// @return whether it came back
  bool wakes(int agent, Action how) {
    if (!model_.enabled(of(agent, how, condition_))) return false;
    make(agent, how, condition_);
    std::erase_if(waiting_, [this](int waiter) {
      if (!model_.enabled(of(waiter, Action::cond_awake, condition_, mutex_))) return false;
      make(waiter, Action::cond_awake, condition_, mutex_);
      make(waiter, Action::mutex_unlock, mutex_);
      return true;
    });
    return true;
  }
  void dies(int agent) {
    model_.agent_dies(of(agent, Action::cond_awake, condition_, mutex_));
    std::erase(waiting_, agent);
  }
  bool waits_still(int agent) const { return std::ranges::find(waiting_, agent) != waiting_.end(); }

 private:
  static Context of(int agent, Action action, std::uint64_t a, std::uint64_t b = 0) {
    Context call = announced(action, a, b);
    call.id = agent;
    return call;
  }
  void make(int agent, Action action, std::uint64_t a, std::uint64_t b = 0) {
    EXPECT_EQ(perform(model_, of(agent, action, a, b)), 0);
  }

  alignas(8) std::array<std::byte, 128> objects_{};  // the model looks at the mutex's type only
  const std::uint64_t mutex_ = at(objects_.data());
  const std::uint64_t condition_ = at(objects_.data() + 64);
  SyncModel model_;
  std::vector<int> waiting_;
};

// Who died asleep is counted on, and how differs between versions of glibc: the model is of the one
// that runs here.
TEST(SyncModel, CountsOnDeadWaitersAsTheGlibcThatRunsDoes) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "ThreadSanitizer does not let a process with threads fork";
#endif
  Random random(31);
  for (int round = 0; round < 150; ++round) {
    Processes real;
    Modelled model;
    std::vector<std::pair<int, pid_t>> waiting;
    std::string said;
    int agents_made = 0;
    for (int step = 0; step < 12 && agents_made + 1 < max_agents; ++step) {
      const auto what = random() % 8;
      if (what < 3) {
        said += "waits; ";
        model.waits(agents_made);
        waiting.emplace_back(agents_made++, real.waits());
        continue;
      }
      if (what < 5 && !waiting.empty()) {
        const auto [agent, process] = waiting[random() % waiting.size()];
        if (!real.lives(process)) continue;
        said += std::to_string(agent) + " dies; ";
        real.kill(process);
        model.dies(agent);
        std::erase(waiting, std::pair(agent, process));
        continue;
      }
      const bool all = what == 7;
      said += all ? "broadcast; " : "signal; ";
      const pid_t caller = all ? real.broadcasts() : real.signals();
      const bool came_back =
          model.wakes(agents_made++, all ? Action::cond_broadcast : Action::cond_signal);
      ASSERT_EQ(came_back, !real.lives(caller)) << said;
      if (!came_back) break;  // it has the condition variable's own lock
      for (const auto& [agent, process] : waiting)
        ASSERT_EQ(model.waits_still(agent), real.lives(process)) << said << "of " << agent;
      std::erase_if(waiting, [&](const auto& one) { return !real.lives(one.second); });
    }
  }
}

// The rest of a wait that is given up is a call like others.
TEST(SyncModel, NamesAMutexThatIsGoneWhenAWaitIsGivenUp) {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
  SyncModel model;
  model.set_processes(false);
  model.follow_bytes(true);
  perform(model, announced(Action::mutex_lock, at(&mutex)));
  ASSERT_EQ(perform(model, announced(Action::cond_release, at(&condition), at(&mutex))), 0);
  ASSERT_EQ(perform(model, announced(Action::mutex_destroy, at(&mutex))), 0);
  const Context wait = announced(Action::cond_awake, at(&condition), at(&mutex));
  ASSERT_TRUE(model.can_give_up(wait));
  model.give_up(wait);
  ASSERT_TRUE(model.misuse());
  EXPECT_EQ(model.misuse()->before, "a mutex is used that was destroyed");
}

TEST(SyncModelBlocks, AsConditionVariablesDo) { compare_randomly<TestedCondition>(5, 8, 50); }

}  // namespace
}  // namespace minusone
