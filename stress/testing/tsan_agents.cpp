// tsan_agents PROTOCOL [threads|processes]: agents on plain memory, for ThreadSanitizer to watch.
// It sees threads of one process; across processes it sees nothing, which is a test of its own.
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstring>
#include <new>
#include <thread>
#include <vector>

#include "protocol/message.h"
#include "protocol/run_log.h"
#include "stress/modules/module.h"

using namespace minusone;

namespace {

constexpr std::uint32_t messages = 200;

/// Readers come second. ThreadSanitizer keeps the last four accesses to a word, and after a
/// reader's only look at a hoisted flag a writer's may push it out before the one that it races
/// with. Relaxed: it must not order what the agents do (C++20 [atomics.order]).
using HasBegun = std::atomic<bool>;

void write_all(const Protocol& protocol, void* at, std::uint32_t writer, HasBegun& begun) {
  char text[16];
  char message[message_frame_bytes + sizeof text];
  for (std::uint32_t i = 0; i < messages; ++i) {
    make_text({writer, i}, text);
    protocol.write(at, message, seal_message({writer, i}, text, message), nullptr);
    begun.store(true, std::memory_order_relaxed);
  }
}

void read_all(const Protocol& protocol, void* at, const HasBegun& begun) {
  while (!begun.load(std::memory_order_relaxed)) sched_yield();
  char message[message_frame_bytes + 16];
  std::size_t size = 0;
  for (std::uint32_t i = 0; i < messages; ++i) {
    protocol.read(at, message, sizeof message, &size, nullptr);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const bool processes = argc > 2 && std::strcmp(argv[2], "processes") == 0;
  const auto module = Module::load(argv[1], ModuleKind::native);
  const Protocol& protocol = module.protocol();
  const auto shared = [](std::size_t bytes) {
    return mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  };
  void* at = shared(protocol.bytes);
  auto& begun = *new (shared(sizeof(HasBegun))) HasBegun(false);
  RunLog log;
  protocol.init(at, log.reserve_key("sem"));
  alarm(60);  // a naive protocol may hang where ThreadSanitizer kept silent; that fails the test
  const int agents = protocol.max_writers == 1 ? 1 : 2;
  if (processes) {
    for (int i = 0; i < 2; ++i) {
      if (fork() == 0) {
        i == 0 ? write_all(protocol, at, 1, begun) : read_all(protocol, at, begun);
        _exit(0);
      }
    }
    int status = 0;
    bool clean = true;
    while (wait(&status) > 0) clean &= status == 0;
    std::puts(clean ? "silent across processes" : "an agent failed");
    return clean ? 0 : 1;
  }
  std::vector<std::thread> threads;
  for (int i = 0; i < agents; ++i) {
    threads.emplace_back(
        [&, i] { write_all(protocol, at, static_cast<std::uint32_t>(i) + 1, begun); });
    threads.emplace_back([&] { read_all(protocol, at, begun); });
  }
  for (auto& thread : threads) thread.join();
  protocol.destroy(at);
  std::puts("no race");
  return 0;
}
