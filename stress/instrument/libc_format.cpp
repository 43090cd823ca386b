// The printf family. What a %s reads may be shared: it is announced, and formatted before the next
// is. What goes to a stream goes nowhere: millions of executions would print it.
#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <new>

#include "stress/instrument/runtime.h"

using namespace minusone;
using namespace minusone::runtime;

namespace {

/// Announces the strings that `format` reads from `values`, and notes them where they are printed,
/// up to and with the first that is shared. @return what is left of the format
const char* announce_strings(const char* format, std::va_list& values, bool prints) {
  const char* at = format;
  for (; *at != 0; ++at) {
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
        return at;
      case 's': {
        const char* const text = va_arg(values, const char*);
        if (text != nullptr) {
          const std::size_t length = announced_length(
              text, precision >= 0 ? static_cast<std::size_t>(precision) : any_length);
          if (prints) note_printed(text, length);
          if (is_step(text)) return at + 1;
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
  return at;
}

char nowhere_to_write;  ///< tells the caller that only measures from one that prints

/// What a part of the format has come to.
struct Piece {
  const Piece* before;
  const char* text;
  std::size_t bytes;
};

int format_to(char* to, std::size_t room, const char* format, std::va_list values) {
  announced_length(format, any_length);
  std::va_list here, ahead, again;
  va_copy(here, values);
  va_copy(ahead, values);
  const char* rest = announce_strings(format, ahead, to == nullptr);
  if (*rest == 0 && !is_step(to)) {
    if (to != nullptr) note_private_write(to);
    va_end(here);
    va_end(ahead);
    return std::vsnprintf(to, room, format, values);
  }
  const Piece* last = nullptr;
  std::size_t length = 0;
  for (const char* at = format;; rest = announce_strings(at, ahead, to == nullptr)) {
    const auto bytes = static_cast<std::size_t>(rest - at);
    auto* const part = static_cast<char*>(__builtin_alloca(bytes + 1));
    std::memcpy(part, at, bytes);
    part[bytes] = 0;
    va_copy(again, here);
    const auto its = static_cast<std::size_t>(std::vsnprintf(nullptr, 0, part, again));
    va_end(again);
    auto* const text = static_cast<char*>(__builtin_alloca(its + 1));
    std::vsnprintf(text, its + 1, part, here);
    auto* const piece = static_cast<Piece*>(__builtin_alloca(sizeof(Piece)));
    last = ::new (piece) Piece{last, text, its};
    length += its;
    va_end(here);
    va_copy(here, ahead);
    at = rest;
    if (*at == 0) break;
  }
  va_end(here);
  va_end(ahead);
  const std::size_t written = std::min(length + 1, room);
  if (to == nullptr || written == 0) return static_cast<int>(length);
  auto* const whole = static_cast<char*>(__builtin_alloca(length + 1));
  std::size_t end = length;
  for (; last != nullptr; last = last->before)
    std::memcpy(whole + (end -= last->bytes), last->text, last->bytes);
  whole[written - 1] = 0;
  copy(to, whole, written);
  return static_cast<int>(length);
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
  FORMATTED(to, any_length);
}
MINUSONE_HOOK int minusone_rt_vsnprintf(char* to, std::size_t room, const char* format,
                                        std::va_list values) {
  MINUSONE_CALLED_HERE;
  if (room == 0) to = &nowhere_to_write;
  return format_to(to, room, format, values);
}
MINUSONE_HOOK int minusone_rt_vsprintf(char* to, const char* format, std::va_list values) {
  MINUSONE_CALLED_HERE;
  return format_to(to, any_length, format, values);
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
  const std::size_t length = announced_length(text, any_length);
  note_printed(text, length);
  return static_cast<int>(length) + 1;
}
MINUSONE_HOOK int minusone_rt_putchar(int byte) { return byte; }
