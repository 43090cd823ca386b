// SPIN itself on the models, and the tools around it.
#include "stress/model/verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "stress/model/agreement.h"
#include "stress/model/testing/changed_protocol.h"
#include "stress/modules/module.h"

namespace minusone {
namespace {

namespace fs = std::filesystem;
using testing::ChangedProtocol;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Folders of verifiers below a folder of temporary files that is this test's own.
class OwnTemporaries {
 public:
  OwnTemporaries() {
    std::string pattern = "/tmp/minusone-temporaries-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = pattern;
    setenv("TMPDIR", path_.c_str(), 1);
  }
  ~OwnTemporaries() {
    unsetenv("TMPDIR");
    fs::remove_all(path_);
  }
  std::vector<std::string> left() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(path_))
      names.push_back(entry.path().filename());
    return names;
  }

 private:
  fs::path path_;
};

TEST(Models, NameLinesThatStandInTheSource) {
  std::size_t checked = 0;
  for (const auto& name : protocol_names()) {
    const auto model = find_model(name);
    std::ifstream source(fs::path(MINUSONE_SOURCE) / name / model.source);
    std::vector<std::string> lines{""};
    for (std::string line; std::getline(source, line);) lines.push_back(line);
    EXPECT_GE(model.named.size(), 8U) << name;
    for (const auto& [at, named] : model.named) {
      ASSERT_LT(static_cast<std::size_t>(named.line), lines.size()) << name << " line " << at;
      EXPECT_THAT(lines[static_cast<std::size_t>(named.line)], HasSubstr(named.text))
          << name << ", line " << at << " of the model";
      ++checked;
    }
  }
  EXPECT_GT(checked, 100U);
}

TEST(Models, SayWhatTheyLeaveOut) {
  for (const auto& name : protocol_names())
    EXPECT_THAT(find_model(name).head, HasSubstr("Left out:")) << name;
}

TEST(Verifier, ReachesMinusOneByAShortestTrail) {
  const Verifier verifier(find_model("naive/counter"), {1, 2, 1}, Verifier::Order::breadth_first,
                          {});
  const auto trail = verifier.seek({1, 2, 1}, "-1 * * * * * * *");
  ASSERT_TRUE(trail.has_value());
  // Three agents of five steps each, and none is wasted.
  EXPECT_EQ(trail->steps.size(), 15U);
  EXPECT_EQ(trail->end->outcome.word, -1);
  EXPECT_EQ(verifier.seek({1, 2, 1}, "-2 * * * * * * *"), std::nullopt);
}

TEST(Verifier, OfMoreAgentsServesFewer) {
  const auto model = find_model("naive/counter");
  const ModelSize size{1, 2, 1, Death::any};
  const Verifier of_more(model, {2, 3, 1, Death::any}, Verifier::Order::breadth_first, {});
  const Verifier exact(model, size, Verifier::Order::breadth_first, {});
  const auto search = of_more.search(size);
  EXPECT_TRUE(search.complete);
  EXPECT_EQ(search.states, exact.search(size).states);
  EXPECT_EQ(search.ends, exact.search(size).ends);
}

TEST(Verifier, ThatMayNotGoDeepEnoughIsNeverComplete) {
  VerifierLimits limits;
  limits.depth = 30;  // the longest path has 38 steps
  const Verifier verifier(find_model("naive/counter"), {1, 2, 1}, Verifier::Order::breadth_first,
                          limits);
  const auto search = verifier.search({1, 2, 1});
  EXPECT_FALSE(search.complete);
  EXPECT_THAT(search.limits, Contains(HasSubstr("max search depth too small")));

  ConformOptions options;
  options.sizes = {{1, 2, 1}};
  options.verifier = limits;
  options.rounds = 0;
  EXPECT_NE(conform("naive/counter", options).verdict(), Verdict::holds);
}

TEST(Verifier, ThatMayNotUseEnoughMemoryIsNeverComplete) {
  VerifierLimits limits;
  limits.megabytes = 1;
  const Verifier verifier(find_model("naive/counter"), {2, 2, 1}, Verifier::Order::breadth_first,
                          limits);
  EXPECT_FALSE(verifier.search({2, 2, 1}).complete);
}

const LivenessResult& result_of(const std::vector<LivenessResult>& all, std::string_view formula) {
  return *std::ranges::find(all, formula, &LivenessResult::formula);
}

TEST(Liveness, OfTheAtomicSlotIsDeliveryAndNotFairness) {
  const auto all = check_liveness(find_model("safe/atomic_slot"), {1, 2, 1}, {});
  EXPECT_TRUE(result_of(all, "delivered").holds);
  EXPECT_TRUE(result_of(all, "a_reader").holds);
  const auto& starves = result_of(all, "reader_1");
  EXPECT_TRUE(starves.fails);
  // It goes round: the writer and the other reader move, reader 1 never does.
  ASSERT_GE(starves.lasso.loop_from, 0);
  ASSERT_LT(static_cast<std::size_t>(starves.lasso.loop_from), starves.lasso.steps.size());
  for (const ModelStep& step : starves.lasso.steps) EXPECT_NE(step.agent, 1);
}

