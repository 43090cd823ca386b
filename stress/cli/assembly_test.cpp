// Sources with inline assembly, as the command takes them: what an instruction does to memory is a
// step, and what is no step is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "stress/cli/testing/inline_assembly.h"

namespace minusone::cli {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* unknown_blocks = R"(#include "copy.h"
int word, others[8];
#define ZERO(to) __asm__ __volatile__("rep stosb" : "+D"(to) : "a"(0), "c"(4L) : "memory")
asm(".text\n.globl sneaky\nsneaky: movl $1, (%rdi)\nret");
static int jumps(int* p) {
  asm goto("lock decl %0; push %%rax; pop %%rax; jz %l1" : : "m"(*p) : "memory", "cc" : out);
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
  for (const std::string verb : {"explore one.c", "explore --programs one.c one.c",
                                 "replay one.c 77108ab24f40:1w2r1m8b:w1x5.r1x3.r2x7", "play one.c",
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

/// Two threads add 1 in ADD, and both are there in the end.
constexpr const char* adds = R"(
#include <assert.h>
#include <pthread.h>
int x;
static void* add(void* unused) {
  ADD
  return unused;
}
int main(void) {
  pthread_t t[2];
  for (int i = 0; i < 2; i++) pthread_create(&t[i], 0, add, 0);
  for (int i = 0; i < 2; i++) pthread_join(t[i], 0);
  assert(x == 2);
  return 0;
}
)";

struct Add {
  const char* text;
  int status;
  const char* executions;
};

TEST_F(InlineAssembly, IsStepsInTheirTrueNumber) {
  const Add all[] = {
      {R"c(int v; asm volatile("movl %1, %0" : "=r"(v) : "m"(x));
          v++; asm volatile("movl %1, %0" : "=m"(x) : "r"(v));)c",
       1, "all 4 executions, 2 of them wrong"},
      {R"c(int v; asm volatile("movl (%1), %0" : "=r"(v) : "r"(&x) : "memory");
          v++; asm volatile("movl %1, (%0)" : : "r"(&x), "r"(v) : "memory");)c",
       1, "all 4 executions, 2 of them wrong"},
      {R"c(asm volatile("incl %0" : "+m"(x) : : "cc");)c", 1, "all 4 executions, 2 of them wrong"},
      {R"c(asm volatile("lock incl %0" : "+m"(x) : : "cc");)c", 0,
       "all 2 executions, none of them wrong"},
      {R"c(int one = 1; asm volatile("lock; xaddl %0, %1" : "+r"(one), "+m"(x) : : "cc");)c", 0,
       "all 2 executions, none of them wrong"},
      // It fails once in two of four orders, and then it has only read.
      {R"c(int old, done;
          asm volatile("movl %1, %0" : "=r"(old) : "m"(x));
          do asm volatile("lock cmpxchgl %3, %1" : "=@ccz"(done), "+m"(x), "+a"(old)
                          : "r"(old + 1) : "memory"); while (!done);)c",
       0, "all 4 executions, none of them wrong"},
      {R"c(asm goto("lock addl $1, %0; jnz %l1" : : "m"(x) : "cc", "memory" : done); done:;)c", 0,
       "all 2 executions, none of them wrong"},
      // A lock: the loop waits, and what it guards is ordered.
      {R"c(static int lock; int taken;
          do { taken = 1; asm volatile("xchgl %0, %1" : "+r"(taken), "+m"(lock) : : "memory"); }
          while (taken);
          x++;
          asm volatile("movl $0, %0" : "=m"(lock) : : "memory");)c",
       0, "none of them wrong"},
      {R"c(static int lock; int taken;
          do { taken = 1; asm volatile("movl %1, %0" : "+r"(taken), "+m"(lock) : : "memory"); }
          while (taken);
          asm volatile("movl $1, %0" : "=m"(lock) : : "memory");
          x++;
          asm volatile("movl $0, %0" : "=m"(lock) : : "memory");)c",
       1, "of them wrong"},
      {R"c(asm volatile("incl %0" : "+m"(x) : : "cc"); x++; x--;)c", 1, "of them wrong"},
  };
  for (const Add& one : all) {
    std::string text = adds;
    text.replace(text.find("ADD"), 3, one.text);
    write("adds.c", text);
    with_two_compilers([&](const std::string& options) {
      EXPECT_EQ(minusone("explore adds.c" + options), one.status) << one.text << options;
      EXPECT_THAT(read("out"), AllOf(HasSubstr(one.executions), HasSubstr("complete: exhaustive")))
          << one.text << options << read("err");
    });
  }
}

TEST_F(InlineAssembly, IsToldByItsLineAndReplayed) {
  std::string text = adds;
  text.replace(text.find("ADD"), 3, R"c(asm volatile("incl %0" : "+m"(x) : : "cc");)c");
  write("adds.c", text);
  with_each_compiler([&](const std::string& options) {
    EXPECT_EQ(minusone("explore adds.c --no-color" + options), 1);
    const auto out = read("out");
    EXPECT_THAT(out,
                AllOf(HasSubstr(":6 loads "), HasSubstr(":6 stores "), HasSubstr("undoes step")))
        << options;
    EXPECT_EQ(minusone(replay_of(out) + " --no-color"), 1) << options << read("err");
    EXPECT_THAT(read("out"), HasSubstr(":6 stores ")) << options;
  });
}

