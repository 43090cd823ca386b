// What inline assembly, and volatile accesses that are taken for atomic ones, order: as x86 has it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "stress/cli/testing/inline_assembly.h"

namespace minusone::cli {
namespace {

using testing::HasSubstr;

constexpr const char* hands_over = R"(
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
static int message;
static atomic_int ready;
static void* give(void* unused) {
  message = 1;
  GIVE
  return unused;
}
int main(void) {
  pthread_t thread;
  pthread_create(&thread, 0, give, 0);
  int seen = 0;
  TAKE
  if (seen) assert(message == 1);
  pthread_join(thread, 0);
  return 0;
}
)";

TEST_F(InlineAssembly, OrdersAsTheMachineDoes) {
  const std::string store = R"c(asm volatile("movl $1, %0" : "=m"(ready) : : "memory");)c";
  const std::string load = R"c(asm volatile("movl %1, %0" : "=r"(seen) : "m"(ready) : "memory");)c";
  const std::string relaxed_store = "atomic_store_explicit(&ready, 1, memory_order_relaxed);";
  const std::string relaxed_load = "seen = atomic_load_explicit(&ready, memory_order_relaxed);";
  const std::string barrier = R"c(asm volatile("" : : : "memory");)c";
  const std::string fence = R"c(asm volatile("mfence" : : : "memory");)c";
  const std::string old_fence =
      R"c(asm volatile("lock; addl $0, 0(%%rsp)" : : : "memory", "cc");)c";
  struct Case {
    std::string give, take;
    int status;
  };
  const Case all[] = {
      {store, load, 0},
      {relaxed_store, relaxed_load, 1},
      {barrier + relaxed_store, relaxed_load + barrier, 1},  // for the compiler alone
      {fence + relaxed_store, relaxed_load + fence, 0},
      {old_fence + relaxed_store, relaxed_load + old_fence, 0},
      {fence + relaxed_store, relaxed_load, 1},
      {store, relaxed_load, 1},
  };
  for (const Case& one : all) {
    std::string text = hands_over;
    text.replace(text.find("GIVE"), 4, one.give);
    text.replace(text.find("TAKE"), 4, one.take);
    write("gives.c", text);
    with_two_compilers([&](const std::string& options) {
      EXPECT_EQ(minusone("explore gives.c" + options), one.status)
          << one.give << one.take << options << read("out") << read("err");
    });
  }
}

// Its exchange is a full fence, which nothing of C++ is.
TEST_F(InlineAssembly, IsHeldToTheMemoryModelOfTheMachine) {
  write("buffers.c", R"(#include <assert.h>
#include <pthread.h>
static int a, b, seen[2];
static int swap(int* at) {
  int value = 1;
  asm volatile("xchgl %0, %1" : "+r"(value), "+m"(*at) : : "memory");
  return value;
}
static int load(int* at) {
  int value;
  asm volatile("movl %1, %0" : "=r"(value) : "m"(*at) : "memory");
  return value;
}
static void* other(void* none) {
  swap(&b);
  seen[1] = load(&a);
  return none;
}
int main(void) {
  pthread_t thread;
  pthread_create(&thread, 0, other, 0);
  swap(&a);
  seen[0] = load(&b);
  pthread_join(thread, 0);
  assert(seen[0] + seen[1] > 0);
}
)");
  with_two_compilers([&](const std::string& options) {
    EXPECT_EQ(minusone("explore buffers.c" + options), 0) << read("out") << read("err");
    EXPECT_THAT(read("out"), HasSubstr("HOLDS under x86 (TSO)"));
    EXPECT_EQ(minusone("explore buffers.c --memory rc11" + options), 2);
    EXPECT_THAT(read("err"), HasSubstr("--memory tso"));
  });
}

TEST_F(InlineAssembly, VolatileIsAtomicWhereThatIsAsked) {
  std::string text = hands_over;
  text.replace(text.find("GIVE"), 4, "*(volatile int*)&flag = 1;");
  text.replace(text.find("TAKE"), 4, "seen = *(volatile int*)&flag;");
  text.replace(text.find("static int message;"), 19, "static int message, flag;");
  write("gives.c", text);
  with_each_compiler([&](const std::string& options) {
    EXPECT_EQ(minusone("explore gives.c" + options), 1) << options << read("err");
    EXPECT_EQ(minusone("explore gives.c --volatile-atomic" + options), 0)
        << options << read("out") << read("err");
    EXPECT_THAT(read("out"), HasSubstr("repeat: minusone explore gives.c"));
    EXPECT_THAT(read("out"), HasSubstr("--volatile-atomic")) << "a verdict says so";
  });
}

}  // namespace
}  // namespace minusone::cli
