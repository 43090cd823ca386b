#!/bin/sh
# Two processes add to a std::atomic in shared memory: of 16 bytes it is exact although is_lock_free() says false, of 24 bytes it
# loses additions although each operation is atomic. The one answer "not lock-free" covers both.
#
# libatomic does 16 bytes by cmpxchg16b, and says false because a load by it would write. What is larger it guards by a lock out
# of a table in its own data, chosen by address (libatomic/config/posix/lock.c): two processes have two tables.
#
# Documented: [atomics.lockfree] recommends address-freedom of lock-free operations; of others nothing follows, either way.
# Seen on: GCC 12.2.0 with libatomic 12.2.0 (Debian 12), x86-64.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
cd "$work"
try() { "$@" || { echo "not tried: $*" >&2; exit 2; }; }

cat > it.cpp <<'END'
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <new>

constexpr int rounds = 500'000;
template <int size>
struct Words { long word[size]; };

/// What is left of the additions of two processes to the first word.
template <int size>
long added(bool* lock_free) {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto& words = *new (page) std::atomic<Words<size>>{};
  auto& ready = *new (static_cast<char*>(page) + 2048) std::atomic<int>{0};
  for (int process = 0; process < 2; process++) {
    if (fork() != 0) continue;
    for (ready++; ready != 2;) {}
    for (int i = 0; i < rounds; i++) {
      auto old = words.load();
      auto next = old;
      do {
        next = old;
        next.word[0]++;
      } while (!words.compare_exchange_weak(old, next));
    }
    _exit(0);
  }
  while (wait(nullptr) > 0) {}
  *lock_free = words.is_lock_free();
  return words.load().word[0];
}

int main() {
  bool free16, free24;
  const long by16 = added<2>(&free16);
  long by24 = 2 * rounds;
  for (int attempt = 0; attempt < 10 && by24 == 2 * rounds; attempt++) by24 = added<3>(&free24);
  std::printf("seen:     is_lock_free() %d and %ld for 16 bytes, %d and %ld for 24\n", free16, by16, free24, by24);
  return !free16 && !free24 && by16 == 2 * rounds && by24 < 2 * rounds ? 0 : 1;
}
END
[ "$(uname -m)" = x86_64 ] || { echo "not tried: this is not x86-64"; exit 2; }
echo "version:  $(g++ --version | head -n 1)"
echo "expected: 1000000 both times, or both lose, for both say that they are not lock-free"
try g++ -std=c++20 -O2 it.cpp -o it -latomic
timeout 60 ./it
