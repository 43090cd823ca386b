#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "protocol/segment.h"
#include "stress/native/module.h"

namespace minusone {

/// One instance of a protocol on a segment that children share.
class Channel {
 public:
  explicit Channel(const std::string& name);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  const Protocol& protocol() const { return module_.protocol(); }
  void* at() const { return segment_.payload(); }
  std::size_t bytes() const { return segment_.bytes(); }
  /// Waits for ever.
  void write(const std::string& text);
  std::string read();
  /// Now or not at all, where operations are timed.
  bool try_write(const std::string& text);
  bool try_read(std::string& text);

 private:
  RunLog log_;
  Module module_;
  Segment segment_;
};

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

}  // namespace minusone
