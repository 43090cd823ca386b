// Where the command keeps what it has built, when it builds it again, and what it does not believe.
// Each test has a cache of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "stress/cli/testing/source_file.h"

namespace minusone::cli {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

TEST_F(SourceFile, IsBuiltAgainWhenAHeaderChangesAndNotOtherwise) {
  write("adds.c", fetch_add);
  write("sizes.h", "#define N 3\n");
  EXPECT_EQ(executions("adds.c -D HEADER"), 6U);
  EXPECT_EQ(executions("adds.c -D HEADER"), 6U);
  EXPECT_EQ(cached(), 1);
  write("sizes.h", "#define N 4\n");
  EXPECT_EQ(executions("adds.c -D HEADER"), 24U);
  EXPECT_EQ(cached(), 2);
}

TEST_F(SourceFile, IsBuiltAgainByAnotherCommand) {
  // What a command does to a source is in its code, which says itself whether it is the same.
  write("adds.c", fetch_add);
  EXPECT_EQ(executions("adds.c"), 2U);
  fs::copy(MINUSONE_COMMAND, directory_ / "minusone");
  std::ofstream(directory_ / "minusone", std::ios::app | std::ios::binary) << "another";
  const auto line = "cd " + directory_.string() + " && XDG_CACHE_HOME=" + directory_.string() +
                    "/cache ./minusone explore adds.c --quiet >out 2>err </dev/null";
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(std::system(line.c_str()), 0) << read("err");
    EXPECT_EQ(cached(), 2);
  }
}

TEST_F(SourceFile, FindsItsBuildAgainForAReplayFromAnywhere) {
  const auto source = write("lost.c", R"(
#include <assert.h>
#include <pthread.h>
int word;
void* add(void* unused) { word = word + 1; return unused; }
int main(void) {
  pthread_t threads[2];
  for (int i = 0; i < 2; i++) pthread_create(&threads[i], 0, add, 0);
  for (int i = 0; i < 2; i++) pthread_join(threads[i], 0);
  assert(word == 2);
  return 0;
})");
  const auto ran = minusone("explore lost.c --json -");
  EXPECT_EQ(ran.status, 1) << ran.err;
  std::string schedule;
  const auto result = nlohmann::json::parse(ran.out).at(0);
  for (const auto& property : result.at("properties")) {
    if (property.at("name") == "no_fault") schedule = property.at("schedule");
  }
  fs::remove_all(directory_ / "cache");  // the same source and compiler make the same build
  const auto replayed = minusone("replay " + source + " " + schedule + " --times 20");
  EXPECT_EQ(replayed.status, 1) << replayed.err;
  EXPECT_THAT(replayed.out, AllOf(HasSubstr("an assertion failed: word == 2"),
                                  HasSubstr("20 of 20 times the same trace")));
  const auto other = minusone("replay " + source + " " + schedule + " -D OTHER");
  EXPECT_EQ(other.status, 1) << "a macro that nobody asks for makes no other build";
  write("lost.c", "int word;\nint main(void) { word = 1; return 0; }\n");
  const auto changed = minusone("replay " + source + " " + schedule);
  EXPECT_EQ(changed.status, 2);
  EXPECT_THAT(changed.err, HasSubstr("the schedule belongs to build " + schedule.substr(0, 12)));
}

TEST_F(SourceFile, MayBeBuiltByManyAtOnce) {
  write("adds.c", fetch_add);
  const auto line = command_line("explore adds.c --quiet");
  std::vector<std::thread> runs;
  std::atomic<int> failed = 0;
  for (int i = 0; i < 4; ++i) runs.emplace_back([&] { failed += std::system(line.c_str()) != 0; });
  for (auto& run : runs) run.join();
  EXPECT_EQ(failed, 0) << read("err");
  EXPECT_EQ(cached(), 1);
}

/// Without XDG_CACHE_HOME and HOME the cache has a well-known name in the folder of temporary
/// files, and anybody may have made it first.
class CacheInTemporaryFiles : public SourceFile {
 protected:
  CacheInTemporaryFiles() : cache_(directory_ / ("minusone-cache-" + std::to_string(geteuid()))) {
    write("prog.c", fetch_add);
  }
  Ran explore() const {
    const int status = std::system(("cd " + directory_.string() +
                                    " && env -u HOME -u XDG_CACHE_HOME TMPDIR=. " MINUSONE_COMMAND
                                    " explore prog.c --quiet >out 2>err </dev/null")
                                       .c_str());
    return {WEXITSTATUS(status), read("out"), read("err")};
  }
  /// The module that the first explore() has left.
  fs::path module() const {
    for (const auto& entry : fs::recursive_directory_iterator(cache_)) {
      if (entry.path().extension() == ".so") return entry.path();
    }
    return {};
  }
  void expect_refusal(const std::string& of) const {
    const auto ran = explore();
    EXPECT_EQ(ran.status, 4) << ran.err;
    EXPECT_THAT(ran.err, AllOf(HasSubstr(of), HasSubstr("built module")));
  }

  const fs::path cache_;
};

TEST_F(CacheInTemporaryFiles, IsUsedAgainWhereItIsThisUsersAlone) {
  EXPECT_EQ(explore().status, 0);
  EXPECT_EQ(explore().status, 0);
}

TEST_F(CacheInTemporaryFiles, IsRefusedWhereAnotherUserMadeIt) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can play another user";
  fs::create_directory(cache_);
  ASSERT_EQ(chown(cache_.c_str(), 65534, 65534), 0);
  expect_refusal(cache_.filename());
}

TEST_F(CacheInTemporaryFiles, IsRefusedWhereItIsALinkOrOthersMayWriteToIt) {
  fs::create_directory(directory_ / "elsewhere");
  fs::create_directory_symlink("elsewhere", cache_);
  expect_refusal(cache_.filename());
  fs::remove(cache_);
  fs::create_directory(cache_);
  fs::permissions(cache_, fs::perms::all);
  expect_refusal(cache_.filename());
}

TEST_F(CacheInTemporaryFiles, IsRefusedWhereOthersMayPutAnotherInItsPlace) {
  fs::permissions(directory_, fs::perms::all);
  expect_refusal(cache_.filename());
}

TEST_F(CacheInTemporaryFiles, GivesNoModuleThatOthersMayHaveWritten) {
  ASSERT_EQ(explore().status, 0);
  const auto built = module();
  fs::permissions(built, fs::perms::all);
  expect_refusal("prog.so");
  fs::permissions(built, fs::perms::owner_all);
  fs::permissions(built.parent_path(), fs::perms::all);
  expect_refusal(built.parent_path().filename());
  fs::permissions(built.parent_path(), fs::perms::owner_all);
  EXPECT_EQ(explore().status, 0);
  if (geteuid() != 0) GTEST_SKIP() << "only root can play another user";
  ASSERT_EQ(chown(built.c_str(), 65534, 65534), 0);
  expect_refusal("prog.so");
}

}  // namespace
}  // namespace minusone::cli
