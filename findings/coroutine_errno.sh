#!/bin/sh
# With clang 14 -O1 and above, errno after a co_await that went on in another thread is the errno of the thread that
# suspended: the coroutine overwrites a variable of a thread that it has left. A thread_local of one's own is right.
#
# glibc declares __errno_location() with __attribute__((const)), so two calls in one function may be merged. clang splits a
# coroutine into its parts (CoroSplit) only after EarlyCSE and GVN have seen it whole; the merged address lives in the
# coroutine's frame across the suspension. g++ splits first, and is right. swapcontext(3) to another thread has the same trap.
#
# Documented: not in [dcl.fct.def.coroutine]; the attribute in glibc's <errno.h>.
# Seen on: clang 14.0.6 with libc++ 14.0.6; not with g++ 12.2.0 (Debian 12).
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
cd "$work"
try() { "$@" || { echo "not tried: $*" >&2; exit 2; }; }
for package in libc++-14-dev libc++1-14 libc++abi1-14 libunwind-14; do
  apt-get download "$package=1:14.0.6-12" > apt.log 2>&1 ||
    { echo "not tried: the archive does not give $package 1:14.0.6-12"; exit 3; }
done
for package in *.deb; do dpkg -x "$package" root; done
libraries=$work/root/usr/lib/llvm-14/lib:$work/root/usr/lib/x86_64-linux-gnu

cat > it.cpp <<'END'
#include <cerrno>
#include <coroutine>
#include <cstdio>
#include <thread>

struct Task {
  struct promise_type {
    Task get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
};

std::thread second;
thread_local int own;

struct GoOnInAnotherThread {
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> rest) {
    second = std::thread([rest] { rest.resume(); });
  }
  void await_resume() {}
};

Task run() {
  errno = 1;
  own = 1;
  co_await GoOnInAnotherThread{};
  errno = 2;
  own = 2;
}

int main() {
  run();
  second.join();
  const int first_errno = errno;
  std::printf("errno %d, own thread_local %d\n", first_errno, own);
}
END
echo "version:  $(try clang++-14 --version | head -n 1)"
echo "expected: the first thread keeps errno 1, own thread_local 1, at each level of optimisation"
for level in -O0 -O2; do
  try clang++-14 -std=c++20 $level -nostdinc++ -isystem root/usr/lib/llvm-14/include/c++/v1 it.cpp -o it \
    -nostdlib++ -L root/usr/lib/llvm-14/lib -L root/usr/lib/x86_64-linux-gnu -l:libc++.so.1 -l:libc++abi.so.1 -pthread
  told=$(LD_LIBRARY_PATH=$libraries timeout 20 ./it)
  echo "seen:     $told with clang++ $level"
  case $level in
    -O0) [ "$told" = "errno 1, own thread_local 1" ] ;;
    *) [ "$told" = "errno 2, own thread_local 1" ] ;;
  esac
done
