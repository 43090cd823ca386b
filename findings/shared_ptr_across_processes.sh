#!/bin/sh
# The reference count of libstdc++'s std::shared_ptr is atomic only in a process that has started a thread: two processes
# that share a control block in shared memory lose counts, until each has once started and joined a thread that does nothing.
#
# __exchange_and_add_dispatch and __atomic_add_dispatch in <ext/atomicity.h> take the plain path while
# __gnu_cxx::__is_single_threaded() says so, which reads glibc's __libc_single_threaded: true until the first pthread_create.
# Two processes of one thread each are "single-threaded" and concurrent. std::atomic beside it is atomic always.
#
# Documented: __libc_single_threaded in glibc's manual; the standard has no processes; the manual of libstdc++ speaks of threads.
# Seen on: libstdc++ of GCC 12.2.0 with glibc 2.36 (Debian 12).
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
#include <memory>
#include <new>
#include <thread>
#include <vector>

/// Gives out the one place that it was made with.
template <class T>
struct AtPage {
  using value_type = T;
  void* page;
  explicit AtPage(void* at) : page(at) {}
  template <class U>
  AtPage(const AtPage<U>& other) : page(other.page) {}
  T* allocate(std::size_t) { return static_cast<T*>(page); }
  void deallocate(T*, std::size_t) {}
};

constexpr long copies_kept = 1'000'000;  // lost counts never reach zero

/// The count after two processes have each copied and dropped the pointer many times.
long count_left(bool thread_first) {
  void* page = mmap(nullptr, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto& ready = *new (static_cast<char*>(page) + 4096) std::atomic<int>{0};
  // Never destroyed: the counts may be wrong.
  auto& shared = *new auto(std::allocate_shared<int>(AtPage<int>(page), 7));
  new std::vector(copies_kept, shared);
  for (int process = 0; process < 2; process++) {
    if (fork() != 0) continue;
    if (thread_first) std::thread([] {}).join();
    for (ready++; ready != 2;) {}
    for (int i = 0; i < 5'000'000; i++) {
      auto copy = shared;
      asm volatile("" : : "r"(copy.get()) : "memory");
    }
    _exit(0);
  }
  while (wait(nullptr) > 0) {}
  return shared.use_count();
}

int main() {
  constexpr long right = copies_kept + 1;
  long plain = right, threaded = right;
  for (int attempt = 0; attempt < 10 && plain == right; attempt++) plain = count_left(false);
  for (int attempt = 0; attempt < 10 && threaded == right; attempt++) threaded = count_left(true);
  std::printf("seen:     %ld as they are, %ld where each process has started a thread before\n", plain, threaded);
  return plain != right && threaded == right ? 0 : 1;
}
END
echo "version:  $(g++ --version | head -n 1), $(getconf GNU_LIBC_VERSION)"
echo "expected: use_count() is 1000001 after copies that were all dropped again"
try g++ -std=c++20 -O2 -pthread it.cpp -o it
timeout 60 ./it