TEST(Liveness, IsNotDecidedByASearchThatWasCut) {
  VerifierLimits limits;
  limits.depth = 40;
  const auto all = check_liveness(find_model("safe/atomic_slot"), {1, 1, 1}, limits);
  const auto& delivered = result_of(all, "delivered");
  EXPECT_FALSE(delivered.holds);
  EXPECT_FALSE(delivered.fails);
  EXPECT_THAT(delivered.limits, Contains(HasSubstr("depth too small")));
}

TEST(Liveness, ThatIsPromisedAndNotKeptIsADisagreement) {
  ChangedProtocol changed("safe/futex_slot");
  auto model = changed.model();
  const std::string wakes = "DONE(asleep = 0)";
  model.replace(model.find(wakes), wakes.size(), "DONE(skip)");
  changed.set_model(model);
  ConformOptions options;
  options.sizes = {{1, 1, 1}};
  options.rounds = 0;
  options.liveness = true;
  const auto report = conform("safe/futex_slot", options);
  EXPECT_TRUE(std::ranges::any_of(report.disagreements, [](const Disagreement& disagreement) {
    return disagreement.what.find("received at last") != std::string::npos;
  }));
}

TEST(Verifier, RefusesAModelThatIsNone) {
  ChangedProtocol changed("naive/flag");
  changed.set_model("// Not Promela.\ninline {\n");
  try {
    conform("naive/flag", {});
    FAIL() << "accepted";
  } catch (const std::runtime_error& refused) {
    EXPECT_THAT(refused.what(), HasSubstr("spin -a does not accept the model"));
  }
}

TEST(Verifier, LeavesNoFolderBehind) {
  const OwnTemporaries temporaries;
  {
    const Verifier verifier(find_model("naive/flag"), {1, 1, 1}, Verifier::Order::breadth_first,
                            {});
    EXPECT_TRUE(verifier.search({1, 1, 1}).complete);
    EXPECT_EQ(temporaries.left().size(), 1U);
  }
  EXPECT_THAT(temporaries.left(), IsEmpty());
}

TEST(RunCommand, NamesThePackageOfAMissingTool) {
  try {
    run_command({"minusone-no-such-tool"}, "/", {});
    FAIL() << "found";
  } catch (const ToolMissing& missing) {
    EXPECT_THAT(missing.what(), HasSubstr("apt-get install gcc"));
  }
}

TEST(RunCommand, EndsWhatTakesTooLongWithAllThatItStarted) {
  CommandLimits limits;
  limits.time = std::chrono::milliseconds(100);
  const auto result = run_command({"sh", "-c", "sleep 1000 & echo $!; wait"}, "/", limits);
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.signal, SIGKILL);
  const pid_t left = std::atoi(result.out.c_str());
  ASSERT_GT(left, 0);
  // Killed it is; whoever inherits it reaps it at some time.
  for (int i = 0; i < 1000 && kill(left, 0) == 0; ++i) {
    std::ifstream stat("/proc/" + std::to_string(left) + "/stat");
    std::string id, name, state;
    stat >> id >> name >> state;
    if (state == "Z") break;
    usleep(10'000);
    ASSERT_LT(i, 999) << "process " << left << " lives on in state " << state;
  }
}

TEST(RunCommand, EndsWhenInterrupted) {
  const std::atomic<bool> interrupted{true};
  CommandLimits limits;
  limits.interrupted = &interrupted;
  EXPECT_TRUE(run_command({"sleep", "1000"}, "/", limits).interrupted);
}

/// Starts `minusone` with these arguments and returns its process id.
pid_t start(const std::vector<std::string>& arguments) {
  std::vector<char*> argv{const_cast<char*>(MINUSONE_COMMAND)};
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t child = fork();
  if (child != 0) return child;
  if (std::freopen("/dev/null", "w", stdout) == nullptr ||
      std::freopen("/dev/null", "w", stderr) == nullptr) {
    _exit(126);
  }
  execv(MINUSONE_COMMAND, argv.data());
  _exit(127);
}

int status_of(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

TEST(Conform, RemovesItsFolderWhenItIsInterrupted) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const OwnTemporaries temporaries;
    const pid_t child = start({"conform", "--all"});
    while (temporaries.left().empty()) usleep(1000);
    kill(child, signal);
    EXPECT_NE(status_of(child), 0);
    EXPECT_THAT(temporaries.left(), IsEmpty()) << "after signal " << signal;
  }
}

TEST(Conform, EndsWithStatusFourWhenSpinIsMissing) {
  setenv("PATH", "/nowhere", 1);
  const pid_t child = start({"conform", "naive/flag"});
  setenv("PATH", "/usr/bin:/bin", 1);
  EXPECT_EQ(status_of(child), 4);
}

}  // namespace
}  // namespace minusone
