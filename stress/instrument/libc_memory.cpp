// mem* and str* on memory of which a part is shared: the accesses are announced, a whole range as
// at most minusone_runtime->copy_steps steps. Each piece is looked at when its step was taken, and
// before the next is announced: what others write later was not read.
#include <alloca.h>

#include <algorithm>

#include "stress/instrument/heap_block.h"
#include "stress/instrument/runtime.h"

namespace minusone::runtime {

bool is_shared_stack(const Context* agent, std::uintptr_t address) {
  if (agent == nullptr) return false;
  const auto owner = (address - minusone_runtime->stacks.base) / minusone_runtime->stacks.stride;
  if ((minusone_runtime->stacks.shared >> owner & 1) != 0) return true;
  if (minusone_runtime->owned != nullptr) return false;  // no step, and check_own() tells
  if (minusone_runtime->current == agent) minusone_announce(code_of(Action::foreign_stack), owner);
  return true;
}

std::size_t chunk(std::size_t bytes, std::size_t total) {
  if (total <= 8 || minusone_runtime->copy_steps <= 1) return bytes;
  const std::size_t steps = static_cast<std::size_t>(minusone_runtime->copy_steps);
  const std::size_t even = ((total + steps - 1) / steps + 7) & ~std::size_t{7};
  return std::min(bytes, even);
}

void read_range(const void* at, std::size_t bytes) {
  if (bytes == 0) return;
  if (!is_step(at)) return check_private(at, bytes, BadAccess::reads);
  const std::uint64_t from = address(at);
  for (std::size_t done = 0; done < bytes;) {
    const std::size_t now = chunk(bytes - done, bytes);
    announce(code_of(Action::range_read), from + done, now);
    done += now;
  }
}

void copy(void* to, const void* from, std::size_t bytes) {
  if (bytes > 0 && minusone_runtime->owned != nullptr) {
    if (!is_shared(from)) check_private(from, bytes, BadAccess::reads);
    if (!is_shared(to)) check_private(to, bytes, BadAccess::writes);
  }
  if (minusone_runtime->current == nullptr || (!is_shared(to) && !is_shared(from))) {
    note_private_write(to);
    std::memmove(to, from, bytes);
    return;
  }
  const std::uint64_t target = address(to);
  const std::uint64_t source = address(from);
  for (std::size_t done = 0; done < bytes;) {
    const std::size_t now = chunk(bytes - done, bytes);
    announce(code_of(Action::copy), target + done, source + done, now);
    done += now;
  }
}

void fill(void* at, int byte, std::size_t bytes) {
  if (!is_step(at)) {
    if (bytes > 0) check_private(at, bytes, BadAccess::writes);
    note_private_write(at);
    std::memset(at, byte, bytes);
    return;
  }
  for (std::size_t done = 0; done < bytes;) {
    const std::size_t now = chunk(bytes - done, bytes);
    announce(code_of(Action::fill), address(at) + done, now, static_cast<std::uint8_t>(byte));
    done += now;
  }
}

std::size_t announced_length(const char* text, std::size_t most) {
  if (!is_step(text)) {
    const std::size_t length = strnlen(text, most);
    check_private(text, std::min(length + 1, most), BadAccess::reads);
    return length;
  }
  // Where a string ends is itself read from memory that others write: one step over what it is
  // now, and again if it grew meanwhile.
  for (std::size_t length = strnlen(text, most);;) {
    announce(code_of(Action::range_read), address(text), std::min(length + 1, most));
    const std::size_t now = strnlen(text, most);
    if (now <= length) return now;
    length = now;
  }
}

void check_own(const Context& agent, const void* at, std::size_t bytes, BadAccess kind) {
  const std::uintptr_t address = reinterpret_cast<std::uintptr_t>(at);
  const Runtime& now = *minusone_runtime;
  const SharedRange& own = now.owned[agent.program].range;
  if (address - own.base < own.bytes) return;
  bool bad = address - now.stacks.base < now.stacks.bytes;
  if (address - now.heaps.base < now.heaps.bytes) {
    const auto owner = (address - now.heaps.base) / now.heaps.stride;
    const bool before_main = reinterpret_cast<const std::byte*>(address) >= now.load_heap.low;
    bad = (!before_main && owner != static_cast<std::uintptr_t>(agent.program)) ||
          !is_allocated(now.heaps, address, bytes);
  }
  for (int i = 0; i < now.owned_count && !bad; ++i) {
    const OwnedRange& its = now.owned[i];
    bad = its.owner != agent.program && address - its.range.base < its.range.bytes;
  }
  if (bad) {
    announce(code_of(Action::bad_access), runtime::address(at), bytes,
             static_cast<std::uint64_t>(kind));
    __builtin_unreachable();
  }
}

void violation(const char* sentence) {
  announce(code_of(Action::violation), address(sentence));
  __builtin_unreachable();
}

void not_modelled(const char* sentence) {
  announce(code_of(Action::violation), address(sentence),
           static_cast<std::uint64_t>(ViolationCause::not_modelled));
  __builtin_unreachable();
}

}  // namespace minusone::runtime