/// GIVE and TAKE hand over a message, which is plain memory.
TEST_F(InlineAssembly, ThatReadsTheClockFindsThatTimeStandsStill) {
  write("clock.c", R"(
#include <assert.h>
#include <x86intrin.h>
int volatile x;
int main(void) {
  unsigned low, high, more, last, processor;
  asm volatile("rdtsc" : "=a"(low), "=d"(high));
  asm volatile("rdtscp" : "=a"(more), "=d"(last), "=c"(processor));
  x = 1;
  assert(low == more && high == last);
  assert(__rdtsc() == low);
  return 0;
}
)");
  with_two_compilers([&](const std::string& options) {
    EXPECT_EQ(minusone("explore clock.c" + options), 0) << options << read("out") << read("err");
  });
}

/// To add 1 to x by a load and a store that no hook tells of.
struct Way {
  const char* name;
  const char* declares;
  const char* adds;
  const char* options = "";
};

constexpr Way ways[] = {
    {"movhps", "long x __attribute__((aligned(16)));",
     R"c(__m128i v = _mm_castps_si128(_mm_loadh_pi(_mm_setzero_ps(), (const __m64*)&x));
         v = _mm_add_epi64(v, _mm_set1_epi64x(1));
         _mm_storeh_pi((__m64*)&x, _mm_castsi128_ps(v));)c"},
    {"movlps", "long x __attribute__((aligned(16)));",
     R"c(__m128i v = _mm_castps_si128(_mm_loadl_pi(_mm_setzero_ps(), (const __m64*)&x));
         v = _mm_add_epi64(v, _mm_set1_epi64x(1));
         _mm_storel_pi((__m64*)&x, _mm_castsi128_ps(v));)c"},
    {"lddqu", "union { __m128i all; long x; } u;\n#define x u.x",
     "u.all = _mm_add_epi64(_mm_lddqu_si128(&u.all), _mm_set_epi64x(0, 1));", " --flags -msse3"},
    {"adc", "unsigned long long x;", "_addcarry_u64(0, x, 1, &x);"},
    {"sbb", "unsigned long long x;", "_subborrow_u64(0, x, -1ULL, &x);"},
    {"struct",
     "struct S { long n, a, b; } u;\n#define x u.n\n__attribute__((noinline)) static struct S "
     "plus(struct S s) { s.n++; return s; }",
     "u = plus(u);"},
    {"no_sanitize",
     "#undef no_sanitize\nint x;\n__attribute__((no_sanitize(\"thread\"), noinline)) static void "
     "plus(void) { x = x + 1; }",
     "plus();"},
    {"no_sanitize_thread",
     "#undef no_sanitize_thread\nint x;\n__attribute__((no_sanitize_thread, noinline)) static int "
     "plus(int* to) { return ++*to; }",
     "plus(&x);"},
    {"goto", "int x;",
     R"c(int v = x; asm goto("incl %0; jz %l[done]" : "+r"(v) : : "cc" : done); x = v; done:;)c"},
};

TEST_F(InlineAssembly, OrWhatElseNoHookTellsOfIsStepsToo) {
  for (const Way& way : ways) {
    std::string text = adds;
    text.replace(text.find("int x;"), 6, way.declares);
    text.replace(text.find("ADD"), 3, way.adds);
    write("adds.c", "#include <immintrin.h>\n" + text);
    with_each_compiler([&](const std::string& options) {
      const int status = minusone("explore adds.c" + options + way.options);
      if (status == 2) {  // one instruction has the load that a hook tells of, and the store
        EXPECT_THAT(read("err"), HasSubstr("before which the compiler has put no hook"))
            << way.name;
        EXPECT_THAT(way.name, testing::AnyOf(testing::StrEq("adc"), testing::StrEq("sbb")));
        return;
      }
      EXPECT_EQ(status, 1) << way.name << options << read("out") << read("err");
      EXPECT_THAT(read("out"), HasSubstr("x == 2")) << way.name << options;
    });
  }
}

