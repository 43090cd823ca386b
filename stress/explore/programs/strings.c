// What the library reads and copies while another thread writes: each piece is as it was at the
// step that read it. A build is one case: CASE names its function. Each piece of 16 bytes is a
// step, and so is each string.
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define UNUSED __attribute__((unused))
#define A_CASE(name) static UNUSED void name(void)

static char text[32], other[32];

static UNUSED void beside(void* (*thread)(void*), void (*main_does)(void)) {
  pthread_t made;
  pthread_create(&made, NULL, thread, NULL);
  main_does();
  pthread_join(made, NULL);
}

static UNUSED void* writes_x_first(void* unused) {
  text[0] = 'x';
  text[31] = 'x';
  return unused;
}
static UNUSED void finds_the_last(void) { assert(memchr(text, 'x', 32) != text + 31); }
A_CASE(memchr_finds_the_later_of_two) { beside(writes_x_first, finds_the_last); }

static UNUSED void* takes_away_and_adds(void* unused) {
  text[3] = 'a';
  text[20] = 'x';
  return unused;
}
static UNUSED void finds_it_behind(void) { assert(memchr(text, 'x', 32) != text + 20); }
A_CASE(memchr_looks_on_where_it_was_taken_away) {
  text[3] = 'x';
  beside(takes_away_and_adds, finds_it_behind);
}

static UNUSED void* lowers_and_raises(void* unused) {
  text[0] = 4;
  text[31] = 6;
  return unused;
}
static UNUSED void compares(void) {
  static const char fives[32] = "\5\5\5\5\5\5\5\5\5\5\5\5\5\5\5\5\5\5\5\5\5\5\5\5\5\5\5\5\5\5\5\5";
  assert(memcmp(text, fives, 32) <= 0);
}
A_CASE(memcmp_sees_only_the_later_of_two) {
  memset(text, 5, 32);
  beside(lowers_and_raises, compares);
}

static UNUSED void* raises_both(void* unused) {
  text[0] = 'd';
  other[0] = 'c';
  return unused;
}
static UNUSED void compares_text(void) { assert(strcmp(text, other) >= 0); }
A_CASE(strcmp_reads_one_before_the_other) {
  text[0] = other[0] = 'a';
  beside(raises_both, compares_text);
}
static UNUSED void compares_memory(void) { assert(memcmp(text, other, 1) >= 0); }
A_CASE(memcmp_reads_one_before_the_other) {
  text[0] = other[0] = 'a';
  beside(raises_both, compares_memory);
}

static UNUSED void* changes_part_and_text(void* unused) {
  other[0] = 'b';
  text[0] = 'a';
  return unused;
}
static UNUSED void searches_part(void) { assert(strstr(text, other) == NULL); }
A_CASE(strstr_reads_one_before_the_other) {
  text[0] = 'x';
  other[0] = 'a';
  beside(changes_part_and_text, searches_part);
}

static UNUSED void prints(void) {
  char line[8];
  snprintf(line, sizeof line, "%s%s", text, other);
  assert(strcmp(line, "ac") != 0);
}
A_CASE(snprintf_reads_one_before_the_other) {
  text[0] = other[0] = 'a';
  beside(raises_both, prints);
}

static UNUSED void* lengthens(void* unused) {
  text[7] = 'b';
  return unused;
}
static UNUSED void copies(void) {
  char to[32];
  memset(to, 'z', sizeof to);
  strcpy(to, text);
  assert(strnlen(to, sizeof to) <= 8);
}
A_CASE(strcpy_ends_with_what_it_copies) {
  memset(text, 'a', 7);
  beside(lengthens, copies);
}

static UNUSED void* shortens(void* unused) {
  text[0] = 0;
  return unused;
}
static UNUSED void copies_less(void) {
  char to[32];
  memset(to, 'z', sizeof to);
  strcpy(to, text);
  assert(to[0] != 0 || to[1] == 'z');
}
A_CASE(strcpy_writes_nothing_behind_the_end) {
  memset(text, 'a', 7);
  beside(shortens, copies_less);
}

int main(void) {
  CASE();
  return 0;
}
