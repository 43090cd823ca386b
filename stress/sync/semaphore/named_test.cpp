// Semaphores with names beside glibc's.
#include "stress/sync/semaphore/named.h"

#include <fcntl.h>
#include <semaphore.h>

#include <map>
#include <string>
#include <vector>

#include "protocol/run_log.h"
#include "stress/sync/testing/beside_the_real.h"

namespace minusone {
namespace {

/// The same calls of one process on both sides, under names of our own.
class BesideGlibc {
 public:
  BesideGlibc() {
    model_.set_processes(false);
    for (auto& name : names_) name = log_.reserve_semaphore_name();
  }
  ~BesideGlibc() {
    for (const auto& name : names_) sem_unlink(name.c_str());
    for (const auto& [number, its] : open_) {
      for (int i = 0; i < its.times; ++i) sem_close(its.at);
    }
  }

  void open(std::size_t name, int flags, unsigned value) {
    sem_t* const real = sem_open(names_[name].c_str(), flags, 0600, value);
    const std::int64_t refused = real == SEM_FAILED ? -errno : 0;
    const auto modelled = perform(model_, announced(Action::sem_open, modelled_name(name),
                                                    static_cast<std::uint64_t>(flags), value));
    ASSERT_EQ(refused, modelled < 0 ? modelled : 0) << flags << " " << value;
    if (refused != 0) return;
    auto& its = open_[modelled];
    ASSERT_TRUE(its.times == 0 || its.at == real) << "opened twice, it has one address";
    for (const auto& [number, other] : open_)
      ASSERT_TRUE(number == modelled || other.at != real) << "two semaphores at one address";
    its = {real, its.times + 1};
  }
  void unlink(std::size_t name) {
    ASSERT_EQ(answer(sem_unlink(names_[name].c_str())),
              perform(model_, announced(Action::sem_unlink, modelled_name(name))));
  }
  void close_what_is_none() {
    sem_t none = {};
    ASSERT_EQ(answer(sem_close(&none)), perform(model_, announced(Action::sem_close, at(&none))));
  }
  /// On one that is open, if there is any.
  void use(Random& random) {
    if (open_.empty()) return;
    auto one = open_.begin();
    std::advance(one, random() % open_.size());
    sem_t* const real = one->second.at;
    const std::uint64_t modelled =
        semaphore::first_address | static_cast<std::uint64_t>(one->first);
    int value = 0;
    switch (random() % 4) {
      case 0:
        ASSERT_EQ(answer(sem_close(real)), perform(model_, announced(Action::sem_close, modelled)));
        if (--one->second.times == 0) open_.erase(one);
        break;
      case 1:
        ASSERT_EQ(answer(sem_post(real)), perform(model_, announced(Action::sem_post, modelled)));
        break;
      case 2:
        ASSERT_EQ(answer(sem_trywait(real)),
                  perform(model_, announced(Action::sem_trywait, modelled)));
        break;
      default:
        sem_getvalue(real, &value);
        ASSERT_EQ(value, perform(model_, announced(Action::sem_getvalue, modelled)));
        ASSERT_EQ(value > 0, model_.enabled(announced(Action::sem_wait, modelled)));
    }
  }

 private:
  struct Opened {
    sem_t* at = nullptr;
    int times = 0;
  };

  std::uint64_t modelled_name(std::size_t name) const { return at(names_[name].c_str() + 1); }

