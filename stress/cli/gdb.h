#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "stress/explore/schedule.h"
#include "stress/modules/traced_module.h"

namespace minusone::cli {

/// Where a debugger is to come in: 'reader 2@9'.
struct StopAt {
  int agent = 0;
  std::size_t step = 0;  ///< of the schedule, from 0
};

/// @throws UsageError  of another form, or the step is another agent's
/// @param names  of the schedule's agents
StopAt parse_stop(const std::string& text, const Schedule& schedule,
                  const std::vector<std::string>& names);

/// gdb on one agent's process, from when that stops itself (SIGSTOP) until gdb ends. Nothing here
/// has a timeout. Ctrl-C is gdb's meanwhile.
class Debugger {
 public:
  /// @param process  of the agent; has not stopped yet
  /// @param module   the copy that it runs, for symbols
  /// @param script   of gdb commands, which are run instead of a session; empty: a session
  /// @throws std::system_error  there is no gdb, or the machine does not let it attach: which
  ///                            setting
  Debugger(pid_t process, const TracedModule& module, const std::string& script);
  ~Debugger();  ///< waits for the end of gdb
  Debugger(const Debugger&) = delete;
  Debugger& operator=(const Debugger&) = delete;

 private:
  pid_t launcher_ = -1;
  int set_up_ = -1;  ///< gdb's first commands, in memory
  void (*interrupt_)(int);
};

}  // namespace minusone::cli
