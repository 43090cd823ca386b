#pragma once

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <functional>
#include <optional>
#include <type_traits>

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
  /// SIGKILL, and waits for its end.
  void kill();
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

/// A child that says one thing to its parent. Only the child can write to the pipe between them, so
/// that a parent never waits for the word of one that has died.
template <class T>
class TellingChild {
  static_assert(std::is_trivially_copyable_v<T>, "it is sent as bytes");

 public:
  /// @param work  gets the function that tells; killed at the end, as a Child is
  explicit TellingChild(const std::function<void(const std::function<void(const T&)>&)>& work)
      : opened_(pipe2(ends_, O_CLOEXEC) == 0), child_([&] {
          close(ends_[0]);
          work([this](const T& value) {
            if (write(ends_[1], &value, sizeof value) != sizeof value) _exit(1);
          });
        }) {
    if (opened_) close(ends_[1]);
  }
  ~TellingChild() {
    if (opened_) close(ends_[0]);
  }
  TellingChild(const TellingChild&) = delete;
  TellingChild& operator=(const TellingChild&) = delete;

  /// Waits for what it says. @return nothing where it ended without a word
  std::optional<T> told() {
    T value;
    if (!opened_ || read(ends_[0], &value, sizeof value) != sizeof value) return std::nullopt;
    return value;
  }
  Child& child() { return child_; }
  pid_t process() const { return child_.process(); }

 private:
  int ends_[2] = {-1, -1};
  const bool opened_;
  Child child_;
};

/// Runs `work` in a child process that is killed (SIGKILL) at its end.
void dies_after(const std::function<void()>& work);

}  // namespace minusone
