#pragma once

#include <cstddef>
#include <string>
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

/// "writer 1", "reader 2": of a channel's agents, from 0, writers come first.
inline std::string name_of_agent(int agent, int writers) {
  return agent < writers ? "writer " + std::to_string(agent + 1)
                         : "reader " + std::to_string(agent - writers + 1);
}

}  // namespace minusone
