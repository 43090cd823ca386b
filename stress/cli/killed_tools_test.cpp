// Compilers that are killed, at each of their calls and at any moment of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "stress/cli/testing/source_file.h"

namespace minusone::cli {
namespace {

namespace fs = std::filesystem;

/// In place of a compiler: counts its calls, and is killed as plan says, "CALL WHEN SIGNAL".
constexpr const char* mortal = R"(#!/bin/sh
folder=$(dirname "$0")
real=$(basename "$0")
read -r call when signal <"$folder/plan"
made=$(cat "$folder/made")
echo $((made + 1)) >"$folder/made"
if [ "$made" = "$call" ]; then
  case $when in
    during)
      $real "$@" 2>/dev/null &
      # A driver has begun when its first temporary file is there. What only links has none.
      while kill -0 $! 2>/dev/null; do
        set -- "$TMPDIR"/cc*
        [ -e "$1" ] && break
      done
      kill "-$signal" $! 2>/dev/null
      wait $!
      ;;
    after) $real "$@" ;;
  esac
  kill "-$signal" $$
fi
exec $real "$@"
)";

class KilledTools : public SourceFile {
 protected:
  KilledTools() {
    write("adds.c", "int x;\nint main(void) { x = 1; return 0; }\n");
    for (const char* folder : {"tools", "files"}) fs::create_directory(directory_ / folder);
    for (const char* tool : {"tools/gcc", "tools/g++"})
      fs::permissions(write(tool, mortal), fs::perms::owner_all);
    setenv("TMPDIR", (directory_ / "files").c_str(), 1);
  }
  ~KilledTools() override { unsetenv("TMPDIR"); }

  Ran explore(const std::string& plan) const {
    write("tools/plan", plan + "\n");
    write("tools/made", "0\n");
    return minusone("explore adds.c --compiler " + (directory_ / "tools/g++").string());
  }
  int modules() const {
    int count = 0;
    std::error_code none;
    for (const auto& entry : fs::recursive_directory_iterator(directory_ / "cache", none))
      count += entry.path().extension() == ".so" ? 1 : 0;
    return count;
  }
};

TEST_F(KilledTools, LeaveASentenceAndNothingElse) {
  ASSERT_EQ(explore("none").status, 0) << read("err");
  const int calls = std::stoi(read("tools/made"));
  ASSERT_GE(calls, 4);
  for (int call = 0; call < calls; ++call) {
    for (const char* when : {"before", "during", "after"}) {
      for (const char* signal : {"KILL", "TERM", "SEGV"}) {
        fs::remove_all(directory_ / "cache");
        const auto plan = std::to_string(call) + " " + when + " " + signal;
        const auto ran = explore(plan);
        EXPECT_EQ(ran.status, 4) << plan << ran.err;
        EXPECT_THAT(ran.err, testing::HasSubstr(std::string("was ended by SIG") + signal)) << plan;
        EXPECT_EQ(modules(), 0) << plan;
        EXPECT_TRUE(fs::is_empty(directory_ / "files")) << plan;
      }
    }
  }
  EXPECT_EQ(explore("none").status, 0) << read("err");
  EXPECT_EQ(modules(), 1);
  EXPECT_EQ(cached(), 1)
      << "what a compiler wrote whose driver was killed goes with the next build";
}

}  // namespace
}  // namespace minusone::cli
