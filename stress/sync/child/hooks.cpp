// Processes that fork and wait. The engine keeps who is whose child (child.cpp), and gives the
// child its memory.
#include <sys/wait.h>
#include <unistd.h>

#include "stress/instrument/runtime.h"

using namespace minusone;
using namespace minusone::runtime;

namespace {

/// Of who was started by none of the agents.
constexpr pid_t shell = 3'999'999;

pid_t wait_for(pid_t process, int* status, int options) {
  if ((options & ~(WNOHANG | WUNTRACED | WCONTINUED)) != 0)
    return result_or_errno(static_cast<std::uint64_t>(-EINVAL));
  if (process < -1) not_modelled("waitpid() for a group of processes is not modelled");
  if (are_threads()) return result_or_errno(static_cast<std::uint64_t>(-ECHILD));
  const pid_t ended = result_or_errno(announce(
      code_of(Action::waitpid), static_cast<std::uint64_t>(static_cast<std::int64_t>(process)),
      static_cast<std::uint64_t>(options)));
  if (ended > 0 && status != nullptr) {
    const int told = static_cast<int>(caller().result_upper);
    leave(status, told);
  }
  return ended;
}

pid_t make_child() {
  if (minusone_runtime->current == nullptr) end_loading("it forks");
  if (are_threads()) not_modelled("fork() in a program that has threads is not modelled");
  return static_cast<pid_t>(announce(code_of(Action::fork)));
}

}  // namespace

MINUSONE_HOOK pid_t minusone_rt_fork() {
  MINUSONE_CALLED_HERE;
  return make_child();
}
// What POSIX lets its child do comes to the same after fork().
MINUSONE_HOOK pid_t minusone_rt_vfork() {
  MINUSONE_CALLED_HERE;
  return make_child();
}
MINUSONE_HOOK pid_t minusone_rt_wait(int* status) {
  MINUSONE_CALLED_HERE;
  return wait_for(-1, status, 0);
}
MINUSONE_HOOK pid_t minusone_rt_waitpid(pid_t process, int* status, int options) {
  MINUSONE_CALLED_HERE;
  return wait_for(process, status, options);
}
MINUSONE_HOOK pid_t minusone_rt_getppid() {
  MINUSONE_CALLED_HERE;
  const int parent = caller().parent;
  return parent < 0 ? shell
                    : static_cast<pid_t>(
                          announce(code_of(Action::getppid), static_cast<std::uint64_t>(parent)));
}
MINUSONE_HOOK int minusone_rt_atexit(void (*)()) {
  MINUSONE_CALLED_HERE;
  if (minusone_runtime->current != nullptr && !are_threads())
    not_modelled("atexit() in a program that is a process is not modelled");
  return 0;
}
