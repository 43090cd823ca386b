#!/bin/sh
# For ThreadSanitizer, C11's mtx_lock() is no lock, and neither is std::timed_mutex once it is taken by try_lock_for(): a
# correct program gets a data race, the second also "unlock of an unlocked mutex". try_lock_until(system_clock) is seen.
#
# Locks are seen by interception of symbols. There is no interceptor for mtx_lock, and glibc's calls pthread_mutex_lock by an
# internal name. libstdc++ takes pthread_mutex_clocklock for the steady clock of try_lock_for, which these versions do not
# intercept either, and pthread_mutex_timedlock, which they do, for the system clock. Unlocking is seen in every case.
#
# Documented: the list of interceptors is in compiler-rt/lib/tsan/rtl/tsan_interceptors_posix.cpp only.
# Seen on: GCC 12.2.0's libtsan with glibc 2.36 and libstdc++ 12, and clang 14.0.6 (Debian 12).
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
cd "$work"
try() { "$@" || { echo "not tried: $*" >&2; exit 2; }; }

cat > it.cpp <<'END'
#include <pthread.h>
#include <threads.h>

#include <chrono>
#include <mutex>
#include <string_view>
#include <thread>

using namespace std::chrono;

int count;
pthread_mutex_t posix = PTHREAD_MUTEX_INITIALIZER;
mtx_t c11;
std::timed_mutex timed;

void add_one(std::string_view kind) {
  if (kind == "pthread_mutex_lock") {
    pthread_mutex_lock(&posix);
    count++;
    pthread_mutex_unlock(&posix);
  } else if (kind == "mtx_lock") {
    mtx_lock(&c11);
    count++;
    mtx_unlock(&c11);
  } else if (kind == "try_lock_for" ? timed.try_lock_for(10min) : timed.try_lock_until(system_clock::now() + 10min)) {
    count++;
    timed.unlock();
  }
}

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  mtx_init(&c11, mtx_plain);
  const auto work = [&] {
    for (int i = 0; i < 1000; i++) add_one(argv[1]);
  };
  std::thread first(work), second(work);
  first.join();
  second.join();
  return count == 2000 ? 0 : 1;
}
END
echo "version:  $(g++ --version | head -n 1), $(getconf GNU_LIBC_VERSION)"
echo "expected: no race under any of the four locks"
try setarch -R true  # ThreadSanitizer of this age wants the addresses not drawn too widely
try g++ -std=c++20 -g -fsanitize=thread it.cpp -o it
export TSAN_OPTIONS=exitcode=0
told_under() {
  timeout 60 setarch -R ./it "$1" 2>&1 | sed -n 's/^WARNING: ThreadSanitizer: \(.*\) (pid=.*/\1/p' | sort -u | paste -sd, -
}
for lock in pthread_mutex_lock mtx_lock try_lock_for try_lock_until; do
  told=$(told_under "$lock")
  echo "seen:     ${told:-nothing} under $lock"
  case $lock in
    mtx_lock) [ "$told" = "data race" ] ;;
    try_lock_for) case $told in "data race,unlock of an unlocked mutex"*) ;; *) exit 1 ;; esac ;;
    *) [ -z "$told" ] ;;
  esac
done
