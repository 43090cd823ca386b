#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <map>

#include "protocol/run_log.h"
#include "stress/instrument/announcement.h"
#include "stress/processes/control_page.h"

namespace minusone {

/// The System V segments of whole programs in lock step: real ones, each under a key of our own
/// instead of the one that its program asked for, and known to the run log before it is made. The
/// controller makes and removes them, so that what a killed run leaves is told by its creator;
/// agents attach and detach by themselves, at the addresses that the model has for them.
class RealSegments {
 public:
  using Table = std::array<RealSegment, ControlPage::most_segments>;

  /// Both outlive it. The table is what the agents see.
  RealSegments(RunLog& log, Table& table) : log_(log), table_(table) {}
  ~RealSegments() { remove_all(); }
  RealSegments(const RealSegments&) = delete;
  RealSegments& operator=(const RealSegments&) = delete;

  /// shmget(2) as an agent asks for it.
  /// @param expected  the model's answer, whose id a new segment gets
  /// @return          an id of the model's, or minus the errno; where the kernel found one segment
  ///                  too many or too few, no id that the model has
  std::int64_t get(const Context& call, std::int64_t expected);
  /// shmctl(IPC_RMID). @return 0 or minus the errno
  std::int64_t remove(const Context& call);
  /// All that was made since the last time. Who is attached still has them.
  void remove_all();

 private:
  key_t key_for(key_t asked);

  RunLog& log_;
  Table& table_;
  std::map<key_t, key_t> keys_;  ///< by what programs ask for
};

/// shmat(2) and shmdt(2) in the agent's own process.
/// @param at  where the model says that it lies; not an address: the model refuses
/// @return    the address, 0 or minus the errno
std::int64_t attach_segment(const Context& call, RealSegments::Table& table, std::int64_t at);
std::int64_t detach_segment(const Context& call, const RealSegments::Table& table);

}  // namespace minusone
