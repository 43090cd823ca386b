// The command as a user meets it: exit status, what goes to stdout and stderr, what it leaves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct Ran {
  int status;
  std::string out;
  std::string err;
};

std::string slurp(const std::string& path) {
  std::string text;
  if (std::FILE* file = std::fopen(path.c_str(), "r")) {
    char buffer[4096];
    for (std::size_t n; (n = std::fread(buffer, 1, sizeof buffer, file)) > 0;)
      text.append(buffer, n);
    std::fclose(file);
  }
  return text;
}

Ran minusone(const std::string& arguments) {
  char directory[] = "/tmp/minusone-cli-XXXXXX";
  if (mkdtemp(directory) == nullptr) return {-1, "", "mkdtemp failed"};
  const std::string out = std::string(directory) + "/out", err = std::string(directory) + "/err";
  const auto line =
      std::string(MINUSONE_COMMAND) + " " + arguments + " >" + out + " 2>" + err + " </dev/null";
  const int status = std::system(line.c_str());
  Ran ran{WEXITSTATUS(status), slurp(out), slurp(err)};
  std::filesystem::remove_all(directory);
  return ran;
}

TEST(Command, ListNamesEveryProtocolWithItsClaims) {
  const auto ran = minusone("list");
  EXPECT_EQ(ran.status, 0);
  for (const auto* name : {"naive/article", "naive/counter", "naive/hoisted_flag",
                           "safe/robust_mutex", "safe/spsc_ring"}) {
    EXPECT_THAT(ran.out, HasSubstr(name));
  }
  EXPECT_THAT(ran.out, AllOf(HasSubstr("keeps"), HasSubstr("breaks"), Not(HasSubstr("\x1b"))));
}

TEST(Command, StressPrintsJsonOfTheDocumentedShape) {
  const auto ran = minusone(
      "stress naive/counter --readers 2 --mode rounds --place same --widen yield --rounds 60 "
      "--seed 3 --json -");
  EXPECT_EQ(ran.status, 1);
  const auto json = nlohmann::json::parse(ran.out);
  ASSERT_EQ(json.size(), 1U);
  const auto& result = json[0];
  EXPECT_EQ(result["schema"], "minusone.result/1");
  EXPECT_EQ(result["protocol"], "naive/counter");
  EXPECT_EQ(result["engine"], "stress");
  EXPECT_EQ(result["verdict"], "violated");
  EXPECT_EQ(result["assurance"], "observed");
  EXPECT_EQ(result["seed"], 3);
  for (const auto* key : {"build", "agents", "workload", "model", "limits", "executions", "steps",
                          "seconds", "properties", "outcomes", "races", "environment"}) {
    EXPECT_TRUE(result.contains(key)) << key;
  }
  EXPECT_THAT(result["outcomes"].dump(), HasSubstr("written = -1, lost 0, duplicated 1, torn 0"));
}

TEST(Command, ASafeProtocolExitsWithZero) {
  EXPECT_EQ(
      minusone("stress safe/futex_slot --writers 2 --readers 2 --time-limit 300ms --quiet").status,
      0);
}

struct Refusal {
  const char* arguments;
  const char* says;
};

void PrintTo(const Refusal& refusal, std::ostream* out) { *out << refusal.arguments; }
class BadInput : public testing::TestWithParam<Refusal> {};

TEST_P(BadInput, IsRefusedInAClearSentence) {
  const auto ran = minusone(GetParam().arguments);
  EXPECT_EQ(ran.status, 2) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr(GetParam().says));
  EXPECT_EQ(ran.out, "");
}

