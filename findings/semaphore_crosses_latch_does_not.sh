#!/bin/sh
# Of C++20's ways to wait in libstdc++, std::binary_semaphore and std::counting_semaphore in shared memory wake another process;
# std::latch and std::atomic<int>::wait beside them never do, though all are one word and one futex.
#
# A notification of an atomic is skipped unless a waiter is counted, and the counts lie in a table of the process that waits
# (__waiter_pool in <bits/atomic_wait.h>); the semaphore counts by itself and always wakes (__atomic_notify_address_bare).
# That it reaches the other process is luck: the private flag stands behind _GLIBCXX_HAVE_LINUX_FUTEX_PRIVATE, which is not
# defined in this build, so the futexes are shared ones.
#
# Documented: the standard knows no processes; [atomics.lockfree] recommends that lock-free operations be address-free, and
# is_always_lock_free is true of the atomic.
# Seen on: libstdc++ of GCC 12.2.0 (Debian 12), Linux 6.18.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
cd "$work"
try() { "$@" || { echo "not tried: $*" >&2; exit 2; }; }

cat > it.cpp <<'END'
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <latch>
#include <new>
#include <semaphore>
#include <string>

struct Shared {
  std::binary_semaphore binary{0};
  std::counting_semaphore<> counting{0};
  std::latch latch{1};
  std::atomic<int> atomic{0};
};

char state_of(pid_t process) {
  std::ifstream stat("/proc/" + std::to_string(process) + "/stat");
  std::string text;
  std::getline(stat, text);
  return text[text.rfind(')') + 2];
}

/// Whether a process that sleeps in `wait` comes back from it within two seconds of `notify`.
template <class Wait, class Notify>
bool wakes(Wait wait, Notify notify) {
  const pid_t sleeper = fork();
  if (sleeper == 0) {
    alarm(20);
    wait();
    _exit(0);
  }
  while (state_of(sleeper) != 'S') usleep(1000);
  notify();
  bool ended = false;
  for (int i = 0; i < 2000 && !ended; i++, usleep(1000)) ended = waitpid(sleeper, nullptr, WNOHANG) == sleeper;
  if (ended) return true;
  kill(sleeper, SIGKILL);
  waitpid(sleeper, nullptr, 0);
  return false;
}

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto& shared = *new (page) Shared;
  const bool binary = wakes([&] { shared.binary.acquire(); }, [&] { shared.binary.release(); });
  const bool counting = wakes([&] { shared.counting.acquire(); }, [&] { shared.counting.release(); });
  const bool latch = wakes([&] { shared.latch.wait(); }, [&] { shared.latch.count_down(); });
  const bool atomic = wakes([&] { shared.atomic.wait(0); }, [&] { shared.atomic = 1, shared.atomic.notify_all(); });
  std::printf("seen:     woken: binary_semaphore %d, counting_semaphore %d, latch %d, atomic %d\n", binary, counting, latch,
              atomic);
  return binary && counting && !latch && !atomic ? 0 : 1;
}
END
echo "version:  $(g++ --version | head -n 1), $(uname -sr)"
echo "expected: all four alike"
try g++ -std=c++20 -O1 it.cpp -o it
timeout 60 ./it
