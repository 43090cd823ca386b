// What the library's functions on memory and text read and write. `--wrap` of the linker puts these
// in the place of the program's own calls (wrapped_calls.txt); the library's stay.
#include <cstddef>
#include <cstring>

#include "stress/watch/runtime.h"

namespace {

using minusone::watch::reads;
using minusone::watch::writes;

/// Bytes of a text with its end, or as many as are looked at.
std::size_t size_of(const char* text, std::size_t most = ~std::size_t{0}) {
  std::size_t size = 0;
  while (size < most && text[size] != '\0') ++size;
  return size < most ? size + 1 : most;
}

/// Up to the first difference or the end.
std::size_t compared(const char* a, const char* b, std::size_t most) {
  std::size_t size = 0;
  while (size < most && a[size] == b[size] && a[size] != '\0') ++size;
  return size < most ? size + 1 : most;
}

}  // namespace

#define REAL(result, name, ...) result __real_##name(__VA_ARGS__)
#define CALL MINUSONE_CALL

extern "C" {

REAL(void*, memcpy, void*, const void*, size_t);
REAL(void*, memmove, void*, const void*, size_t);
REAL(void*, memset, void*, int, size_t);
REAL(int, memcmp, const void*, const void*, size_t);
REAL(void*, memchr, const void*, int, size_t);
REAL(size_t, strlen, const char*);
REAL(size_t, strnlen, const char*, size_t);
REAL(char*, strcpy, char*, const char*);
REAL(char*, stpcpy, char*, const char*);
REAL(char*, strncpy, char*, const char*, size_t);
REAL(char*, strcat, char*, const char*);
REAL(char*, strncat, char*, const char*, size_t);
REAL(int, strcmp, const char*, const char*);
REAL(int, strncmp, const char*, const char*, size_t);
REAL(char*, strchr, const char*, int);
REAL(char*, strrchr, const char*, int);
REAL(char*, strstr, const char*, const char*);
REAL(char*, strdup, const char*);

void* __wrap_memcpy(void* to, const void* from, size_t size) {
  reads(from, size, CALL);
  writes(to, size, CALL);
  return __real_memcpy(to, from, size);
}
void* __wrap_memmove(void* to, const void* from, size_t size) {
  reads(from, size, CALL);
  writes(to, size, CALL);
  return __real_memmove(to, from, size);
}
void* __wrap_memset(void* to, int value, size_t size) {
  writes(to, size, CALL);
  return __real_memset(to, value, size);
}
int __wrap_memcmp(const void* a, const void* b, size_t size) {
  reads(a, size, CALL);
  reads(b, size, CALL);
  return __real_memcmp(a, b, size);
}
void* __wrap_memchr(const void* in, int value, size_t size) {
  void* const found = __real_memchr(in, value, size);
  reads(in, found == nullptr ? size : static_cast<char*>(found) - static_cast<const char*>(in) + 1,
        CALL);
  return found;
}
size_t __wrap_strlen(const char* text) {
  const size_t size = __real_strlen(text);
  reads(text, size + 1, CALL);
  return size;
}
size_t __wrap_strnlen(const char* text, size_t most) {
  reads(text, size_of(text, most), CALL);
  return __real_strnlen(text, most);
}
char* __wrap_strcpy(char* to, const char* from) {
  const size_t size = size_of(from);
  reads(from, size, CALL);
  writes(to, size, CALL);
  return __real_strcpy(to, from);
}
char* __wrap_stpcpy(char* to, const char* from) {
  const size_t size = size_of(from);
  reads(from, size, CALL);
  writes(to, size, CALL);
  return __real_stpcpy(to, from);
}
char* __wrap_strncpy(char* to, const char* from, size_t size) {
  reads(from, size_of(from, size), CALL);
  writes(to, size, CALL);  // zeroes behind the text
  return __real_strncpy(to, from, size);
}
char* __wrap_strcat(char* to, const char* from) {
  const size_t before = size_of(to), size = size_of(from);
  reads(to, before, CALL);
  reads(from, size, CALL);
  writes(to + before - 1, size, CALL);
  return __real_strcat(to, from);
}
char* __wrap_strncat(char* to, const char* from, size_t most) {
  const size_t before = size_of(to), size = size_of(from, most);
  reads(to, before, CALL);
  reads(from, size, CALL);
  writes(to + before - 1, size, CALL);
  return __real_strncat(to, from, most);
}
int __wrap_strcmp(const char* a, const char* b) {
  const size_t size = compared(a, b, ~size_t{0});
  reads(a, size, CALL);
  reads(b, size, CALL);
  return __real_strcmp(a, b);
}
int __wrap_strncmp(const char* a, const char* b, size_t most) {
  const size_t size = compared(a, b, most);
  reads(a, size, CALL);
  reads(b, size, CALL);
  return __real_strncmp(a, b, most);
}
char* __wrap_strchr(const char* text, int value) {
  char* const found = __real_strchr(text, value);
  reads(text, found == nullptr ? size_of(text) : static_cast<size_t>(found - text) + 1, CALL);
  return found;
}
char* __wrap_strrchr(const char* text, int value) {
  reads(text, size_of(text), CALL);
  return __real_strrchr(text, value);
}
char* __wrap_strstr(const char* text, const char* part) {
  char* const found = __real_strstr(text, part);
  const size_t size = size_of(part);
  reads(part, size, CALL);
  reads(text, found == nullptr ? size_of(text) : static_cast<size_t>(found - text) + size - 1,
        CALL);
  return found;
}
char* __wrap_strdup(const char* text) {
  reads(text, size_of(text), CALL);
  return __real_strdup(text);
}

}  // extern "C"
