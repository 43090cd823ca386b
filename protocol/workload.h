#pragma once

#include <cstddef>
#include <string_view>

namespace minusone {

/// Who may end before its work is done: killed.
enum class Death {
  none,
  writer,  ///< one of the writers
  reader,  ///< one of the readers
  any,     ///< one agent of either kind
};

constexpr std::string_view name_of(Death death) {
  switch (death) {
    case Death::none:
      return "none";
    case Death::writer:
      return "writer";
    case Death::reader:
      return "reader";
    case Death::any:
      return "any";
  }
  return "?";
}

constexpr bool may_befall(Death death, bool is_writer) {
  return death == Death::any || death == (is_writer ? Death::writer : Death::reader);
}

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
