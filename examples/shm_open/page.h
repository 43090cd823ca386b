// What the writer and the reader share, and the names under which they find it.
#include <assert.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MEMORY "/page"
#define WRITTEN "/page-written"

struct page {
  char text[32];
};

static void fail(const char *call) {
  perror(call);
  exit(EXIT_FAILURE);
}

static struct page *map(int memory) {
  struct page *page =
      mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
  if (page == MAP_FAILED) fail("mmap");
  close(memory);
  return page;
}