  RunLog log_;
  std::array<std::string, 2> names_;
  SyncModel model_;
  std::map<std::int64_t, Opened> open_;  ///< by the model's number
};

TEST(SyncModel, AnswersRandomCallsOnNamedSemaphoresAsGlibcDoes) {
  Random random(9);
  const int some_flags[] = {0, O_CREAT, O_CREAT, O_CREAT | O_EXCL, O_EXCL};
  const unsigned some_values[] = {0, 1, 3, SEM_VALUE_MAX, SEM_VALUE_MAX + 1u};
  for (int round = 0; round < 50; ++round) {
    BesideGlibc pair;
    for (int step = 0; step < 60; ++step) {
      switch (random() % 6) {
        case 0:
        case 1:
          pair.open(random() % 2, some_flags[random() % 5], some_values[random() % 5]);
          break;
        case 2:
          pair.unlink(random() % 2);
          break;
        case 3:
          pair.close_what_is_none();
          break;
        default:
          pair.use(random);
      }
      ASSERT_FALSE(HasFatalFailure()) << "round " << round << ", step " << step;
    }
  }
}

// None of these is ever made; a name that glibc takes is not asked for.
TEST(SyncModel, RefusesNamesAsGlibcDoes) {
  for (const auto& name : {std::string(), std::string("/"), std::string("/a/b"), std::string("a/b"),
                           std::string(252, 'x'), std::string(255, 'x'), std::string(256, 'x'),
                           std::string(300, 'x'), "/" + std::string(255, 'x')}) {
    const int refused = semaphore::refusal_of(semaphore::without_slashes(name));
    ASSERT_NE(refused, 0) << name;
    EXPECT_EQ(sem_open(name.c_str(), O_CREAT, 0600, 1), SEM_FAILED) << name;
    EXPECT_EQ(errno, refused) << name;
    EXPECT_EQ(sem_unlink(name.c_str()), -1);
    const bool is_none = semaphore::is_no_file(semaphore::without_slashes(name));
    EXPECT_EQ(errno, is_none ? ENOENT : refused) << name;
  }
  EXPECT_EQ(semaphore::refusal_of(std::string(251, 'x')), 0);
}

struct NamedSemaphores : testing::Test {
  Context by(int agent, Action action, std::uint64_t a, std::uint64_t b = 0, std::uint64_t c = 0) {
    Context call = announced(action, a, b, c);
    call.id = agent;
    return call;
  }
  std::int64_t opened_by(int agent) {
    return perform(model, by(agent, Action::sem_open, at("x"), O_CREAT, 2));
  }

  SyncModel model;
};

TEST_F(NamedSemaphores, AreTheSameInAllProcessesAndOpenInThoseThatOpenedThem) {
  const auto number = opened_by(0);
  const std::uint64_t address = semaphore::first_address | static_cast<std::uint64_t>(number);
  EXPECT_EQ(perform(model, by(0, Action::sem_post, address)), 0);
  // Where there is no memory a call is told at once that it is wrong.
  EXPECT_TRUE(model.enabled(by(1, Action::sem_wait, address)));
  EXPECT_EQ(perform(model, by(1, Action::sem_wait, address)), -EFAULT);
  EXPECT_EQ(perform(model, by(1, Action::sem_close, address)), -EINVAL);
  EXPECT_EQ(opened_by(1), number);
  EXPECT_EQ(perform(model, by(1, Action::sem_getvalue, address)), 3);
  EXPECT_EQ(perform(model, by(0, Action::sem_close, address)), 0);
  EXPECT_EQ(perform(model, by(0, Action::sem_post, address)), -EFAULT);
  EXPECT_EQ(perform(model, by(1, Action::sem_post, address)), 0);
  EXPECT_EQ(model.name_of(address), "/x");
}

TEST_F(NamedSemaphores, AreInheritedFromWhoInitialised) {
  const auto number = opened_by(0);
  model.remember();
  const std::uint64_t address = semaphore::first_address | static_cast<std::uint64_t>(number);
  EXPECT_EQ(perform(model, by(1, Action::sem_post, address)), 0);
}

// What processes have open is no matter of the others', threads share it.
TEST_F(NamedSemaphores, AreOpenedInAnyOrderByProcesses) {
  for (const bool processes : {true, false}) {
    SyncModel fresh;
    fresh.set_processes(processes);
    for (const bool first : {true, false}) {
      Context call = by(first ? 0 : 1, Action::sem_open, at("x"), O_CREAT, 2);
      Step step;
      const Call& row = call_of(Action::sem_open);
      row.touches(call, step);
      call.result = static_cast<std::uint64_t>(fresh.perform(call));
      row.narrow(fresh, call, step);
      EXPECT_EQ(step.accesses[0].writes, first) << "who makes it changes where the name leads";
      EXPECT_EQ(step.count, processes ? 1 : 2);
    }
  }
}

}  // namespace
}  // namespace minusone