TEST_F(InlineAssembly, OrWhatIsLookedForBesideStopsNoHonestProgram) {
  write("honest.cpp", R"(
#include <array>
#include <cassert>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>
static std::mutex m;
static std::vector<std::string> all;
static std::string text;
struct Place { double x, y, z; } place;
static Place moved(Place from, double by) { from.x += by; from.y *= 2; return from; }
static std::optional<std::array<long, 5>> maybe(int i) {
  if (i < 0) return {};
  return std::array<long, 5>{1, 2, 3, 4, i};
}
struct Base { virtual ~Base() = default; virtual int size() const { return 1; } };
struct Derived : Base {
  std::string on_heap = "a string that is too long to lie in its object";
  int size() const override { return static_cast<int>(on_heap.size()); }
};
static void work(int i) {
  std::unique_ptr<Base> b(i != 0 ? new Derived : new Base);
  std::lock_guard<std::mutex> hold(m);
  all.push_back("number " + std::to_string(i * 12345 + b->size()));
  text += std::string(20, '-') + all.back();
  place = moved(place, i);
  if (const auto a = maybe(i)) text.append(std::to_string((*a)[4]));
}
int main() {
  std::thread one(work, 0), other(work, 1);
  one.join();
  other.join();
  assert(all.size() == 2 && text.size() > 40 && place.x == 1);
}
)");
  with_each_compiler([&](const std::string& options) {
    EXPECT_EQ(minusone("explore honest.cpp" + options), 0) << options << read("out") << read("err");
    EXPECT_THAT(read("out"), HasSubstr("all 2 executions")) << options;
  });
}

TEST_F(InlineAssembly, IsNoMoreUnseenWhereAnIntrinsicFunctionMakesIt) {
  std::string text = adds;
  text.replace(text.find("ADD"), 3, "_mm_stream_si32(&x, x + 1);");
  write("adds.c", "#include <x86intrin.h>" + text);
  EXPECT_EQ(minusone("explore adds.c"), 2) << "GCC puts no hook before it";
  EXPECT_THAT(read("err"), HasSubstr("(`movnti"));
  if (std::system("command -v clang++ >/dev/null") != 0) return;
  EXPECT_EQ(minusone("explore adds.c --compiler clang++"), 1) << "clang does";
  EXPECT_THAT(read("out"), HasSubstr("all 4 executions")) << read("err");
}

TEST_F(InlineAssembly, IsRefusedWhereItsOutputLiesInRegistersThatAreNotKnown) {
  const std::pair<const char*, const char*> outputs[] = {
      {"long double y;", R"c(asm("fld1" : "=t"(y));)c"},
      {"double y;", R"c(asm("fld1" : "=t"(y));)c"},
      {"__m256i y;", R"c(asm("vpxor %0, %0, %0" : "=x"(y));)c"},
  };
  for (const auto& [declares, block] : outputs) {
    write("one.c", std::string("#include <immintrin.h>\n") + declares + "\nint main(void) {\n" +
                       block + "\nreturn 0;\n}\n");
    for (const std::string level : {"", " --optimized"}) {
      EXPECT_EQ(minusone("explore one.c --flags -mavx2" + level), 2) << block << level;
      EXPECT_THAT(read("err"), HasSubstr("one.c:4 (`")) << block << level;
    }
  }
}

TEST_F(InlineAssembly, HasNoWordsThatASourceMayNotUseItself) {
  write("words.c", R"(
#define unused __attribute__((unused))
unused static int disable_sanitizer_instrumentation, no_sanitize;
__attribute__((no_sanitize("thread"))) static int f(unused int x) { return x + no_sanitize; }
int main(void) { no_sanitize = 1; return f(0) - 1; }
)");
  with_two_compilers([&](const std::string& options) {
    EXPECT_EQ(minusone("build words.c -o words.so" + options), 0) << read("err");
    EXPECT_EQ(read("err"), "") << options;
  });
}

TEST_F(InlineAssembly, MayLeaveItsOutputInSharedMemory) {
  // The store is the compiler's, behind the block, and GCC's pass does not see it.
  for (const char* add :
       {R"c(asm volatile("incl %0" : "+r"(x) : : "cc");)c",
        R"c(int* to = &x; asm volatile("leal 1(%1), %0" : "=r"(*to) : "r"(x));)c",
        R"c(int z; asm volatile("incl %0; testl %0, %0" : "+r"(x), "=@ccnz"(z)); assert(z);)c"}) {
    std::string text = adds;
    text.replace(text.find("ADD"), 3, add);
    write("adds.c", text);
    with_each_compiler([&](const std::string& options) {
      EXPECT_EQ(minusone("explore adds.c" + options), 1) << add << options << read("err");
      EXPECT_THAT(read("out"), AllOf(HasSubstr("all 4 executions"), HasSubstr("x == 2")))
          << add << options;
    });
  }
}

TEST_F(InlineAssembly, IsSeenInAFunctionThatAsksNotToBe) {
  for (const std::string attribute :
       {"__attribute__((no_sanitize_thread))", "__attribute__((no_sanitize(\"thread\")))",
        "__attribute__((__no_sanitize__(\"thread\"), noinline))"}) {
    std::string text = adds;
    text.replace(text.find("ADD"), 3, "x++;");
    text.replace(text.find("static void* add"), 6, attribute + " static");
    write("adds.c", text);
    with_two_compilers([&](const std::string& options) {
      EXPECT_EQ(minusone("explore adds.c" + options), 1) << attribute << options << read("err");
    });
  }
}

}  // namespace
}  // namespace minusone::cli
