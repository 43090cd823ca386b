/* Preloaded into the article's programs: each libc call they make first tells the test, on the
 * socket MINUSONE_HOLD, and waits for its permission. So a test holds a program wherever it likes,
 * and no schedule is left to chance. The article's key 1234 becomes the test's own, MINUSONE_KEY.
 *
 * From the program: the call, as text. To the program: an int, 0 to go on or the errno to fail
 * with. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <unistd.h>

static int hold(const char* format, ...) {
  char text[256];
  va_list list;
  va_start(list, format);
  const int length = vsnprintf(text, sizeof text, format, list);
  va_end(list);
  if (!getenv("MINUSONE_BUFFERED")) fflush(stdout);
  const int fd = atoi(getenv("MINUSONE_HOLD"));
  int answer = 0;
  if (send(fd, text, length < (int)sizeof text ? (size_t)length : sizeof text - 1, MSG_NOSIGNAL) <
          0 ||
      recv(fd, &answer, sizeof answer, 0) != sizeof answer) {
    _exit(99); /* the test is gone */
  }
  errno = answer;
  return answer;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int shmget(key_t key, size_t size, int flags) {
  if (key == 1234) key = (key_t)strtol(getenv("MINUSONE_KEY"), NULL, 16);
  return hold("shmget") ? -1 : REAL(shmget)(key, size, flags);
}

/* With MINUSONE_NEIGHBOUR the page behind the segment holds that text. */
void* shmat(int id, const void* at, int flags) {
  if (hold("shmat")) return (void*)-1;
  const char* neighbour = getenv("MINUSONE_NEIGHBOUR");
  if (neighbour) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char* pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    strcpy(pages + page, neighbour);
    return REAL(shmat)(id, pages, SHM_REMAP);
  }
  return REAL(shmat)(id, at, flags);
}

int shmdt(const void* at) { return hold("shmdt") ? -1 : REAL(shmdt)(at); }

int shmctl(int id, int command, struct shmid_ds* buffer) {
  return hold("shmctl") ? -1 : REAL(shmctl)(id, command, buffer);
}

int printf(const char* format, ...) {
  hold("printf %s", format[0] == '\n' ? format + 1 : format);
  va_list list;
  va_start(list, format);
  const int printed = vfprintf(stdout, format, list);
  va_end(list);
  return printed;
}

char* fgets(char* buffer, int size, FILE* stream) {
  hold("fgets");
  return REAL(fgets)(buffer, size, stream);
}

/* The same bytes in the same order, with a stop in the middle. */
char* strncpy(char* to, const char* from, size_t size) {
  hold("strncpy");
  char whole[size];
  REAL(strncpy)(whole, from, size);
  memcpy(to, whole, size / 2);
  hold("strncpy half");
  memcpy(to + size / 2, whole + size / 2, size - size / 2);
  return to;
}

int strncmp(const char* a, const char* b, size_t size) {
  hold("strncmp");
  return REAL(strncmp)(a, b, size);
}

unsigned int sleep(unsigned int seconds) {
  hold("sleep %u", seconds);
  return 0;
}

int rand(void) {
  const int number = REAL(rand)();
  hold("rand %d", number);
  return number;
}