INSTANTIATE_TEST_SUITE_P(
    Command, BadInput,
    testing::Values(
        Refusal{"stress naive/conter", "did you mean 'naive/counter'?"},
        Refusal{"explore naive/counter --nondet 1..2", "such as -1..1"},
        Refusal{"explore naive/counter --nondet=-1", "such as -1..1"},
        Refusal{"explore naive/counter --nondet=0..10000", "at most 10000 of them"},
        Refusal{"explore naive/counter --nondet=0..1x", "such as -1..1"},
        Refusal{"explore naive/counter --glibc 3.1", "expected a version such as 2.36"},
        Refusal{"stress naive/counter --writers 0", "--writers"},
        Refusal{"stress naive/counter --readers -3", "--readers"},
        Refusal{"stress naive/counter --messages 99999999999999999999", "--messages"},
        Refusal{"stress naive/counter --text 0", "expected 1 to 65536 bytes"},
        Refusal{"stress naive/counter --text 1GiB", "expected 1 to 65536 bytes"},
        Refusal{"stress naive/counter --widen spin:x", "spin:N"},
        Refusal{"stress naive/counter --time-limit soon", "such as 500ms, 30s, 2m or 1h"},
        Refusal{"stress naive/counter --time-limit 8d", "1ms to 7 days"},
        Refusal{"stress naive/counter --seed -1", "expected 0 or a positive number"},
        Refusal{"stress naive/counter --json /nowhere/at/all.json", "cannot be written"},
        Refusal{"stress naive/counter --frobnicate", "--frobnicate"},
        Refusal{"stress /etc/passwd.so", "expected the path of a protocol module"},
        Refusal{"stress safe/spsc_ring --writers 2 --readers 1", "at most 1 writer, not 2"},
        Refusal{"explore naive/counter --strategy pct:0", "pct:D with a depth D of 1 to 20"},
        Refusal{"explore naive/counter --strategy pos --preemptions 2", "leave --strategy out"},
        Refusal{"explore naive/counter --preemptions -1", "--preemptions"},
        Refusal{"explore naive/counter --crash nobody", "--crash"},
        Refusal{"explore naive/counter --crash any --agents threads", "kills its process"},
        Refusal{"play naive/counter --crash any --agents threads", "kills its process"},
        Refusal{"play --course --crash any", "leave --crash out"},
        Refusal{"step naive/counter --crash nobody", "--crash"},
        Refusal{"grade mine.cpp --crash nobody", "--crash"},
        Refusal{"explore naive/counter --faults eintr:many", "such as eintr:1,spurious:1"},
        Refusal{"explore naive/counter --faults rain:1", "such as eintr:1,spurious:1"},
        Refusal{"explore naive/counter --readers 64", "at most 63 agents"},
        Refusal{"explore naive/conter", "did you mean"},
        Refusal{"replay naive/counter nonsense", "after the build"},
        Refusal{"replay naive/counter x:1w2r1m8b:w1 --gdb 'writer 1@1'", "give --processes"},
        Refusal{"explore", "or else --programs"},
        Refusal{"explore --programs shmread", "--programs"},
        Refusal{"explore --programs shmread nosuch", "no program 'nosuch'"},
        Refusal{"explore --programs shmread shmwrite --input a --input b", "of these programs 1"},
        Refusal{"explore --programs shmread shmwrite --crash writer", "expected any"},
        Refusal{"replay --programs shmread shmwrite 000000000000:p:t0",
                "give --programs, --input and"},
        Refusal{"bench lockstep naive/counter --agents threads", "leave --agents threads out"},
        Refusal{"replay naive/counter 000000000000:1w2r1m8b:w1", "belongs to build 000000000000"},
        Refusal{"report /nowhere.json", "cannot be read: No such file or directory"},
        Refusal{"report /tmp", "it is a folder"}, Refusal{"report /etc/hostname", "it is not JSON"},
        Refusal{"report " MINUSONE_SCHEMA, "it is no array of results"},
        Refusal{"report", "results is required"},
        Refusal{"demo --report /proc/nothing", "expected a folder that you may write to"},
        Refusal{"strss naive/counter", "stress"}, Refusal{"", "subcommand"}));

