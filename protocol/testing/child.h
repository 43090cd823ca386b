#pragma once

#include <sys/types.h>

#include <functional>

namespace minusone {

/// A child process that runs a function and exits; killed at the end.
class Child {
 public:
  /// @param traced  it stops before `work` and is stepped by step()
  explicit Child(const std::function<void()>& work, bool traced = false);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// Waits for its end. @return as of waitpid()
  int end();
  /// Waits until it sleeps in this system call. @return false when it ended instead
  bool comes_to_sleep_in(long system_call) const;
  /// Whether it sleeps in this system call at this very moment: one who was woken does not.
  bool sleeps_in(long system_call) const;
  /// Single steps of a traced child. @return false when it ended on the way
  bool step(int instructions);
  pid_t process() const { return process_; }

 private:
  pid_t process_ = -1;
  int status_ = -1;
};

/// Runs `work` in a child process that is killed (SIGKILL) at its end.
void dies_after(const std::function<void()>& work);

}  // namespace minusone
