#pragma once

#include "protocol/protocol.h"
#include "protocol/run_log.h"

namespace minusone {

/// One instance in memory that children inherit, with what it may need in the kernel.
class Instance {
 public:
  explicit Instance(const Protocol& protocol);
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  void* at() const { return at_; }
  template <class Layout>
  Layout& as() const {
    return *static_cast<Layout*>(at_);
  }

 private:
  RunLog log_;
  const Protocol& protocol_;
  void* at_;
};

}  // namespace minusone
