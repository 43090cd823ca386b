#pragma once

#include <cerrno>
#include <cstring>
#include <ctime>

#include "stress/instrument/announcement.h"

/// What the files of the runtime share. All of it runs on fibers, without sanitizers, and is
/// reached from traced modules under the name minusone_rt_ORIGINAL.
#define MINUSONE_HOOK extern "C" __attribute__((visibility("default"), used))

namespace minusone::runtime {

/// Whether it lies on the agent's own stack.
inline bool is_on_stack(const Context& agent, const void* at) {
  return at >= agent.stack_low && at < agent.stack_high;
}
/// Whether it lies there, and no other agent was seen to use that stack.
inline bool is_on_private_stack(const Context* agent, const void* at) {
  return agent != nullptr && is_on_stack(*agent, at) &&
         (minusone_runtime->stacks.shared >> agent->id & 1) == 0;
}
/// Of an address on some other stack: whether an access by this agent is a step. That another's is
/// used is announced, and does not return.
bool is_shared_stack(const Context* agent, std::uintptr_t address);

/// Whether an access by the agent is a step.
inline bool is_shared(const Context* agent, const void* at) {
  const auto address = reinterpret_cast<std::uintptr_t>(at);
  return address - minusone_runtime->shared[0].base < minusone_runtime->shared[0].bytes ||
         address - minusone_runtime->shared[1].base < minusone_runtime->shared[1].bytes ||
         address - minusone_runtime->shared[2].base < minusone_runtime->shared[2].bytes ||
         (address - minusone_runtime->stacks.base < minusone_runtime->stacks.bytes &&
          !is_on_private_stack(agent, at) && is_shared_stack(agent, address));
}
inline bool is_shared(const void* at) { return is_shared(minusone_runtime->current, at); }

/// True where accesses are steps: an agent runs and the address is shared.
inline bool is_step(const void* at) {
  return is_shared(at) && minusone_runtime->current != nullptr;
}

/// A write to memory that is neither shared nor the agent's stack: a wait loop that makes one has
/// an effect, although no other agent sees it.
inline void note_private_write(const void* at) {
  Context* agent = minusone_runtime->current;
  if (agent == nullptr) return;
  if (!is_on_stack(*agent, at)) agent->private_effect = true;
}

/// What an agent does to memory that is not there for it (Action::bad_access).
enum class BadAccess : std::uint64_t { reads, writes, frees };
/// Of a process: announces an access to what it has not allocated, or to another's memory, and does
/// not return from that.
void check_own(const Context& agent, const void* at, std::size_t bytes, BadAccess kind);

/// Before an access that is no step. Threads have nothing there but their own stacks.
inline void check_private(const void* at, std::size_t bytes, BadAccess kind) {
  if (minusone_runtime->owned == nullptr) return;
  const Context* const agent = minusone_runtime->current;
  if (agent != nullptr && !is_on_stack(*agent, at)) check_own(*agent, at, bytes, kind);
}

/// Announces the write of a range that the compiled code has meanwhile made. See hooks.cpp.
void flush_delayed_write();

/// Where steps have what is a forked process's own. For the compiler this is no call (switch.cpp):
/// what a hook spilled for one would stay on its agent's stack, where a wait loop's rounds are told
/// by their being equal.
inline std::uint64_t moved_address(std::uint64_t at) {
  asm volatile(
      "lea -128(%%rsp), %%rsp\n\t"  // the red zone (System V ABI, x86-64, 3.2.2)
      "call minusone_moved_address\n\t"
      "lea 128(%%rsp), %%rsp"
      : "+a"(at)
      :
      : "memory", "cc");
  return at;
}
/// The address that steps have for it: processes have what they share at different places, and
/// those that were forked have their own at the same.
inline std::uint64_t address(const volatile void* p) {
  const auto at = reinterpret_cast<std::uint64_t>(p);
  const Runtime& now = *minusone_runtime;
  if (at - now.shared[0].base < now.shared[0].bytes) return at - now.view_offset;
  return __builtin_expect(now.moved != nullptr, 0) ? moved_address(at) : at;
}
/// Where the agent that runs has what lies there for steps.
inline void* own_address(std::uint64_t at) {
  const Runtime& now = *minusone_runtime;
  const bool is_shared = at + now.view_offset - now.shared[0].base < now.shared[0].bytes;
  return reinterpret_cast<void*>(is_shared ? at + now.view_offset : at);
}

/// flush_delayed_write, then minusone_announce.
std::uint64_t flush_and_announce(std::uint64_t code, std::uint64_t a, std::uint64_t b,
                                 std::uint64_t c, std::uint64_t d, std::uint64_t e);

/// minusone_announce while a module is loaded: performed at once.
std::uint64_t announce_while_loading(std::uint64_t code, std::uint64_t a, std::uint64_t b,
                                     std::uint64_t c, std::uint64_t d, std::uint64_t e);
/// A constructor cannot go on. @param why  "calls exit()"
[[noreturn]] void end_loading(const char* why);
/// Whose code calls: an agent, or a constructor while its module is loaded.
inline Context& caller() {
  return minusone_runtime->current != nullptr ? *minusone_runtime->current
                                              : minusone_runtime->loading.context;
}

/// Of an object of the library's: where there is no memory, its agent faults here as in the
/// library, and not whoever performs the call.
inline void touch(const volatile void* object) {
  auto* const first = const_cast<volatile char*>(static_cast<const volatile char*>(object));
  *first = *first;
}

/// Both calls are tail calls where the caller does nothing with the result.
__attribute__((always_inline)) inline std::uint64_t announce(
    std::uint64_t code, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0,
    std::uint64_t d = 0, std::uint64_t e = 0) {
  if (__builtin_expect(minusone_runtime->current == nullptr, 0))
    return announce_while_loading(code, a, b, c, d, e);
  if (__builtin_expect(minusone_runtime->current->delayed_write.bytes != 0, 0)) {
    return flush_and_announce(code, a, b, c, d, e);
  }
  return minusone_announce(code, a, b, c, d, e);
}

/// Each hook says first from where it was called, for the steps that it announces.
#define MINUSONE_CALLED_HERE \
  (void)(minusone_runtime->current && (minusone_runtime->current->pc = __builtin_return_address(0)))

/// The form of most calls: what the engine left is the return value, or minus the errno.
inline int result_or_errno(std::uint64_t result) {
  const auto value = static_cast<std::int64_t>(result);
  if (value >= 0) return static_cast<int>(value);
  errno = static_cast<int>(-value);
  return -1;
}

/// Announces reads or writes of a whole range, cut into at most minusone_runtime->copy_steps steps.
void read_range(const void* at, std::size_t bytes);
/// `length` bytes from the front that one step takes of `bytes`.
std::size_t chunk(std::size_t bytes, std::size_t total);
/// Copies like memmove, as steps where one side is shared.
void copy(void* to, const void* from, std::size_t bytes);
void fill(void* at, int byte, std::size_t bytes);
/// Notes what a whole program prints, where somebody wants to know (Context::printed).
void note_printed(const char* text, std::size_t bytes);
/// Of a string that nothing but its NUL ends.
inline constexpr std::size_t any_length = SIZE_MAX / 2;
/// The length of a string, of which `most` bytes at most are looked at: one step where it is
/// shared. Until the next is announced the string is as that step found it.
std::size_t announced_length(const char* text, std::size_t most);
/// Bytes that a hook keeps on the agent's stack while the agent waits for its turn: the search may
/// abandon it there, or bring it back.
inline constexpr std::size_t most_held = 64 * 1024;

/// Leaves what a call hands out by pointer: a step where that is shared.
template <class T>
void leave(T* at, const T& value) {
  copy(at, &value, sizeof value);
}

inline std::uint64_t is_past(const timespec* deadline) {
  return deadline->tv_sec < now_seconds ? 1 : 0;
}
inline bool is_time(const timespec* time) {
  return time->tv_nsec >= 0 && time->tv_nsec < 1'000'000'000;
}
/// Of a time that passes, the kernel takes none before its start either.
inline bool is_duration(const timespec* time) { return is_time(time) && time->tv_sec >= 0; }
/// What pthread's and sem_'s clock...() functions take.
inline bool is_clock(clockid_t clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC;
}

/// Whether agents are threads, which have all memory in common; else each is a process.
inline bool are_threads() { return minusone_runtime->shared[1].bytes > 0; }

/// Far above any process of this machine's first day, so that nobody mistakes one for the other.
/// Threads, who share their heap, are of one process.
inline int process_of(int agent) { return 4'000'000 + (are_threads() ? 0 : agent); }

/// Each number of a range, one an execution: the search decides.
std::int64_t choose(std::int64_t least, std::int64_t most, ChosenFor what);

/// Thrown through a thread's frames by what ends the thread early, as glibc unwinds them.
struct ThreadExit {
  std::uint64_t result;
};

/// Starts `function(argument)` on a new agent. @return its thread's id, or minus the errno
std::int64_t spawn(const void* function, const void* argument);
/// Waits for a thread's end. @return what it returned
std::uint64_t join(std::uint64_t thread);
/// futex(2) as syscall() has it.
int futex(std::uint32_t* word, int operation, std::uint32_t value, const timespec* timeout,
          std::uint32_t* other, std::uint32_t mask);

[[noreturn]] void violation(const char* sentence);
/// What the code asks for is beyond this runtime: that is no finding.
[[noreturn]] void not_modelled(const char* sentence);

}  // namespace minusone::runtime
