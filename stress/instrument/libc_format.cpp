// The printf family. What a %s reads may be shared: it is announced before it is formatted. What
// goes to a stream goes nowhere: millions of executions would print it.
#include <cstdarg>
#include <cstdio>
#include <cstdlib>

#include "stress/instrument/runtime.h"

using namespace minusone;
using namespace minusone::runtime;

namespace {

/// Announces the strings that `format` reads from `values`, and notes them where they are printed.
void announce_strings(const char* format, std::va_list values, bool prints) {
  announced_length(format, SIZE_MAX / 2);
  for (const char* at = format; *at != 0; ++at) {
    if (*at != '%') continue;
    if (*++at == '%') continue;
    int longs = 0;
    long precision = -1;
    for (; std::strchr("#0- +'123456789.*hlLqjzt", *at) != nullptr && *at != 0; ++at) {
      if (*at == '*') {
        const int number = va_arg(values, int);
        if (at[-1] == '.') precision = number;
      } else if (*at == '.' && at[1] >= '0' && at[1] <= '9') {
        precision = std::strtol(at + 1, nullptr, 10);
      }
      if (std::strchr("lqjzt", *at) != nullptr) ++longs;
      if (*at == 'L') longs = -8;
    }
    switch (*at) {
      case 0:
        return;
      case 's': {
        const char* const text = va_arg(values, const char*);
        if (text != nullptr) {
          const std::size_t length = announced_length(
              text, precision >= 0 ? static_cast<std::size_t>(precision) : SIZE_MAX / 2);
          if (prints) note_printed(text, length);
        }
        break;
      }
      case 'a':
      case 'A':
      case 'e':
      case 'E':
      case 'f':
      case 'F':
      case 'g':
      case 'G':
        longs < 0 ? static_cast<void>(va_arg(values, long double))
                  : static_cast<void>(va_arg(values, double));
        break;
      case 'p':
        va_arg(values, void*);
        break;
      case 'n':
        not_modelled("printf with %n is not modelled");
      default:
        longs > 0 ? static_cast<void>(va_arg(values, long))
                  : static_cast<void>(va_arg(values, int));
    }
  }
}

char nowhere_to_write;  ///< tells the caller that only measures from one that prints

int format_to(char* to, std::size_t room, const char* format, std::va_list values) {
  std::va_list again;
  va_copy(again, values);
  announce_strings(format, again, to == nullptr);
  va_end(again);
  if (!is_step(to)) {
    if (to != nullptr) note_private_write(to);
    return std::vsnprintf(to, room, format, values);
  }
  va_copy(again, values);
  const int length = std::vsnprintf(nullptr, 0, format, again);
  va_end(again);
  const auto needed = static_cast<std::size_t>(length) + 1;
  auto* const text = static_cast<char*>(__builtin_alloca(needed));
  std::vsnprintf(text, needed, format, values);
  const std::size_t bytes = needed < room ? needed : room;
  if (bytes == 0) return length;
  text[bytes - 1] = 0;
  copy(to, text, bytes);
  return length;
}

}  // namespace

#define FORMATTED(to, room)                               \
  MINUSONE_CALLED_HERE;                                   \
  std::va_list values;                                    \
  va_start(values, format);                               \
  const int length = format_to(to, room, format, values); \
  va_end(values);                                         \
  return length

MINUSONE_HOOK int minusone_rt_snprintf(char* to, std::size_t room, const char* format, ...) {
  if (room == 0) to = &nowhere_to_write;
  FORMATTED(to, room);
}
MINUSONE_HOOK int minusone_rt_sprintf(char* to, const char* format, ...) {
  FORMATTED(to, SIZE_MAX / 2);
}
MINUSONE_HOOK int minusone_rt_vsnprintf(char* to, std::size_t room, const char* format,
                                        std::va_list values) {
  MINUSONE_CALLED_HERE;
  if (room == 0) to = &nowhere_to_write;
  return format_to(to, room, format, values);
}
MINUSONE_HOOK int minusone_rt_vsprintf(char* to, const char* format, std::va_list values) {
  MINUSONE_CALLED_HERE;
  return format_to(to, SIZE_MAX / 2, format, values);
}
MINUSONE_HOOK int minusone_rt_printf(const char* format, ...) { FORMATTED(nullptr, 0); }
MINUSONE_HOOK int minusone_rt_fprintf(std::FILE*, const char* format, ...) {
  FORMATTED(nullptr, 0);
}
MINUSONE_HOOK int minusone_rt_vprintf(const char* format, std::va_list values) {
  MINUSONE_CALLED_HERE;
  return format_to(nullptr, 0, format, values);
}
MINUSONE_HOOK int minusone_rt_vfprintf(std::FILE*, const char* format, std::va_list values) {
  MINUSONE_CALLED_HERE;
  return format_to(nullptr, 0, format, values);
}
MINUSONE_HOOK int minusone_rt_puts(const char* text) {
  MINUSONE_CALLED_HERE;
  const std::size_t length = announced_length(text, SIZE_MAX / 2);
  note_printed(text, length);
  return static_cast<int>(length) + 1;
}
MINUSONE_HOOK int minusone_rt_putchar(int byte) { return byte; }
