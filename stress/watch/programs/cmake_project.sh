#!/bin/sh
# cmake_project.sh MINUSONE KIT: a program of a CMake project of its own, with a library, is watched.
set -eu
minusone=$1 kit=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >adds.c <<'CODE'
void add(int* sum) { *sum += 1; }
CODE
cat >main.c <<'CODE'
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
void add(int* sum);
int main(int argc, char** argv) {
  int* sum = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  (void)argv;
  if (fork() == 0) {
    add(sum);
    _exit(0);
  }
  if (argc > 1) wait(0);
  add(sum);
  return wait(0) == 0;
}
CODE
cat >CMakeLists.txt <<CODE
cmake_minimum_required(VERSION 3.25)
project(adds LANGUAGES C)
include($kit/MinusoneWatch.cmake)
add_library(adds STATIC adds.c)
add_executable(main main.c)
target_link_libraries(main adds)
minusone_watch(adds)
minusone_watch(main)
CODE
cmake -S . -B build -G Ninja >log && cmake --build build >>log || { cat log; exit 1; }
status=0
"$minusone" watch -- build/main >said || status=$?
[ $status = 1 ] && grep -q "adds.c:1" said || { cat said; echo "expected a race in adds.c, status $status"; exit 1; }
"$minusone" watch -- 'build/main waits' >said || { cat said; echo "expected none"; exit 1; }
