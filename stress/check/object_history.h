#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "stress/check/specification.h"

namespace minusone {

/// Calls of an object's operations, ordered by agent, then by call. At most 64.
using ObjectHistory = std::vector<ObjectCall>;

/// A set of calls of a history, by index.
using CallSet = std::uint64_t;

/// A call's beginning or its end.
struct CallEvent {
  int call = 0;  ///< index in the history
  bool returns = false;

  bool operator==(const CallEvent&) const = default;
};

/// Whether each call can be given a point between its beginning and its end at which it takes
/// effect alone, so that the points in their order are a run of the specification with these
/// results. A call that has not returned, or whose agent died, may take effect or not. None takes
/// effect in a state in which it waits.
///
/// Wing, Gong, "Testing and Verifying Concurrent Objects", 1993, in the form of Lowe, "Testing for
/// Linearizability", 2017, section 4 (just in time): all configurations (which calls have taken
/// effect, and in which state that leaves the specification) go through the history at once, and a
/// call is given its point when some call returns that needs it.
/// @param events  every call's beginning, and the end of each that is done, in their order
/// @throws BadSpecification
bool is_linearizable(const ObjectHistory& history, std::span<const CallEvent> events,
                     Specification& specification);

/// Judges executions of which only the order of dependent steps is known: those that swapping
/// independent steps makes of one another are one (a Mazurkiewicz trace), but which call returns
/// before which begins differs among them. All that is fixed is which call must begin before which
/// returns: where a step of the one happens before a step of the other.
class HistoryJudge {
 public:
  explicit HistoryJudge(Specification& specification) : specification_(specification) {}

  /// @param begun  by call: the calls that begin before it returns, in every such order
  /// @return an order of beginnings and ends, as they may come, that no run of the specification
  ///         fits; nothing: there is none. Calls return as early as they can in it, which is
  ///         enough: whoever returns later may take effect wherever it could before.
  /// @throws BadSpecification
  std::optional<std::vector<CallEvent>> find_wrong_order(const ObjectHistory& history,
                                                         const std::vector<CallSet>& begun) {
    return find(history, begun, false);
  }
  /// Of an execution at whose end each pending call waits for ever: whether they may, as in Line-Up
  /// (Burckhardt et al., PLDI 2010): however the calls came, some order of the others leads to a
  /// state in which each of them waits.
  bool may_wait_for_ever(const ObjectHistory& history, const std::vector<CallSet>& begun) {
    return !find(history, begun, true);
  }

 private:
  /// Which calls have taken effect, and the state that leaves.
  using Configurations = std::set<std::pair<CallSet, int>>;
  class Orders;

  std::optional<std::vector<CallEvent>> find(const ObjectHistory& history,
                                             const std::vector<CallSet>& begun, bool rests);

  Specification& specification_;
  /// By what the answer depends on.
  std::map<std::vector<std::uint64_t>, std::optional<std::vector<CallEvent>>> known_;

  friend bool is_linearizable(const ObjectHistory&, std::span<const CallEvent>, Specification&);
  static Configurations when_returned(const ObjectHistory& history, Configurations from,
                                      CallSet may_take, CallSet returned,
                                      Specification& specification);
};

/// Each call with its result, from its beginning to its end, a line each in the order in which they
/// begin: "agent 1  push(1) = true  |--|".
/// @param agents  their names
std::vector<std::string> draw_history(const ObjectHistory& history,
                                      std::span<const CallEvent> events,
                                      const ObjectDescription& description,
                                      const std::vector<std::string>& agents);

}  // namespace minusone