using namespace minusone;
using namespace minusone::runtime;

MINUSONE_HOOK void* minusone_rt_memcpy(void* to, const void* from, std::size_t bytes) {
  MINUSONE_CALLED_HERE;
  copy(to, from, bytes);
  return to;
}
MINUSONE_HOOK void* minusone_rt_memmove(void* to, const void* from, std::size_t bytes) {
  MINUSONE_CALLED_HERE;
  copy(to, from, bytes);
  return to;
}
MINUSONE_HOOK void* minusone_rt_mempcpy(void* to, const void* from, std::size_t bytes) {
  MINUSONE_CALLED_HERE;
  copy(to, from, bytes);
  return static_cast<char*>(to) + bytes;
}
MINUSONE_HOOK void* minusone_rt_memset(void* at, int byte, std::size_t bytes) {
  MINUSONE_CALLED_HERE;
  fill(at, byte, bytes);
  return at;
}
MINUSONE_HOOK void minusone_rt_bzero(void* at, std::size_t bytes) {
  MINUSONE_CALLED_HERE;
  fill(at, 0, bytes);
}
MINUSONE_HOOK void minusone_rt_explicit_bzero(void* at, std::size_t bytes) {
  MINUSONE_CALLED_HERE;
  fill(at, 0, bytes);
}

namespace {

void read_now(const char* at, std::size_t bytes) {
  if (is_step(at)) announce(code_of(Action::range_read), address(at), bytes);
}

int compare_piece(const char* a, const char* b, std::size_t bytes) {
  read_now(a, bytes);
  if (is_step(a) && is_step(b)) {
    auto* const held = static_cast<char*>(alloca(bytes));
    a = static_cast<const char*>(std::memcpy(held, a, bytes));
  }
  read_now(b, bytes);
  return std::memcmp(a, b, bytes);
}

int compare(const void* a, const void* b, std::size_t bytes) {
  if (!is_step(a)) check_private(a, bytes, BadAccess::reads);
  if (!is_step(b)) check_private(b, bytes, BadAccess::reads);
  if (!is_step(a) && !is_step(b)) return std::memcmp(a, b, bytes);
  int result = 0;
  for (std::size_t done = 0; done < bytes;) {
    const std::size_t now = std::min(chunk(bytes - done, bytes), most_held);
    const int its =
        compare_piece(static_cast<const char*>(a) + done, static_cast<const char*>(b) + done, now);
    if (result == 0) result = its;
    done += now;
  }
  return result;
}

// It reads no further than what it finds (C11, 7.24.5.1): so far as it has to look now, and further
// where others change that meanwhile.
const char* find(const char* at, int byte, std::size_t bytes) {
  const char* const end = at + bytes;
  while (at < end) {
    const auto* const ahead =
        static_cast<const char*>(std::memchr(at, byte, static_cast<std::size_t>(end - at)));
    const auto total = static_cast<std::size_t>((ahead == nullptr ? end : ahead + 1) - at);
    if (!is_step(at)) {
      check_private(at, total, BadAccess::reads);
      return ahead;
    }
    for (std::size_t left = total; left > 0;) {
      const std::size_t now = chunk(left, total);
      read_now(at, now);
      if (const void* const found = std::memchr(at, byte, now))
        return static_cast<const char*>(found);
      at += now;
      left -= now;
    }
  }
  return nullptr;
}

/// Copies a string up to and with its NUL, `most` bytes at most. @return how many it copied
std::size_t copy_text(char* to, const char* from, std::size_t most) {
  const std::uint64_t target = address(to);
  const std::uint64_t source = address(from);
  std::size_t done = 0;
  while (done < most) {
    const std::size_t total = std::min(strnlen(from + done, most - done) + 1, most - done);
    if (minusone_runtime->current == nullptr || (!is_shared(to) && !is_shared(from))) {
      copy(to + done, from + done, total);
      return done + total;
    }
    for (std::size_t left = total; left > 0;) {
      const std::size_t now = chunk(left, total);
      const std::size_t copied =
          announce(code_of(Action::copy), target + done, source + done, now, 1);
      done += copied;
      if (copied < now || to[done - 1] == 0) return done;
      left -= now;
    }
  }
  return done;
}

/// @param result  of two strings, of which each is as it was when it was read
template <class Result>
auto of_two(const char* a, const char* b, std::size_t most, Result result) {
  const std::size_t length = announced_length(a, most);
  if (is_step(a) && is_step(b)) {
    if (length > most_held) not_modelled("two shared strings of more than 64 KiB are compared");
    auto* const held = static_cast<char*>(alloca(length + 1));
    std::memcpy(held, a, length);
    held[length] = 0;
    a = held;
  }
  announced_length(b, most);
  return result(a, b);
}

}  // namespace

