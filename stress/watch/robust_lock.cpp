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

}  // namespace

std::uint64_t living_since(pid_t tid) noexcept {
  char text[1024];
  std::snprintf(text, sizeof text, "/proc/%d/stat", static_cast<int>(tid));
  const int file = static_cast<int>(syscall(SYS_openat, AT_FDCWD, text, O_RDONLY | O_CLOEXEC));
  if (file < 0) return 0;
  const ssize_t size = syscall(SYS_read, file, text, sizeof text - 1);
  syscall(SYS_close, file);
  if (size <= 0) return 0;
  text[size] = '\0';
  // proc(5): the name, in parentheses, may hold anything; behind it state is 3, flags 9, start 22.
  char* word = std::strrchr(text, ')');
  if (word == nullptr) return 0;
  std::uint64_t since = 0;
  char* rest = nullptr;
  int field = 2;
  for (word = strtok_r(word + 1, " ", &rest); word != nullptr;
       word = strtok_r(nullptr, " ", &rest)) {
    ++field;
    if (field == 3 && (*word == 'Z' || *word == 'X')) return 0;
    if (field == 9 && (std::strtoul(word, nullptr, 10) & is_exiting) != 0) return 0;
    if (field == 22) {
      since = std::strtoull(word, nullptr, 10) + 1;
      break;
    }
  }
  return since;
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
