#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "protocol/object.h"
#include "protocol/protocol.h"

namespace minusone {

/// The names that a protocol's source gives to the bytes of its segment, from debug information: of
/// the structure that has the protocol's size and state word (elfutils libdw).
class SourceLayout {
 public:
  /// A module without debug information, or without such a structure, knows the state word only.
  SourceLayout(const std::string& module, const Protocol& protocol);
  /// Of an object: of the structure of its name and size. An array's elements have their index.
  SourceLayout(const std::string& module, const ObjectDescription& object);

  /// "written", "text[0..1023]", of an object "next[1]"; "bytes 8 to 15" where nothing has a name.
  std::string name(std::size_t offset, std::size_t bytes) const;

  struct Member {
    std::string name;
    std::size_t offset = 0;
    std::size_t bytes = 0;
    bool is_array = false;
    std::size_t element = 0;  ///< bytes of an array's element; 0: its bytes have numbers
  };

 private:
  std::vector<Member> members_;
};

}  // namespace minusone
