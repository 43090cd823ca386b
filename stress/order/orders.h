#pragma once

#include "stress/machine/step.h"
#include "stress/sync/memory/memory_steps.h"

namespace minusone {

/// Of an access by that memory order (__ATOMIC_*): whether a read acquires, whether a write
/// releases.
inline bool acquires_by(int order) {
  return order != __ATOMIC_RELAXED && order != __ATOMIC_RELEASE;
}
inline bool releases_by(int order) { return order >= __ATOMIC_RELEASE; }

/// A frame that ends is no access and orders nothing: one that comes after it is a fault of its
/// own, told where it happens. What else the step did counts: it may be its agent's last.
inline bool is_frame(const Step& step, const Access& access) {
  return is_frame_end(step.action) && access.address < nowhere;
}

}  // namespace minusone
