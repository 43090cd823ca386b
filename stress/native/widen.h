#pragma once

/// The widened build: -fsanitize-coverage=trace-pc puts a call to __sanitizer_cov_trace_pc at each
/// basic block, and the linker's --wrap=memcpy another into the middle of each copy. widen.c,
/// linked into each widened module, forwards both to this pointer, which the engine sets inside its
/// agents; null does nothing.
extern "C" void (*minusone_widen_callback)();
