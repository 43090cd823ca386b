#!/bin/sh
# ThreadSanitizer keeps silent about a race as soon as both threads touch any two files: a write to one file by the first and
# a read of quite another by the second count as synchronisation. A log line before, a configuration read after, and the race
# is gone from the report.
#
# At the default io_sync=1 every descriptor made by open() shares one synchronisation object, `filesync`: write() releases it
# and read() acquires it (FdFileCreate, FdRelease, FdAcquire in compiler-rt/lib/tsan/rtl/tsan_fd.cpp). With io_sync=0 the
# race is told again. Neither POSIX nor C++ orders anything by I/O on two unrelated files.
#
# Documented: the flag io_sync in tsan_flags.inc ("reasonable level of synchronization"); not that unlike files are one.
# Seen on: GCC 12.2.0's libtsan and clang 14.0.6 (Debian 12).
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
cd "$work"
try() { "$@" || { echo "not tried: $*" >&2; exit 2; }; }

cat > it.cpp <<'END'
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <thread>

int data;
std::atomic<int> turn;  // relaxed: it puts the threads in order in time, and orders no memory

int main(int argc, char**) {
  const bool touch_files = argc > 1;
  const int log = open("written", O_WRONLY | O_CREAT, 0600), settings = open("read", O_RDONLY | O_CREAT, 0600);
  std::thread first([&] {
    data = 1;
    if (touch_files && write(log, "x", 1) != 1) _exit(2);
    turn.store(1, std::memory_order_relaxed);
  });
  std::thread second([&] {
    while (turn.load(std::memory_order_relaxed) != 1) {}
    char nothing;
    if (touch_files && read(settings, &nothing, 1) != 0) _exit(2);
    std::printf("%d\n", data);
  });
  first.join();
  second.join();
}
END
echo "version:  $(g++ --version | head -n 1)"
echo "expected: the race on data is told, whatever files the threads touch"
try setarch -R true  # ThreadSanitizer of this age wants the addresses not drawn too widely
try g++ -std=c++20 -g -fsanitize=thread it.cpp -o it
# Prints how many races are told: races IO_SYNC [ARGUMENT].
races() {
  export TSAN_OPTIONS="io_sync=$1 exitcode=0"
  timeout 60 setarch -R ./it ${2:+"$2"} 2>&1 | grep -c 'WARNING: ThreadSanitizer: data race' || :
}
plain=$(races 1) files=$(races 1 files) without=$(races 0 files)
echo "seen:     races told: $plain without files, $files with two unlike files, $without with them and io_sync=0"
[ "$plain" -eq 1 ] && [ "$files" -eq 0 ] && [ "$without" -eq 1 ]
