// Code of a source that runs before its main().
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "stress/cli/testing/source_file.h"

namespace minusone::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// The thread that loads the module is none of the program's: its variable is nobody's.
TEST_F(SourceFile, IsRefusedWhereAConstructorUsesAThreadLocalVariable) {
  write("keeps.cpp", R"(
#include <atomic>
#include <thread>
thread_local std::atomic<int> local;
std::atomic<int>* const kept = &local;
void add() { int seen = *kept; *kept = seen + 1; }
int main() { std::thread one(add), two(add); one.join(); two.join(); return *kept != 2; }
)");
  write("writes.c", R"(
__thread int local;
static int x;
__attribute__((constructor)) static void early(void) { local = 7; }
int main(void) { x = 1; return local != 7; }
)");
  const auto keeps = minusone("explore keeps.cpp"), writes = minusone("explore writes.c");
  EXPECT_EQ(keeps.status, 2) << keeps.out;
  EXPECT_THAT(keeps.err, HasSubstr("keeps the address of a thread-local variable"));
  EXPECT_EQ(writes.status, 2) << writes.out;
  EXPECT_THAT(writes.err, HasSubstr("writes to a thread-local variable"));
}

TEST_F(SourceFile, MayInitialiseAndUseAnyObjectBeforeMain) {
  write("prog.cpp", R"(
#include <condition_variable>
#include <mutex>
#include <semaphore.h>
#include <thread>
#include <cassert>
#include <cstdlib>
std::mutex mutex;
std::condition_variable changed;
struct Semaphore {
  sem_t s;
  explicit Semaphore(unsigned value) { sem_init(&s, 0, value); }
  void take() { sem_wait(&s); }
  void give() { sem_post(&s); }
} one(1);
sem_t posted;
pthread_mutex_t recursive;
pthread_barrier_t both;
__attribute__((constructor)) static void early() {
  pthread_mutexattr_t type;
  pthread_mutexattr_init(&type);
  pthread_mutexattr_settype(&type, PTHREAD_MUTEX_RECURSIVE);
  pthread_mutex_init(&recursive, &type);
  pthread_mutex_lock(&recursive);
  pthread_barrier_init(&both, nullptr, 2);
  static std::mutex local;
  local.lock();
  local.unlock();
  sem_init(&posted, 0, 0);
  sem_post(&posted);
  std::srand(1);
}
int count;
bool ready;
int main() {
  pthread_mutex_lock(&recursive);  // it has been ours since before main()
  std::thread other([] {
    one.take();
    ++count;
    one.give();
    std::lock_guard<std::mutex> hold(mutex);
    ready = true;
    changed.notify_one();
  });
  one.take();
  ++count;
  one.give();
  sem_wait(&posted);
  {
    std::unique_lock<std::mutex> hold(mutex);
    changed.wait(hold, [] { return ready; });
  }
  other.join();
  assert(count == 2);
}
)");
  const auto ran = minusone("explore prog.cpp");
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("complete"));
  // And it is their state that counts: nobody gives what nobody has.
  write("stuck.c", R"(
#include <semaphore.h>
static sem_t none;
__attribute__((constructor)) static void early(void) { sem_init(&none, 0, 1); sem_wait(&none); }
int main(void) { sem_wait(&none); }
)");
  EXPECT_EQ(minusone("explore stuck.c").status, 1);
}

TEST_F(SourceFile, IsRefusedInASentenceWhereAConstructorCannotGoOn) {
  const std::pair<const char*, const char*> cases[] = {
      {"sem_t s; sem_init(&s, 0, 0); sem_wait(&s);", "nobody to wake it"},
      {"sem_t s; sem_init(&s, 0, 1); sem_destroy(&s); sem_wait(&s);",
       "a semaphore is used that was destroyed"},
      {"exit(0);", "it calls exit()"},
      {"_exit(0);", "it calls exit()"},
      {"abort();", "abort"},
      {"*(volatile int*)8 = 1;", "SIGSEGV"},
      {"for (volatile int i = 0;; i++);", "endless loop"},
  };
  for (const auto& [body, says] : cases) {
    write("prog.c", std::string("#include <semaphore.h>\n#include <stdlib.h>\n#include <unistd.h>\n"
                                "__attribute__((constructor)) static void early(void) {") +
                        body + "}\nint main(void) { return 0; }\n");
    const auto ran = minusone("explore prog.c");
    EXPECT_EQ(ran.status, 2) << body;
    EXPECT_THAT(ran.err, AllOf(HasSubstr("before main()"), HasSubstr(says))) << body;
  }
}

}  // namespace
}  // namespace minusone::cli
