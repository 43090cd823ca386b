#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "protocol/protocol.h"

namespace minusone {

/// The names that a protocol's source gives to the bytes of its segment, from debug information: of
/// the structure that has the protocol's size and state word (elfutils libdw).
class SourceLayout {
 public:
  /// A module without debug information, or without such a structure, knows the state word only.
  SourceLayout(const std::string& module, const Protocol& protocol);

  /// "written", "text[0..1023]"; "bytes 8 to 15" where nothing has a name.
  std::string name(std::size_t offset, std::size_t bytes) const;

  struct Member {
    std::string name;
    std::size_t offset = 0;
    std::size_t bytes = 0;
    bool is_array = false;
  };

 private:
  std::vector<Member> members_;
};

}  // namespace minusone
