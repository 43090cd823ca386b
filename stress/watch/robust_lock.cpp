#include "stress/watch/robust_lock.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace minusone::watch {
namespace {

thread_local pid_t tid_of_mine __attribute__((tls_model("initial-exec"))) = 0;

/// PF_EXITING of the kernel's linux/sched.h, which /proc/TID/stat shows among the flags.
constexpr unsigned long is_exiting = 0x4;

/// What /proc/TID/stat tells behind the name: state (field 3 of proc(5)), parent, ... Null: no
/// such.
char* stat_of(pid_t tid, char* text, std::size_t room) {
  std::snprintf(text, room, "/proc/%d/stat", static_cast<int>(tid));
  const int file = static_cast<int>(syscall(SYS_openat, AT_FDCWD, text, O_RDONLY | O_CLOEXEC));
  if (file < 0) return nullptr;
  const ssize_t size = syscall(SYS_read, file, text, room - 1);
  syscall(SYS_close, file);
  if (size <= 0) return nullptr;
  text[size] = '\0';
  // The name stands in parentheses, and may hold anything.
  char* const end = std::strrchr(text, ')');
  return end == nullptr || end[1] != ' ' ? nullptr : end + 2;
}

}  // namespace

std::uint64_t living_since(pid_t tid) noexcept {
  char text[1024];
  char* word = stat_of(tid, text, sizeof text);
  if (word == nullptr) return 0;
  char* rest = nullptr;
  int field = 2;
  for (word = strtok_r(word, " ", &rest); word != nullptr; word = strtok_r(nullptr, " ", &rest)) {
    ++field;
    if (field == 3 && (*word == 'Z' || *word == 'X')) return 0;
    if (field == 9 && (std::strtoul(word, nullptr, 10) & is_exiting) != 0) return 0;
    if (field == 22) return std::strtoull(word, nullptr, 10) + 1;
  }
  return 0;
}

pid_t parent_of(pid_t process) noexcept {
  char text[1024];
  const char* const state = stat_of(process, text, sizeof text);
  return state == nullptr || std::strlen(state) < 3
             ? 0
             : static_cast<pid_t>(std::strtol(state + 2, nullptr, 10));
}

pid_t own_tid() noexcept {
  if (tid_of_mine == 0) tid_of_mine = static_cast<pid_t>(syscall(SYS_gettid));
  return tid_of_mine;
}

void forget_own_tid() noexcept { tid_of_mine = 0; }

bool RobustLock::lock() noexcept {
  const pid_t me = own_tid();
  pid_t nobody = 0;
  if (owner_.compare_exchange_strong(nobody, me, std::memory_order_acquire)) return true;
  return wait(me);
}

bool RobustLock::wait(pid_t me) noexcept {
  for (unsigned round = 1;; ++round) {
    pid_t owner = owner_.load(std::memory_order_relaxed);
    if (owner == me) return false;
    if (owner == 0) {
      if (owner_.compare_exchange_strong(owner, me, std::memory_order_acquire)) return true;
      continue;
    }
    if (round % 64 == 0) syscall(SYS_sched_yield);
    if (round % 4096 == 0 && living_since(owner) == 0 &&
        owner_.compare_exchange_strong(owner, me, std::memory_order_acquire)) {
      return true;
    }
    __builtin_ia32_pause();
  }
}

}  // namespace minusone::watch
