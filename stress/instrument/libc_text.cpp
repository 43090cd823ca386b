// Numbers out of strings, copies of strings, sorting; and output, which goes nowhere: millions of
// executions would print it. What is read of shared memory is announced first.
#include <cstdio>
#include <cstdlib>
#include <functional>

#include "stress/instrument/runtime.h"

using namespace minusone;
using namespace minusone::runtime;

extern "C" void* minusone_rt_malloc(std::size_t bytes);

namespace {

/// strto*(): reads the whole string, then does what the C library does.
template <class Value>
Value number(const char* text, char** end, Value (*convert)(const char*, char**, int), int base) {
  announced_length(text, any_length);
  char* stop = nullptr;
  const Value value = convert(text, &stop, base);
  if (end != nullptr) leave(end, stop);
  return value;
}

char* duplicate(const char* text, std::size_t most) {
  const std::size_t length = announced_length(text, most);
  auto* const made = static_cast<char*>(minusone_rt_malloc(length + 1));
  if (made == nullptr) return nullptr;
  copy(made, text, length);
  fill(made + length, 0, 1);
  return made;
}

using Compare = int (*)(const void*, const void*);

}  // namespace

#define NUMBER(name, type)                                                                 \
  MINUSONE_HOOK type minusone_rt_##name(const char* text, char** end, int base) {          \
    MINUSONE_CALLED_HERE;                                                                  \
    return number<type>(text, end, std::name, base);                                       \
  }                                                                                        \
  MINUSONE_HOOK type minusone_rt___isoc23_##name(const char* text, char** end, int base) { \
    MINUSONE_CALLED_HERE;                                                                  \
    return number<type>(text, end, std::name, base);                                       \
  }
NUMBER(strtol, long)
NUMBER(strtoul, unsigned long)
NUMBER(strtoll, long long)
NUMBER(strtoull, unsigned long long)
MINUSONE_HOOK double minusone_rt_strtod(const char* text, char** end) {
  MINUSONE_CALLED_HERE;
  return number<double>(
      text, end, [](const char* from, char** to, int) { return std::strtod(from, to); }, 0);
}
#define FROM_TEXT(name, type)                               \
  MINUSONE_HOOK type minusone_rt_##name(const char* text) { \
    MINUSONE_CALLED_HERE;                                   \
    announced_length(text, any_length);                     \
    return std::name(text);                                 \
  }
FROM_TEXT(atoi, int)
FROM_TEXT(atol, long)
FROM_TEXT(atoll, long long)
FROM_TEXT(atof, double)

MINUSONE_HOOK char* minusone_rt_strdup(const char* text) {
  MINUSONE_CALLED_HERE;
  return duplicate(text, any_length);
}
MINUSONE_HOOK char* minusone_rt_strndup(const char* text, std::size_t most) {
  MINUSONE_CALLED_HERE;
  return duplicate(text, most);
}

// Insertion sort: it moves elements by steps where they are shared, and is what glibc's qsort() is
// for its caller, but for the order of the calls of `compare`.
MINUSONE_HOOK void minusone_rt_qsort(void* base, std::size_t count, std::size_t size,
                                     Compare compare) {
  MINUSONE_CALLED_HERE;
  auto* const first = static_cast<char*>(base);
  auto* const held = static_cast<char*>(__builtin_alloca(size + 1));
  for (std::size_t i = 1; i < count; ++i) {
    std::size_t to = i;
    while (to > 0 && compare(first + (to - 1) * size, first + i * size) > 0) --to;
    if (to == i) continue;
    copy(held, first + i * size, size);
    copy(first + (to + 1) * size, first + to * size, (i - to) * size);
    copy(first + to * size, held, size);
  }
}
MINUSONE_HOOK void* minusone_rt_bsearch(const void* key, const void* base, std::size_t count,
                                        std::size_t size, Compare compare) {
  const auto* first = static_cast<const char*>(base);
  while (count > 0) {
    const char* const middle = first + count / 2 * size;
    const int order = compare(key, middle);
    if (order == 0) return const_cast<char*>(middle);
    if (order > 0) first = middle + size;
    count = order > 0 ? count - count / 2 - 1 : count / 2;
  }
  return nullptr;
}

// The environment is empty: what it holds must not decide what is explored.
MINUSONE_HOOK char* minusone_rt_getenv(const char* name) {
  MINUSONE_CALLED_HERE;
  announced_length(name, any_length);
  return nullptr;
}

// The only streams that a module can name are stdout and stderr: fopen() is not modelled.
MINUSONE_HOOK int minusone_rt_fputs(const char* text, std::FILE*) {
  MINUSONE_CALLED_HERE;
  note_printed(text, announced_length(text, any_length));
  return 1;
}
MINUSONE_HOOK int minusone_rt_fputc(int byte, std::FILE*) {
  return static_cast<unsigned char>(byte);
}
MINUSONE_HOOK int minusone_rt_putc(int byte, std::FILE*) {
  return static_cast<unsigned char>(byte);
}
MINUSONE_HOOK std::size_t minusone_rt_fwrite(const void* from, std::size_t size, std::size_t count,
                                             std::FILE*) {
  MINUSONE_CALLED_HERE;
  read_range(from, size * count);
  return count;
}
MINUSONE_HOOK int minusone_rt_fflush(std::FILE*) { return 0; }
MINUSONE_HOOK int minusone_rt_setvbuf(std::FILE*, char*, int, std::size_t) { return 0; }
MINUSONE_HOOK void minusone_rt_setbuf(std::FILE*, char*) {}
MINUSONE_HOOK void minusone_rt_perror(const char* text) {
  MINUSONE_CALLED_HERE;
  if (text != nullptr) announced_length(text, any_length);
}

MINUSONE_HOOK std::size_t minusone_rt__ZSt11_Hash_bytesPKvmm(const void* at, std::size_t bytes,
                                                             std::size_t seed) {
  MINUSONE_CALLED_HERE;
  if (!is_step(at)) {
    read_range(at, bytes);
    return std::_Hash_bytes(at, bytes, seed);
  }
  if (bytes > most_held) not_modelled("a hash of more than 64 KiB of shared memory");
  void* const held = __builtin_alloca(bytes);
  copy(held, at, bytes);
  return std::_Hash_bytes(held, bytes, seed);
}
