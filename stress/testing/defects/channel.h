#pragma once

#include <string>

#include "protocol/segment.h"
#include "stress/modules/module.h"

namespace minusone {

/// One instance of a protocol on a segment that children share.
class Channel {
 public:
  explicit Channel(const std::string& name, SegmentKind kind = SegmentKind::memfd);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  const Protocol& protocol() const { return module_.protocol(); }
  void* at() const { return segment_.payload(); }
  key_t key() const { return segment_.key(); }  ///< of a System V segment
  /// Waits for ever.
  void write(const std::string& text);
  std::string read();
  /// Now or not at all.
  /// @throws std::logic_error the protocol's operations have no deadline
  bool try_write(const std::string& text);
  bool try_read(std::string& text);

 private:
  void ask_for_deadlines() const;

  RunLog log_;
  Module module_;
  Segment segment_;
};

}  // namespace minusone
