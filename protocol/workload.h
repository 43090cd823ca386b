#pragma once

#include <cstddef>

namespace minusone {

/// How an agent ends before its work is done.
enum class Death {
  none,
  writer,  ///< one writer is killed
  reader,  ///< one reader is killed
  any,     ///< one agent of either kind is killed
};

/// Which agents there are and what each performs: each writer sends `messages`, each reader
/// receives `messages`, so a run may rightly end with agents that wait.
struct Workload {
  int writers = 1;
  int readers = 2;
  int messages = 1;      ///< per agent
  std::size_t text = 8;  ///< bytes of text in each message, without the frame (message.h)
  Death death = Death::none;
  bool processes = true;  ///< agents are processes; false: threads of one process

  bool operator==(const Workload&) const = default;
};

}  // namespace minusone
