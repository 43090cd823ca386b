#pragma once

#include <optional>

#include "protocol/history.h"

namespace minusone {

/// An operation that others went before although they were called later.
struct Overtaken {
  Operation::Kind kind;
  std::uint16_t agent;
  int times;  ///< operations of its kind
};

/// The operation of a history that starves as far as the workload goes: every later call of its
/// kind by others, at least two of them, was served while it waited. Nothing but the end of the
/// workload bounds its waiting then (bounded bypass: Lamport, "A new solution of Dijkstra's
/// concurrent programming problem", 1974, asks for such a bound). Nothing where there is none.
std::optional<Overtaken> find_starved(const History& history);

}  // namespace minusone
