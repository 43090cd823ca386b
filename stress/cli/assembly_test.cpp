// Sources with inline assembly, as the command takes them: what is no step is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class InlineAssembly : public testing::Test {
 protected:
  InlineAssembly() {
    char name[] = "/tmp/minusone-assembly-XXXXXX";
    if (mkdtemp(name) != nullptr) directory_ = name;
  }
  ~InlineAssembly() override { fs::remove_all(directory_); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(directory_ / name) << text;
  }
  std::string read(const std::string& name) const {
    std::ifstream stream(directory_ / name);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  /// @return its exit status
  int minusone(const std::string& arguments) const {
    const int status =
        std::system(("cd " + directory_.string() + " && XDG_CACHE_HOME=" + directory_.string() +
                     "/cache " + MINUSONE_COMMAND + " " + arguments + " >out 2>err </dev/null")
                        .c_str());
    return WEXITSTATUS(status);
  }
  /// What every compiler that is here makes of it, at -O0 and at -O2.
  template <class Check>
  void with_each_compiler(const Check& check) const {
    for (const std::string compiler : {"g++", "clang++"}) {
      if (std::system(("command -v " + compiler + " >/dev/null").c_str()) != 0) continue;
      for (const std::string level : {"", " --optimized"}) check(" --compiler " + compiler + level);
    }
  }

  fs::path directory_;
};

constexpr const char* unknown_blocks = R"(#include "copy.h"
int word, others[8];
#define ZERO(to) __asm__ __volatile__("rep stosb" : "+D"(to) : "a"(0), "c"(4L) : "memory")
asm(".text\n.globl sneaky\nsneaky: movl $1, (%rdi)\nret");
static int jumps(int* p) {
  asm goto("lock decl %0; clflush %0; jz %l1" : : "m"(*p) : "memory", "cc" : out);
  return 0;
out:
  return 1;
}
int main(void) {
  char* to = (char*)others;
  asm volatile("" ::: "memory");
  asm volatile("pause; nop");
  asm volatile("movnti %1, %0" : "=m"(word) : "r"(2) : "memory");
  ZERO(to);
  asm volatile("call *%0" ::"r"(main) : "memory");
  copy(others, &word);
  return jumps(&word);
}
)";
constexpr const char* copy_header = R"(static inline void copy(void* to, const void* from) {
  long n = 4;
  __asm__ volatile("cld\n\trep movsb" : "+D"(to), "+S"(from), "+c"(n) :: "memory");
}
)";

TEST_F(InlineAssembly, ThatMayTouchMemoryIsRefusedByFileAndLine) {
  write("blocks.c", unknown_blocks);
  write("copy.h", copy_header);
  with_each_compiler([&](const std::string& options) {
    EXPECT_EQ(minusone("explore blocks.c" + options), 2);
    EXPECT_THAT(read("err"),
                AllOf(HasSubstr("inline assembly that may touch memory would be no step"),
                      HasSubstr(" outside of any function (`"), HasSubstr(" blocks.c:6 (`"),
                      HasSubstr(" blocks.c:15 (`movnti"), HasSubstr(" blocks.c:16 (`rep stosb"),
                      HasSubstr(" blocks.c:17 (`call"), HasSubstr(" copy.h:3 (`rep movsb")))
        << options;
    EXPECT_THAT(read("err"), AllOf(Not(HasSubstr("blocks.c:13")), Not(HasSubstr("blocks.c:14"))))
        << "neither a barrier of the compiler nor a pause is refused";
    EXPECT_EQ(read("out"), "");
  });
}

TEST_F(InlineAssembly, IsRefusedByEveryVerbThatMakesAModule) {
  write("one.c",
        "int x;\nint main(void) { asm volatile(\"clflush %0\" : \"+m\"(x)); return x; }\n");
  for (const std::string verb :
       {"explore one.c", "explore --programs one.c one.c", "replay one.c 77108ab24f40:1w2r1m8b:w1x5.r1x3.r2x7", "play one.c",
        "build one.c -o one.so", "build one.c -o one.so --optimized"}) {
    EXPECT_EQ(minusone(verb), 2) << verb;
    EXPECT_THAT(read("err"), HasSubstr("one.c:2 (`clflush")) << verb;
  }
  EXPECT_FALSE(fs::exists(directory_ / "one.so"));
}

TEST_F(InlineAssembly, ThatIsABarrierOrAPauseIsTaken) {
  write("spin.c", R"(
#include <pthread.h>
#include <stdatomic.h>
static atomic_int ready;
static void* wait(void* unused) {
  while (!atomic_load(&ready)) {
    __asm__ __volatile__("pause");
    __asm__ __volatile__("rep; nop" ::: "memory");
    __asm__ __volatile__("" ::: "memory");
  }
  return unused;
}
int main(void) {
  pthread_t thread;
  pthread_create(&thread, 0, wait, 0);
  atomic_store(&ready, 1);
  return pthread_join(thread, 0);
}
)");
  with_each_compiler([&](const std::string& options) {
    EXPECT_EQ(minusone("explore spin.c" + options), 0) << read("err") << read("out");
  });
}

}  // namespace