MINUSONE_HOOK int minusone_rt_memcmp(const void* a, const void* b, std::size_t bytes) {
  MINUSONE_CALLED_HERE;
  return compare(a, b, bytes);
}
MINUSONE_HOOK int minusone_rt_bcmp(const void* a, const void* b, std::size_t bytes) {
  MINUSONE_CALLED_HERE;
  return compare(a, b, bytes);
}
MINUSONE_HOOK void* minusone_rt_memchr(const void* at, int byte, std::size_t bytes) {
  MINUSONE_CALLED_HERE;
  return const_cast<char*>(find(static_cast<const char*>(at), byte, bytes));
}
MINUSONE_HOOK std::size_t minusone_rt_strlen(const char* text) {
  MINUSONE_CALLED_HERE;
  return announced_length(text, any_length);
}
MINUSONE_HOOK std::size_t minusone_rt_strnlen(const char* text, std::size_t most) {
  MINUSONE_CALLED_HERE;
  return announced_length(text, most);
}
MINUSONE_HOOK char* minusone_rt_strcpy(char* to, const char* from) {
  MINUSONE_CALLED_HERE;
  copy_text(to, from, any_length);
  return to;
}
MINUSONE_HOOK char* minusone_rt_stpcpy(char* to, const char* from) {
  MINUSONE_CALLED_HERE;
  return to + copy_text(to, from, any_length) - 1;
}
MINUSONE_HOOK char* minusone_rt_strncpy(char* to, const char* from, std::size_t most) {
  MINUSONE_CALLED_HERE;
  const std::size_t copied = copy_text(to, from, most);
  if (copied < most) fill(to + copied, 0, most - copied);
  return to;
}
MINUSONE_HOOK char* minusone_rt_strcat(char* to, const char* from) {
  MINUSONE_CALLED_HERE;
  copy_text(to + announced_length(to, any_length), from, any_length);
  return to;
}
MINUSONE_HOOK char* minusone_rt_strncat(char* to, const char* from, std::size_t most) {
  MINUSONE_CALLED_HERE;
  char* const end = to + announced_length(to, any_length);
  const std::size_t copied = copy_text(end, from, most);
  if (copied == 0 || end[copied - 1] != 0) fill(end + copied, 0, 1);
  return to;
}
MINUSONE_HOOK int minusone_rt_strcmp(const char* a, const char* b) {
  MINUSONE_CALLED_HERE;
  return of_two(a, b, any_length,
                [](const char* one, const char* other) { return std::strcmp(one, other); });
}
MINUSONE_HOOK int minusone_rt_strncmp(const char* a, const char* b, std::size_t most) {
  MINUSONE_CALLED_HERE;
  return of_two(a, b, most, [most](const char* one, const char* other) {
    return std::strncmp(one, other, most);
  });
}
MINUSONE_HOOK char* minusone_rt_strchr(const char* text, int byte) {
  MINUSONE_CALLED_HERE;
  announced_length(text, any_length);
  return const_cast<char*>(std::strchr(text, byte));
}
MINUSONE_HOOK char* minusone_rt_strrchr(const char* text, int byte) {
  MINUSONE_CALLED_HERE;
  announced_length(text, any_length);
  return const_cast<char*>(std::strrchr(text, byte));
}
MINUSONE_HOOK char* minusone_rt_strstr(const char* text, const char* part) {
  MINUSONE_CALLED_HERE;
  return of_two(part, text, any_length, [](const char* its, const char* in) {
    return const_cast<char*>(std::strstr(in, its));
  });
}
