// What calls that read and write files do to the memory that they are given.
#include <sys/stat.h>
#include <sys/types.h>

#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdio>

#include "stress/watch/queues.h"
#include "stress/watch/runtime.h"

namespace {

using minusone::watch::here;
using minusone::watch::reads;
using minusone::watch::writes;

void reads_text(const char* text, std::size_t most, const void* call) {
  if (text == nullptr || !here.segments.may_hold(reinterpret_cast<std::uintptr_t>(text))) return;
  std::size_t size = 0;
  while (size < most && text[size] != '\0') ++size;
  reads(text, size < most ? size + 1 : most, call);
}

/// The texts among the arguments of printf(3), each as far as it is printed.
class Format {
 public:
  Format(const char* format, va_list arguments, const void* call) : at_(format), call_(call) {
    va_copy(arguments_, arguments);
  }
  ~Format() { va_end(arguments_); }

  void read() {
    for (; *at_ != '\0'; ++at_) {
      if (*at_ != '%') continue;
      ++at_;
      if (*at_ == '%') continue;
      if (!conversion()) return;
    }
  }

 private:
  /// A number in the text, or `*` for one among the arguments. -1: none.
  int number() {
    if (*at_ == '*') {
      ++at_;
      return va_arg(arguments_, int);
    }
    if (*at_ < '0' || *at_ > '9') return -1;
    int value = 0;
    for (; *at_ >= '0' && *at_ <= '9'; ++at_) value = value * 10 + (*at_ - '0');
    return value;
  }

  bool is_one_of(const char* words) const {
    for (; *words != '\0'; ++words) {
      if (*at_ == *words) return true;
    }
    return false;
  }

  /// @return  false: what it is, or where the next argument stands, is not known
  bool conversion() {
    while (is_one_of("-+ #0'I")) ++at_;
    number();
    if (*at_ == '$') return false;
    int precision = -1;
    if (*at_ == '.') {
      ++at_;
      precision = number();
      if (precision == -1) precision = 0;
    }
    int longs = 0;
    bool is_long_double = false;
    for (; is_one_of("hlqjztL"); ++at_) {
      longs += is_one_of("lqjzt");
      is_long_double |= *at_ == 'L';
    }
    if (is_one_of("diouxXc")) {
      if (longs == 0) {
        va_arg(arguments_, int);
      } else {
        va_arg(arguments_, long);
      }
    } else if (is_one_of("eEfFgGaA")) {
      if (is_long_double) {
        va_arg(arguments_, long double);
      } else {
        va_arg(arguments_, double);
      }
    } else if (*at_ == 's' && longs == 0) {
      reads_text(va_arg(arguments_, const char*),
                 precision < 0 ? ~std::size_t{0} : static_cast<std::size_t>(precision), call_);
    } else if (is_one_of("pnsSC")) {
      va_arg(arguments_, void*);
    } else {
      return *at_ == 'm';
    }
    return true;
  }

  const char* at_;
  const void* call_;
  va_list arguments_;
};

void reads_format(const char* format, va_list arguments, const void* call) {
  if (here.arena != nullptr) Format(format, arguments, call).read();
}

}  // namespace

#define CALL MINUSONE_CALL
#define ARGUMENTS(last) \
  va_list arguments;    \
  va_start(arguments, last)

extern "C" {

int __real_puts(const char*);
int __real_fputs(const char*, FILE*);
char* __real_fgets(char*, int, FILE*);
size_t __real_fread(void*, size_t, size_t, FILE*);
size_t __real_fwrite(const void*, size_t, size_t, FILE*);
ssize_t __real_read(int, void*, size_t);
ssize_t __real_write(int, const void*, size_t);
int __real_vfprintf(FILE*, const char*, va_list);
int __real_vsprintf(char*, const char*, va_list);
int __real_vsnprintf(char*, size_t, const char*, va_list);
}

