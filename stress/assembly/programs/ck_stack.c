// Two threads push an entry onto a stack of Concurrency Kit's and pop one, by the function for several
// consumers, or with ONE by that for one.
#include <assert.h>
#include <ck_stack.h>
#include <pthread.h>
#include <stddef.h>

struct entry {
  int value;
  ck_stack_entry_t link;
};
CK_STACK_CONTAINER(struct entry, link, entry_of)

static ck_stack_t stack = CK_STACK_INITIALIZER;
static struct entry entries[2];

static void* push_and_pop(void* which) {
  struct entry* const mine = which;
  mine->value = 1;
  ck_stack_push_upmc(&stack, &mine->link);
#ifdef ONE
  ck_stack_entry_t* const top = ck_stack_pop_npsc(&stack);
#else
  ck_stack_entry_t* const top = ck_stack_pop_upmc(&stack);
#endif
  assert(top != NULL);
  entry_of(top)->value++;
  return NULL;
}

int main(void) {
  pthread_t threads[2];
  for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, push_and_pop, &entries[i]);
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
  assert(CK_STACK_ISEMPTY(&stack));
  assert(entries[0].value == 2 && entries[1].value == 2);
  return 0;
}