TEST(Command, ReportTurnsResultsIntoEveryFormat) {
  char folder[] = "/tmp/minusone-cli-XXXXXX";
  ASSERT_NE(mkdtemp(folder), nullptr);
  const std::string at = folder;
  setenv("GITHUB_STEP_SUMMARY", (at + "/summary.md").c_str(), 1);
  EXPECT_EQ(minusone("explore naive/counter --quiet --json " + at + "/r.json").status, 1);
  unsetenv("GITHUB_STEP_SUMMARY");
  EXPECT_THAT(slurp(at + "/summary.md"), HasSubstr("naive/counter | violated | complete"));
  EXPECT_THAT(slurp(at + "/r.json"), HasSubstr("while (written == 0) sched_yield();"))
      << "sources come with the result";
  const auto ran =
      minusone("report " + at + "/r.json --html " + at + "/r.html --junit " + at +
               "/r.xml --sarif " + at + "/r.sarif --mermaid " + at + "/r.mmd --markdown -");
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.out, slurp(at + "/summary.md"));
  EXPECT_THAT(slurp(at + "/r.html"), HasSubstr("<!doctype html>"));
  EXPECT_THAT(slurp(at + "/r.xml"), HasSubstr("<testsuites"));
  EXPECT_THAT(slurp(at + "/r.sarif"), HasSubstr("naive/counter/counter.cpp"));
  EXPECT_THAT(slurp(at + "/r.mmd"), HasSubstr("sequenceDiagram"));
  const auto shown = minusone("report " + at + "/r.json");
  EXPECT_THAT(shown.out, AllOf(HasSubstr("VIOLATED  naive/counter"), Not(HasSubstr("\x1b"))));
  EXPECT_EQ(minusone("report " + at + "/r.json --html " + at + "/no/r.html").status, 2);
  std::filesystem::remove_all(at);
}

/// What is told of the shortest execution in which the counter has an illegal value.
nlohmann::json minus_one() {
  const auto json = nlohmann::json::parse(minusone("explore naive/counter --json -").out);
  for (const auto& property : json[0]["properties"]) {
    if (property["name"] == "legal_state") return property;
  }
  return {};
}
std::string schedule_to_minus_one() { return minus_one()["schedule"]; }

TEST(Command, ReplaysInRealProcessesAThousandTimesOfAThousand) {
  const auto ran =
      minusone("replay naive/counter " + schedule_to_minus_one() + " --processes --times 1000");
  EXPECT_EQ(ran.status, 1) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("1000 of 1000 times the same trace in real processes"),
                             HasSubstr("written = -1, lost 0, duplicated 1, torn 0")));
}

// gdb finds reader 2 before its first step, in the code that takes it; a breakpoint in the middle
// of the schedule holds it again; and the schedule goes on to its end.
TEST(Command, GdbStopsARealProcessAtAStepAndTheScheduleGoesOn) {
  if (std::system("gdb --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "gdb is not installed";
  const auto found = minus_one();
  char script[] = "/tmp/minusone-gdb-XXXXXX";
  const int file = mkstemp(script);
  const std::string commands = "print written\ntbreak " + found["steps"][11]["line"].dump() +
                               "\ncontinue\nprint written + 40\ncontinue\n";
  ASSERT_EQ(write(file, commands.data(), commands.size()), static_cast<ssize_t>(commands.size()));
  close(file);
  const auto ran = minusone("replay naive/counter " + std::string(found["schedule"]) +
                            " --processes --gdb 'reader 2@9' --gdb-script " + script);
  unlink(script);
  if (ran.status == 4) {
    EXPECT_THAT(ran.err, HasSubstr("kernel.yama.ptrace_scope"));
    GTEST_SKIP() << ran.err;
  }
  EXPECT_EQ(ran.status, 1) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("Counter::read"), HasSubstr("$1 = 1"), HasSubstr("$2 = 41"),
                             HasSubstr("exited normally"), HasSubstr("written = -1"),
                             HasSubstr("1 of 1 times the same trace in real processes")));
}

TEST(Command, CleanHasNothingToDoOnACleanMachine) {
  const auto ran = minusone("clean");
  EXPECT_EQ(ran.status, 0);
}

}  // namespace
