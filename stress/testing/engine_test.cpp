// The native engine on real processes: what it leaves behind, what it refuses, what it reports.
#include "stress/native/engine.h"

#include <dirent.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "protocol/os_error.h"
#include "protocol/system_calls.h"

namespace minusone {
namespace {

StressOptions forced(Workload workload, std::uint64_t rounds) {
  StressOptions options;
  options.workload = workload;
  options.place = Place::same;
  options.widen.by = Widen::By::yield;
  options.rounds = rounds;
  options.time_limit = std::chrono::minutes(1);
  options.seed = 1;
  return options;
}

std::string run(const std::string& name, const StressOptions& options) {
  const auto result = stress(Module::load(name, module_kind(options)), options);
  std::string outcomes;
  for (const auto& o : result.outcomes) {
    if (o.count > 0) outcomes += o.outcome + "\n";
  }
  return outcomes;
}

TEST(Rounds, ShowMinusOneWithTwoReadersAndMinusTwoWithThree) {
  EXPECT_THAT(run("naive/counter", forced({.readers = 2}, 100)),
              testing::HasSubstr("written = -1"));
  EXPECT_THAT(run("naive/counter", forced({.readers = 3}, 200)),
              testing::HasSubstr("written = -2"));
}

TEST(Rounds, RepeatedWithTheSameWorkloadCountEveryRound) {
  const auto options = forced({.writers = 2, .readers = 2}, 20);
  const auto result = stress(Module::load("safe/futex_slot", module_kind(options)), options);
  EXPECT_EQ(result.executions.complete + result.executions.stuck_rightly, 20U);
  EXPECT_EQ(result.verdict, Verdict::holds);
  EXPECT_EQ(result.assurance, Assurance::observed);
}

TEST(Soak, OfThreadsAndOfProcessesReceivesEveryMessage) {
  for (const bool processes : {true, false}) {
    StressOptions options;
    options.mode = Mode::soak;
    options.workload = {.writers = 2, .readers = 2, .text = 100, .processes = processes};
    options.rounds = 1;
    options.time_limit = std::chrono::minutes(1);
    const auto result = stress(Module::load("safe/atomic_slot", ModuleKind::native), options);
    EXPECT_EQ(result.verdict, Verdict::holds);
    EXPECT_EQ(result.messages, 40'000U);
    ASSERT_TRUE(result.latency.has_value());
    EXPECT_LE(result.latency->p50, result.latency->max);
  }
}

TEST(Stress, RefusesAWorkloadThatTheProtocolIsNotFor) {
  EXPECT_THROW(run("safe/spsc_ring", forced({.writers = 2, .readers = 1}, 1)), UsageError);
}

TEST(Stress, NamesTheNearestProtocol) {
  try {
    Module::load("naive/countr", ModuleKind::native);
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("did you mean 'naive/counter'?"));
  }
}

TEST(Stress, TellsWhichSettingIsExhausted) {
  const ScopedCall scope(
      &SystemCalls::shmget, +[](key_t, size_t, int) {
        errno = ENOSPC;
        return -1;
      });
  try {
    run("naive/flag", forced({}, 1));
    FAIL();
  } catch (const OsError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("kernel.shmmni"));
  }
}

/// Processes of this program's children's group that still live.
int living_in_group(pid_t group) {
  int living = 0;
  DIR* proc = opendir("/proc");
  while (const dirent* entry = readdir(proc)) {
    std::ifstream stat(std::string("/proc/") + entry->d_name + "/stat");
    std::string pid, name, state;
    pid_t parent = 0, its_group = 0;
    if (stat >> pid >> name >> state >> parent >> its_group && its_group == group && state != "Z")
      ++living;
  }
  closedir(proc);
  return living;
}

TEST(Stress, KilledAtAnyMomentLeavesNoProcessAndNothingThatCleanDoesNotFind) {
  for (int delay = 0; delay < 20; ++delay) {
    const pid_t engine = fork();
    if (engine == 0) {
      setpgid(0, 0);
      auto options = forced({.writers = 2, .readers = 2}, 1'000'000);
      run("safe/sysv_semaphore", options);
      _exit(0);
    }
    setpgid(engine, engine);
    usleep(static_cast<useconds_t>(delay * 700));
    kill(engine, SIGKILL);
    waitpid(engine, nullptr, 0);
    // The agents' death signal is on its way; they are counted until they are gone.
    int living = 0;
    for (int i = 0; i < 5000 && (living = living_in_group(engine)) > 0; ++i) usleep(1000);
    EXPECT_EQ(living, 0);
  }
  clean();
  for (const auto& left : clean()) EXPECT_TRUE(false) << left.object << ": " << left.why;
}

std::vector<std::string> safe_protocols() {
  std::vector<std::string> safe;
  for (const auto& name : protocol_names()) {
    if (name.starts_with("safe/")) safe.push_back(name);
  }
  return safe;
}

Workload any_workload(const Protocol& protocol) {
  const auto count = [](int most) { return *rc::gen::inRange(1, (most == 0 ? 3 : most) + 1); };
  Workload workload;
  workload.writers = count(protocol.max_writers);
  workload.readers = count(protocol.max_readers);
  workload.messages = *rc::gen::inRange(1, 6);
  workload.text =
      *rc::gen::weightedElement<std::size_t>({{1, 0}, {1, 1}, {3, 64}, {2, 2048}, {1, max_text}});
  const auto survives =
      std::ranges::find(protocol.claims, Property::survives_death, &Claim::property);
  if (survives != protocol.claims.end() && survives->keeps) {
    workload.death = *rc::gen::element(Death::none, Death::writer, Death::reader, Death::any);
  }
  return workload;
}

class SafeProtocols : public testing::TestWithParam<std::string> {};

// 200 workloads each: see RC_PARAMS in CMakeLists.txt. A failing one is shrunk, and its command is
// printed.
TEST_P(SafeProtocols, HoldUnderAnyWorkload) {
  const auto& name = GetParam();
  EXPECT_TRUE(rc::check(name + " holds", [&] {
    auto options = forced(any_workload(Module::load(name, ModuleKind::native).protocol()), 3);
    options.segment = *rc::gen::element(SegmentKind::sysv, SegmentKind::posix, SegmentKind::memfd);
    options.seed = *rc::gen::arbitrary<std::uint32_t>();
    const auto result = stress(Module::load(name, module_kind(options)), options);
    RC_LOG() << command_line(name, options) << "\n";
    RC_ASSERT(result.verdict == Verdict::holds);
  }));
}

INSTANTIATE_TEST_SUITE_P(All, SafeProtocols, testing::ValuesIn(safe_protocols()),
                         [](const auto& info) { return info.param.substr(5); });

// A failing workload is found and shrunk to the smallest there is: two readers, or two writers.
TEST(NaiveProtocols, ShrinkToTheSmallestWorkloadThatFails) {
  const auto fails = [](int writers, int readers, int messages) {
    auto options = forced({.writers = writers, .readers = readers, .messages = messages}, 200);
    options.stop_at_violation = true;
    return stress(Module::load("naive/flag", module_kind(options)), options).verdict ==
           Verdict::violated;
  };
  std::tuple<int, int, int> smallest{3, 3, 3};
  rc::check("a flag between any agents", [&] {
    const auto writers = *rc::gen::inRange(1, 4);
    const auto readers = *rc::gen::inRange(1, 4);
    const auto messages = *rc::gen::inRange(1, 4);
    if (!fails(writers, readers, messages)) return;
    smallest = {writers, readers, messages};
    RC_FAIL("it fails");
  });
  const auto [writers, readers, messages] = smallest;
  EXPECT_EQ(writers + readers, 3) << writers << " writers, " << readers << " readers";
  EXPECT_EQ(messages, 1);
}

}  // namespace
}  // namespace minusone
