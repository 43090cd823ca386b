// What a child did happens before what its parent does behind wait(2). fork(2) itself stands in
// runtime.cpp, by pthread_atfork(3).
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "stress/watch/real_calls.h"
#include "stress/watch/runtime.h"

namespace minusone::watch {
namespace {

void has_ended(pid_t child, const void* call) {
  if (here.arena == nullptr || !self().is_there()) return;
  for (const Slot& slot : here.arena->slots) {
    if (slot.state.load() == Slot::unused) continue;
    if (here.arena->processes[slot.process.load()].pid.load() == child) self().acquire(slot.clock);
  }
  self().is_doing(Doing::waits_for_child, site_of(call));
}

pid_t waited(pid_t child, int status, const void* call) {
  if (child > 0 && (WIFEXITED(status) || WIFSIGNALED(status))) {
    const int error = errno;
    has_ended(child, call);
    errno = error;
  }
  return child;
}

/// Before a program is started: it finds what this thread knows when it begins.
void spawns(const void* call) {
  if (here.arena == nullptr || !self().is_there()) return;
  copy(*here.arena, self().slot().spawned, self().slot().clock);
  self().is_doing(Doing::forks, site_of(call));
  self().tick();
}

/// The library has waited for a program, and does not say for which.
void descendants_have_ended(const void* call) {
  if (here.arena == nullptr || !self().is_there()) return;
  const int error = errno;
  for (const Slot& slot : here.arena->slots) {
    if (slot.state.load() != Slot::unused &&
        here.arena->processes[slot.process.load()].parent.load() == here.number + 1 &&
        is_gone(slot))
      self().acquire(slot.clock);
  }
  self().is_doing(Doing::waits_for_child, site_of(call));
  errno = error;
}

}  // namespace
}  // namespace minusone::watch

extern "C" {

using namespace minusone::watch;

// It may change nothing but its own variables, says vfork(2): so it may have memory of its own.
pid_t vfork() noexcept { return fork(); }

int posix_spawn(pid_t* child, const char* path, const posix_spawn_file_actions_t* actions,
                const posix_spawnattr_t* attributes, char* const* arguments,
                char* const* environment) {
  spawns(MINUSONE_CALL);
  return MINUSONE_REAL(posix_spawn)(child, path, actions, attributes, arguments, environment);
}
int posix_spawnp(pid_t* child, const char* file, const posix_spawn_file_actions_t* actions,
                 const posix_spawnattr_t* attributes, char* const* arguments,
                 char* const* environment) {
  spawns(MINUSONE_CALL);
  return MINUSONE_REAL(posix_spawnp)(child, file, actions, attributes, arguments, environment);
}
int system(const char* command) {
  spawns(MINUSONE_CALL);
  const int status = MINUSONE_REAL(system)(command);
  descendants_have_ended(MINUSONE_CALL);
  return status;
}
FILE* popen(const char* command, const char* mode) {
  spawns(MINUSONE_CALL);
  return MINUSONE_REAL(popen)(command, mode);
}
int pclose(FILE* file) {
  const int status = MINUSONE_REAL(pclose)(file);
  descendants_have_ended(MINUSONE_CALL);
  return status;
}

pid_t wait4(pid_t which, int* status, int options, rusage* usage) noexcept {
  int its = 0;
  const pid_t child = MINUSONE_REAL(wait4)(which, &its, options, usage);
  if (status != nullptr && child > 0) *status = its;
  return waited(child, its, MINUSONE_CALL);
}
pid_t wait3(int* status, int options, rusage* usage) noexcept {
  int its = 0;
  const pid_t child = MINUSONE_REAL(wait4)(-1, &its, options, usage);
  if (status != nullptr && child > 0) *status = its;
  return waited(child, its, MINUSONE_CALL);
}
pid_t waitpid(pid_t which, int* status, int options) {
  int its = 0;
  const pid_t child = MINUSONE_REAL(waitpid)(which, &its, options);
  if (status != nullptr && child > 0) *status = its;
  return waited(child, its, MINUSONE_CALL);
}
pid_t wait(int* status) {
  int its = 0;
  const pid_t child = MINUSONE_REAL(waitpid)(-1, &its, 0);
  if (status != nullptr && child > 0) *status = its;
  return waited(child, its, MINUSONE_CALL);
}
int waitid(idtype_t kind, id_t which, siginfo_t* about, int options) {
  siginfo_t its = {};
  const int result = MINUSONE_REAL(waitid)(kind, which, &its, options);
  if (about != nullptr) *about = its;
  if (result == 0 && its.si_pid > 0 &&
      (its.si_code == CLD_EXITED || its.si_code == CLD_KILLED || its.si_code == CLD_DUMPED))
    has_ended(its.si_pid, MINUSONE_CALL);
  return result;
}

}  // extern "C"
