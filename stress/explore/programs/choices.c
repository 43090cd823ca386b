// Values that the search chooses, and faults that lead to others. A build is one case: CASE names
// its function.
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

int minusone_choose(int values);
bool __VERIFIER_nondet_bool(void);
int __VERIFIER_nondet_int(void);
unsigned __VERIFIER_nondet_uint(void);

#define A_CASE(name) __attribute__((unused)) static void name(void)

static atomic_int shared;
static sem_t first, second;

static void beside(void* (*thread)(void*), void (*main_does)(void)) {
  pthread_t made;
  pthread_create(&made, NULL, thread, NULL);
  main_does();
  pthread_join(made, NULL);
}

A_CASE(each_value) { shared = minusone_choose(4); }
A_CASE(fails_at_one) { assert(minusone_choose(4) != 3); }
A_CASE(both_of_two) { shared = __VERIFIER_nondet_bool() ? 1 : 2; }
A_CASE(numbers) {
  shared = __VERIFIER_nondet_int();
  assert(shared < 2);
}
A_CASE(no_number_below_zero) { shared = (int)__VERIFIER_nondet_uint(); }
A_CASE(of_rand) { assert(rand() != 2); }
// As many as no byte counts.
A_CASE(many) {
  while (shared < 300 && __VERIFIER_nondet_bool()) ++shared;
  assert(shared < 300);
}
A_CASE(endless) {
  while (__VERIFIER_nondet_bool()) ++shared;
}
A_CASE(none) { shared = minusone_choose(0); }
A_CASE(too_many) { shared = minusone_choose(1000000000); }

// One thread chooses only where another has: neither comes first in any order of plans.
static void* chooses_first(void* unused) {
  if (minusone_choose(3) == 2) shared = 1;
  return unused;
}
static void chooses_behind(void) {
  while (shared == 0 && sem_trywait(&first) != 0) {
  }
  if (shared == 1 && minusone_choose(2) == 1) assert(0);
}
static void* chooses_and_posts(void* unused) {
  chooses_first(unused);
  sem_post(&first);
  return unused;
}
A_CASE(one_leads_to_another) {
  sem_init(&first, 0, 0);
  beside(chooses_and_posts, chooses_behind);
}

// The same of interrupted calls.
static void* is_interrupted(void* unused) {
  if (sem_wait(&first) == -1) shared = 1;
  return unused;
}
static void* posts(void* unused) {
  sem_post(&first);
  sem_post(&second);
  return unused;
}
A_CASE(one_eintr_leads_to_another) {
  sem_init(&first, 0, 0);
  sem_init(&second, 0, 0);
  pthread_t waits, poster;
  pthread_create(&waits, NULL, is_interrupted, NULL);
  pthread_create(&poster, NULL, posts, NULL);
  pthread_join(waits, NULL);
  if (shared) assert(sem_wait(&second) == 0);
  pthread_join(poster, NULL);
}

int main(void) {
  CASE();
  return 0;
}
