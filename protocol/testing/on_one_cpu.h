#pragma once

#include <sched.h>

namespace minusone {

/// Keeps this process, and those it starts, on one CPU. There a wake-up is done when the call that
/// wakes returns; on another CPU /proc shows the woken one asleep for a moment longer
/// (TASK_WAKING).
class OnOneCpu {
 public:
  OnOneCpu() {
    sched_getaffinity(0, sizeof before_, &before_);
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    sched_setaffinity(0, sizeof one, &one);
  }
  ~OnOneCpu() { sched_setaffinity(0, sizeof before_, &before_); }
  OnOneCpu(const OnOneCpu&) = delete;
  OnOneCpu& operator=(const OnOneCpu&) = delete;

 private:
  cpu_set_t before_;
};

}  // namespace minusone
