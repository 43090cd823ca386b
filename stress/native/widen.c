/* Linked into each widened module; see widen.h. */
__attribute__((visibility("default"))) void (*minusone_widen_callback)(void);

void __sanitizer_cov_trace_pc(void) {
  if (minusone_widen_callback) minusone_widen_callback();
}
