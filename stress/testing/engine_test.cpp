// The native engine on real processes: what it leaves behind, what it refuses, what it reports.
#include "stress/native/engine.h"

#include <dirent.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <rapidcheck/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "protocol/os_error.h"
#include "protocol/run_log.h"
#include "protocol/system_calls.h"
#include "protocol/testing/child.h"
#include "protocol/testing/private_run_logs.h"
#include "stress/native/agents.h"

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
  EXPECT_EQ(result.executions.all(), 20U);
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
  // Widened, its loop over words yields at each of them: for many seconds where the CPU is shared.
  if (protocol.name == "safe/seqlock") workload.text = std::min<std::size_t>(workload.text, 2048);
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
    const auto result = stress(Module::load("naive/flag", module_kind(options)), options);
    return std::ranges::any_of(result.properties, [](const PropertyResult& property) {
      return property.count > 0 && (property.property == Property::no_loss ||
                                    property.property == Property::no_duplicate);
    });
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

// Probes are queued while their agent is stopped: both then find it in the same state, which says
// nothing of a loop.
TEST(Probe, TellsThatItsAgentDidNotHaveTheCpuSinceTheLastOne) {
  const auto module = Module::load("naive/flag", ModuleKind::native);
  const Protocol& protocol = module.protocol();
  void* const at =
      mmap(nullptr, protocol.bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(at, MAP_FAILED);
  RunLog log;
  protocol.init(at, log.reserve_key("sem"));
  Board board(1, 8);
  AgentGroup group(module, at, 8, {}, board);
  group.start({{.index = 0, .kind = Operation::Kind::read}}, true);
  AgentRecord& reader = board.agent(0);
  board.shared().go = 1;
  while (reader.entries == 0) usleep(1000);  // from here on it polls an empty flag
  const pid_t process = group.process(0);
  const auto probe = [&] { syscall(SYS_tgkill, process, reader.thread.load(), probe_signal()); };
  const auto before = reader.moves.load();
  ::kill(process, SIGSTOP);
  waitpid(process, nullptr, WUNTRACED);
  probe();
  probe();
  ::kill(process, SIGCONT);
  while (reader.moves == before) usleep(1000);
  reader.probe = 0;
  probe();
  while (reader.probe == 0) usleep(1000);
  EXPECT_EQ(reader.moves_at_probe, before + 1);
  munmap(at, protocol.bytes);  // the group ends its agents
}

/// Ends agents of this process's runs from outside, at random moments, as the kernel does when
/// memory is short.
class Killer {
 public:
  explicit Killer(unsigned seed) : random_(seed), thread_([this] { work(); }) {}
  ~Killer() { stop(); }
  void stop() {
    over_ = true;
    if (thread_.joinable()) thread_.join();
  }
  int kills() const { return kills_; }

 private:
  std::vector<pid_t> agents() const {
    std::vector<pid_t> all;
    for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
      std::ifstream children(thread.path() / "children");
      for (pid_t child; children >> child;) all.push_back(child);
    }
    return all;
  }
  void work() {
    while (!over_) {
      usleep(std::uniform_int_distribution<useconds_t>(0, 3000)(random_));
      const auto all = agents();
      if (all.empty()) continue;
      const auto which = std::uniform_int_distribution<std::size_t>(0, all.size() - 1)(random_);
      if (::kill(all[which], SIGKILL) == 0) ++kills_;
      usleep(std::uniform_int_distribution<useconds_t>(0, 20'000)(random_));
    }
  }

  std::mt19937 random_;
  std::atomic<bool> over_ = false;
  std::atomic<int> kills_ = 0;
  std::thread thread_;
};

// MINUSONE_KILLS says how many; the seed is printed.
TEST(Stress, ComesToAnEndAndBlamesNobodyWhenAgentsAreKilledFromOutside) {
  const char* const asked = std::getenv("MINUSONE_KILLS");
  const int wanted = asked == nullptr ? 40 : std::atoi(asked);
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  const PrivateRunLogs logs;
  std::mt19937 random(seed);
  const auto chance = [&] { return std::uniform_int_distribution<int>(0, 1)(random) == 1; };
  for (int kills = 0; kills < wanted;) {
    StressOptions options;
    options.mode = chance() ? Mode::soak : Mode::rounds;
    options.workload = {.writers = 2, .readers = 2, .processes = chance()};
    if (options.workload.processes && chance()) options.workload.death = Death::any;
    if (chance()) options.widen.by = Widen::By::yield;
    options.time_limit = std::chrono::milliseconds(300);
    options.seed = random();
    const auto began = std::chrono::steady_clock::now();
    Killer killer(static_cast<unsigned>(random()));
    const auto result = stress(Module::load("safe/robust_mutex", module_kind(options)), options);
    killer.stop();
    kills += killer.kills();
    EXPECT_NE(result.verdict, Verdict::violated) << command_line("safe/robust_mutex", options);
    EXPECT_TRUE(result.verdict == Verdict::holds || !result.limits.empty());
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));
  }
  clean();
  EXPECT_TRUE(std::filesystem::is_empty(RunLog::directory()));
}

TEST(Stress, SaysThatAnAgentCouldNotBeMade) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "AddressSanitizer itself needs more addresses than this test leaves";
#endif
  // In a child, for the limit on addresses is one of the process, and so are large stacks.
  Child little([] {
    const rlimit addresses{1ULL << 30, 1ULL << 30};
    setrlimit(RLIMIT_AS, &addresses);
    pthread_attr_t large;
    pthread_attr_init(&large);
    pthread_attr_setstacksize(&large, 64U << 20);
    pthread_setattr_default_np(&large);
    StressOptions options;
    options.workload = {.writers = 64, .readers = 64, .processes = false};
    options.time_limit = std::chrono::milliseconds(300);
    const auto result = stress(Module::load("safe/robust_mutex", ModuleKind::native), options);
    if (result.verdict != Verdict::inconclusive || result.limits.empty() ||
        result.limits.front().find("could not begin") == std::string::npos) {
      _exit(1);
    }
  });
  EXPECT_EQ(little.end(), 0);
}

}  // namespace
}  // namespace minusone
