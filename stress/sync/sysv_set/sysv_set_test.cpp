// System V semaphore sets beside the kernel's.
#include "stress/sync/sysv_set/sysv_set.h"

#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/wait.h>
#include <unistd.h>

#include "protocol/run_log.h"
#include "stress/sync/testing/beside_the_real.h"

namespace minusone {
namespace {

/// A set of the kernel's, gone with the test, or with `minusone clean` after a kill.
struct KernelSet {
  explicit KernelSet(int number)
      : id(semget(log.reserve_key("sem"), number, IPC_CREAT | IPC_EXCL | 0600)) {}
  ~KernelSet() { semctl(id, 0, IPC_RMID); }
  RunLog log;
  int id;
};

TEST(SyncModel, AnswersRandomSemopsAsTheKernelDoes) {
  constexpr int number = 3;
  std::mt19937 random(1);
  for (int round = 0; round < 40; ++round) {
    const KernelSet kernel(number);
    const int set = kernel.id;
    ASSERT_GE(set, 0);
    SyncModel model;
    const auto modelled = static_cast<std::uint64_t>(
        perform(model, announced(Action::semget, IPC_PRIVATE, number, 0600)));
    for (int step = 0; step < 60; ++step) {
      if (random() % 8 == 0) {
        const unsigned index = random() % (number + 1);
        const int value = static_cast<int>(random() % 6) - 1;
        const int commands[] = {SETVAL, GETVAL, IPC_SET - 100};
        const int command = commands[random() % 3];
        // Now and then a set that is none: some errors come before the kernel looks for it.
        const bool is_none = random() % 3 == 0;
        const int beyond = value == 4 ? 40000 : value;
        const int id = is_none ? (random() % 2 == 0 ? -1 : 999'999) : set;
        const std::int64_t real = answer(semctl(id, static_cast<int>(index), command, beyond));
        ASSERT_EQ(real,
                  perform(model, announced(Action::semctl,
                                           is_none ? static_cast<std::uint64_t>(id) : modelled,
                                           index, static_cast<std::uint64_t>(command),
                                           static_cast<std::uint64_t>(beyond))))
            << "id " << id << ", index " << index << ", command " << command << ", " << beyond;
        continue;
      }
      sembuf operations[3];
      const std::size_t count = random() % 4;
      for (sembuf& operation : operations) {
        operation.sem_num =
            static_cast<unsigned short>(random() % 16 == 0 ? number : random() % number);
        operation.sem_op =
            static_cast<short>(random() % 32 == 0 ? 32767 : static_cast<int>(random() % 5) - 2);
        operation.sem_flg = static_cast<short>(IPC_NOWAIT | (random() % 2 ? SEM_UNDO : 0));
      }
      const std::int64_t real = answer(semop(set, operations, count));
      ASSERT_EQ(real, perform(model, announced(Action::semop, modelled, at(operations), count)))
          << "round " << round << ", step " << step << ", " << count << " operations";
      for (unsigned i = 0; i < number; ++i) {
        ASSERT_EQ(semctl(set, static_cast<int>(i), GETVAL),
                  perform(model, announced(Action::semctl, modelled, i, GETVAL)));
      }
    }
  }
}

TEST(SyncModel, RefusesBorderArgumentsOfSetsAsTheKernelDoes) {
  const KernelSet kernel(2);
  ASSERT_GE(kernel.id, 0);
  SyncModel model;
  const auto modelled =
      static_cast<std::uint64_t>(perform(model, announced(Action::semget, IPC_PRIVATE, 2, 0600)));
  std::vector<sembuf> many(501);
  for (auto& operation : many) operation.sem_flg = IPC_NOWAIT;
  constexpr timespec times[] = {{0, 0}, {0, 2'000'000'000}, {-1, 0}, {0, -1}};
  for (const int id : {kernel.id, -1, 999'999}) {
    for (const std::size_t count : {0U, 1U, 500U, 501U}) {
      for (const int number : {0, 7}) {
        for (const timespec& time : times) {
          const bool is_time = time.tv_sec == 0 && time.tv_nsec == 0;
          const auto limit = is_time ? TimeLimit::past : TimeLimit::invalid;
          many[0].sem_num = static_cast<unsigned short>(number);
          EXPECT_EQ(
              answer(semtimedop(id, many.data(), count, &time)),
              perform(model, announced(Action::semop,
                                       id == kernel.id ? modelled : static_cast<std::uint64_t>(id),
                                       at(many.data()), count, static_cast<std::uint64_t>(limit))))
              << id << ", " << count << " operations, semaphore " << number << ", " << time.tv_sec
              << " s " << time.tv_nsec << " ns";
        }
      }
    }
  }
  for (const int number : {-1, 0, 32001}) {
    EXPECT_EQ(answer(semget(IPC_PRIVATE, number, 0600)),
              perform(model, announced(Action::semget, IPC_PRIVATE,
                                       static_cast<std::uint64_t>(number), 0600)))
        << number;
  }
  semid_ds real{}, described{};
  ASSERT_EQ(semctl(kernel.id, 0, IPC_STAT, &real), 0);
  ASSERT_EQ(perform(model, announced(Action::semctl, modelled, 0, IPC_STAT, at(&described))), 0);
  EXPECT_EQ(described.sem_nsems, real.sem_nsems);
  EXPECT_EQ(described.sem_otime != 0, real.sem_otime != 0);
  EXPECT_EQ(described.sem_perm.mode, real.sem_perm.mode);
  EXPECT_EQ(described.sem_perm.uid, real.sem_perm.uid);
  unsigned short values[] = {1, 40000};
  EXPECT_EQ(answer(semctl(kernel.id, 0, SETALL, values)),
            perform(model, announced(Action::semctl, modelled, 0, SETALL, at(values))));
  EXPECT_EQ(semctl(kernel.id, 0, GETVAL),
            perform(model, announced(Action::semctl, modelled, 0, GETVAL)));
}

TEST(SyncModel, UndoesSemopsOfAnAgentThatEnds) {
  SyncModel model;
  const auto set =
      static_cast<std::uint64_t>(perform(model, announced(Action::semget, IPC_PRIVATE, 1, 0600)));
  sembuf up{0, 2, SEM_UNDO};
  ASSERT_EQ(perform(model, announced(Action::semop, set, at(&up), 1)), 0);
  EXPECT_EQ(perform(model, announced(Action::semctl, set, 0, GETVAL)), 2);
  EXPECT_EQ(model.undone_by_end(0).count, 1U);
  EXPECT_EQ(model.undone_by_end(1).count, 0U);
  model.agent_ends(0);
  EXPECT_EQ(perform(model, announced(Action::semctl, set, 0, GETVAL)), 0);
  EXPECT_EQ(model.undone_by_end(0).count, 0U) << "nothing is left to undo";
}

// Who has announced a semop() that cannot go on sleeps already, or has not come yet.
TEST(SyncModel, LetsWhoCallsSemopAtASetThatIsRemovedComeTooLateOrSleep) {
  for (const bool late : {false, true}) {
    SyncModel model;
    const auto set =
        static_cast<std::uint64_t>(perform(model, announced(Action::semget, IPC_PRIVATE, 1, 0600)));
    sembuf down{0, -1, 0};
    Context waits = announced(Action::semop, set, at(&down), 1);
    waits.id = 1;
    model.set_announced([&](int agent, Context& call) {
      call = waits;
      return agent == 1;
    });
    const auto removes = [&](sysv_set::Removal part) {
      return perform(model,
                     announced(Action::semctl, set, 0, IPC_RMID, static_cast<std::uint64_t>(part)));
    };
    ASSERT_FALSE(model.enabled(waits));
    ASSERT_EQ(removes(sysv_set::Removal::begins), 1) << "there is somebody to wake";
    ASSERT_TRUE(model.enabled(waits));
    if (late) {
      EXPECT_EQ(perform(model, waits), -EINVAL);
    }
    ASSERT_EQ(removes(sysv_set::Removal::ends), 0);
    EXPECT_EQ(perform(model, waits), late ? -EINVAL : -EIDRM);
    EXPECT_EQ(perform(model, waits), -EINVAL) << "it comes again";
  }
}

class SystemVSet : public Primitive {
 public:
  explicit SystemVSet(SyncModel& model)
      : id_(semget(log_.reserve_key("sem"), number, IPC_CREAT | IPC_EXCL | 0600)),
        modelled_(static_cast<std::uint64_t>(
            perform(model, announced(Action::semget, IPC_PRIVATE, number, 0600)))) {}
  ~SystemVSet() override { semctl(id_, 0, IPC_RMID); }

  std::optional<TestedCall> next(Random& random, int agent) override {
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
        // Once it is removed, a newcomer learns of it otherwise than who slept.
        return operate(random);
    }
  }
  std::optional<TestedCall> release(int) override { return control("IPC_RMID", 0, IPC_RMID, 0); }

 private:
  static constexpr int number = 2;

  TestedCall control(const char* name, std::uint64_t index, int command, std::uint64_t argument) {
    return {
        name, [=, this] { return answer(semctl(id_, static_cast<int>(index), command, argument)); },
        announced(Action::semctl, modelled_, index, static_cast<std::uint64_t>(command), argument)};
  }
  /// GETALL, as one number.
  TestedCall all_values() {
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
  TestedCall operate(Random& random) {
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
        perform(model, announced(Action::semget, IPC_PRIVATE, number, 0600)));
    std::vector<sembuf> operations(12);
    for (auto& operation : operations) {
      operation.sem_num = static_cast<unsigned short>(random() % number);
      operation.sem_op = static_cast<short>(static_cast<int>(random() % 7) - 3);
      operation.sem_flg = static_cast<short>(IPC_NOWAIT | (random() % 3 != 0 ? SEM_UNDO : 0));
      perform(model, announced(Action::semop, modelled, at(&operation), 1));
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
                perform(model, announced(Action::semctl, modelled, i, GETVAL)))
          << "round " << round;
      const int last = semctl(set, static_cast<int>(i), GETPID);
      EXPECT_EQ(last == child ? 1 : last,
                perform(model, announced(Action::semctl, modelled, i, GETPID)))
          << "agent 0 is told as 1, nobody as 0";
    }
    semctl(set, 0, IPC_RMID);
  }
}

}  // namespace
}  // namespace minusone