namespace {

int print(FILE* file, const char* format, va_list arguments, const void* call) {
  reads_format(format, arguments, call);
  return __real_vfprintf(file, format, arguments);
}
// Into memory: what is written is known when it stands there.
int print(char* to, const char* format, va_list arguments, const void* call) {
  reads_format(format, arguments, call);
  const int result = __real_vsprintf(to, format, arguments);
  if (result >= 0) writes(to, static_cast<size_t>(result) + 1, call);
  return result;
}
int print(char* to, size_t room, const char* format, va_list arguments, const void* call) {
  reads_format(format, arguments, call);
  const int result = __real_vsnprintf(to, room, format, arguments);
  const auto all = static_cast<size_t>(result) + 1;
  if (result >= 0 && room != 0) writes(to, all < room ? all : room, call);
  return result;
}

}  // namespace

extern "C" {

int __wrap_puts(const char* text) {
  reads_text(text, ~size_t{0}, CALL);
  return __real_puts(text);
}
int __wrap_fputs(const char* text, FILE* file) {
  reads_text(text, ~size_t{0}, CALL);
  return __real_fputs(text, file);
}
char* __wrap_fgets(char* to, int size, FILE* file) {
  char* const got = __real_fgets(to, size, file);
  if (got != nullptr && here.segments.may_hold(reinterpret_cast<std::uintptr_t>(got))) {
    std::size_t bytes = 0;
    while (got[bytes] != '\0') ++bytes;
    writes(got, bytes + 1, CALL);
  }
  return got;
}
size_t __wrap_fread(void* to, size_t size, size_t count, FILE* file) {
  const size_t got = __real_fread(to, size, count, file);
  writes(to, got * size, CALL);
  return got;
}
size_t __wrap_fwrite(const void* from, size_t size, size_t count, FILE* file) {
  reads(from, count * size, CALL);
  return __real_fwrite(from, size, count, file);
}
ssize_t __wrap_read(int file, void* to, size_t size) {
  const ssize_t got = __real_read(file, to, size);
  if (got > 0) writes(to, static_cast<size_t>(got), CALL);
  // At the end of a pipe, too: all who wrote have closed it.
  if (got >= 0)
    minusone::watch::acquires_at(minusone::watch::sync_of_file(file, S_IFIFO),
                                 minusone::watch::Doing::receives, CALL);
  return got;
}
ssize_t __wrap_write(int file, const void* from, size_t size) {
  reads(from, size, CALL);
  minusone::watch::releases_at(minusone::watch::sync_of_file(file, S_IFIFO),
                               minusone::watch::Doing::sends, CALL);
  return __real_write(file, from, size);
}

int __wrap_vfprintf(FILE* file, const char* format, va_list arguments) {
  return print(file, format, arguments, CALL);
}
int __wrap_vprintf(const char* format, va_list arguments) {
  return print(stdout, format, arguments, CALL);
}
int __wrap_printf(const char* format, ...) {
  ARGUMENTS(format);
  const int result = print(stdout, format, arguments, CALL);
  va_end(arguments);
  return result;
}
int __wrap_fprintf(FILE* file, const char* format, ...) {
  ARGUMENTS(format);
  const int result = print(file, format, arguments, CALL);
  va_end(arguments);
  return result;
}
int __wrap_vsprintf(char* to, const char* format, va_list arguments) {
  return print(to, format, arguments, CALL);
}
int __wrap_sprintf(char* to, const char* format, ...) {
  ARGUMENTS(format);
  const int result = print(to, format, arguments, CALL);
  va_end(arguments);
  return result;
}
int __wrap_vsnprintf(char* to, size_t room, const char* format, va_list arguments) {
  return print(to, room, format, arguments, CALL);
}
int __wrap_snprintf(char* to, size_t room, const char* format, ...) {
  ARGUMENTS(format);
  const int result = print(to, room, format, arguments, CALL);
  va_end(arguments);
  return result;
}

}  // extern "C"
