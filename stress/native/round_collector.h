#pragma once

#include <cstdint>
#include <map>

#include "protocol/protocol.h"
#include "protocol/verdict.h"
#include "stress/native/round.h"

namespace minusone {

/// Adds rounds up to what a result says of them.
class RoundCollector {
 public:
  /// @param result  with its workload; gets a row for each property that is judged
  /// @param soak    the rounds are epochs of one long run, which has one outcome
  RoundCollector(const Protocol& protocol, Result& result, bool soak);

  void add(const Round& round);
  /// The table of outcomes and the verdict, of all that was added.
  void finish();

 private:
  void note_broken(Property property, const Round& round);

  const Protocol& protocol_;
  Result& result_;
  const bool soak_;
  Outcome total_;  ///< of a soak
  std::map<Outcome, std::uint64_t> outcomes_;
};

}  // namespace minusone
