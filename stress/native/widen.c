/* Linked into each widened module; see widen.h. */
#include <stddef.h>

__attribute__((visibility("default"))) void (*minusone_widen_callback)(void);

void __sanitizer_cov_trace_pc(void) {
  if (minusone_widen_callback) minusone_widen_callback();
}

/* A copy is one basic block, yet another agent may come in its middle. */
void* __real_memcpy(void* to, const void* from, size_t bytes);
void* __wrap_memcpy(void* to, const void* from, size_t bytes);
void* __wrap_memcpy(void* to, const void* from, size_t bytes) {
  const size_t half = bytes / 2;
  __real_memcpy(to, from, half);
  __sanitizer_cov_trace_pc();
  __real_memcpy((char*)to + half, (const char*)from + half, bytes - half);
  return to;
}
